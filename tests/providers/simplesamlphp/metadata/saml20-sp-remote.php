<?php
// What Nameplate says of itself, read as any provider reads it.
$told = getenv('SIMPLESAMLPHP_CONFIG_DIR') . '/sp.xml';
if (is_file($told)) {
    $entity = \SimpleSAML\Metadata\SAMLParser::parseFile($told);
    $sp = $entity->getMetadata20SP();
    $metadata[$sp['entityid']] = $sp + ['validate.authnrequest' => true];
}
