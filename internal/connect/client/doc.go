// Package client keeps the API clients of an organization: services that act
// for it and not for a person.
//
//	client ─── up to two secrets ──POST /oauth2/token──► access token, an hour
//	   └─ removed, or its organization ──► all of it is dead
//
// A service gives its id and a secret and gets an access token (OAuth 2.0,
// client credentials, RFC 6749). The two live apart: the secret stays in the
// service's vault, the token travels. Of both only hashes are kept. An access
// token dies with the secret that it was had with, so whoever removes a secret
// that got lost ends all that came of it.
//
// A second secret may live beside the first, so that a service can change over
// without a gap; each says when it was last used.
//
// A client belongs to its organization and outlives whoever made it. It opens
// routes of that organization alone, by its scopes, and sees there what every
// member may.
package client
