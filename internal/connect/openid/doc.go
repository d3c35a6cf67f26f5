// Package openid lets apps of an organization, such as its chat platform, sign
// its people in (OpenID Connect Core 1.0, by the rules of RFC 9700).
//
//	authorize ──signed in, member, has allowed it──► code, a minute
//	                                                    │ secret, verifier, the same address
//	                                                    ▼
//	                               ID token + access token + refresh token
//	                                                    │ each refresh token once
//	                                                    ▼
//	                                     the next three … until the sign-in ends
//
// An app is a client of the organization that has addresses to send people back
// to. It signs in members of that organization and nobody else. What it learns
// is what the person has allowed once, by scope; the page of credentials lists
// the apps that were allowed something, and ends one with all that it holds.
//
// # What ends a sign-in
//
// A sign-in is tied to the session of the browser and ends with it. With the
// scope offline_access its refresh token lives on, as an access token would:
// until the credential epoch rises, or the rule tokens.max_days. Whoever leaves
// the organization or is deactivated is out at once. A code or a refresh token
// that comes twice was stolen from somebody: all that came of it ends.
//
// Where the browser's session ends, however it ends, a watch finds the sign-ins
// that hang on it and tells their apps (OpenID Connect Back-Channel Logout 1.0).
//
// # Keys
//
// ID tokens are signed by RS256, which every library knows. A key signs for
// [KeyLife]; the next one is published a day before its turn and each stays
// published for a week after. Private keys are sealed.
package openid
