// Package token keeps access tokens: keys with which a program acts in the name
// of one person.
//
//	Make ──► live ──expiry, a stricter rule, the credential epoch──► dead
//	          ├── Revoke, by its owner ──────────────────────────────┤
//	          └── Found, by anybody who holds it ────────────────────┘
//
// A token is 256 random bits behind "npat_", with a checksum by which scanners
// know it. Only its hash is kept, so it is shown once; where all organizations
// of the person set tokens.redisplay it is sealed as well and can be shown again
// after a fresh proof.
//
// A token has scopes, and the manifest says which one opens a route. It has the
// role of its owner, never more, and no route that makes tokens or touches
// another credential takes a scope. When each scope was last used is kept to
// [usedEvery], so that what was never needed can be taken away.
package token
