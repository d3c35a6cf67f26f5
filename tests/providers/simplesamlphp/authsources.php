<?php
$config = [
    'people' => [
        'exampleauth:UserPass',
        'rosa:verysecure' => [
            'uid' => ['rosa'],
            'mail' => ['rosa@simplesamlphp.example'],
            'displayName' => ['Rosa Lund'],
        ],
    ],
];
