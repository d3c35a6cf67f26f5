// Package sso lets people sign in at their organization's identity provider, by
// OpenID Connect or SAML 2.0.
//
//	start ──cookie: state, nonce, verifier──▶ provider ──code──▶ callback
//	                                                               │ state of this browser, taken once
//	                                                               │ code and verifier for an ID token
//	                                                               │ signature, iss, aud, exp, nonce …
//	                                                               ▼
//	                                             who is it? ──▶ session
//
// By SAML the provider's page brings its answer in a form, and the browser sends
// no cookie along with a form of another site. So the answer is checked and
// taken, and waits; the browser is led to the callback, where it shows by its
// cookie that it is the one that has asked. Nobody is signed in by an answer that
// nobody has asked for, and there is no rule that allows it.
//
//	start ──cookie: request──▶ provider ──form──▶ acs ──key──▶ callback
//	                                      signature, audience,   │ request of this
//	                                      times, taken once      │ browser
//	                                                             ▼
//	                                           who is it? ──▶ session
//
// # Who is it
//
// A person is known by the provider and its subject, never by an address alone.
// A subject that was not here before is taken only with an address that the
// provider says is verified (by SAML it can say no such thing, and answers for
// one organization alone), in a domain that the organization has proved: for
// such a domain, and no other, the organization's provider has the last word.
// Then the address decides, once. Nobody has it: a new person, who becomes a
// member. It is somebody's primary address: that account is theirs by the word
// of the domain's owner, so it is linked, and whoever was in it before is not
// any more: all sessions and tokens end, and its addresses are told. It is a
// further address of somebody: refused, because that account is another
// person's for all we know.
//
// An account that has second factors of its own is asked for one as ever. Where
// somebody belongs to several organizations, no provider opens the doors of the
// others alone.
//
// # Leaving
//
// Somebody who was removed here is not brought back by signing in there. Who is
// signed out or removed there loses their sessions here: at once by back-channel
// logout, or else when the provider does not renew what it gave.
//
// # Only there
//
// With the rule signin.sso_only, people of the organization's domains sign in
// there and nowhere else. Their password and address are locked here, and no
// address moves onto or off such a domain. Owners with a passkey keep their own
// way in, in case the provider is down. While there is no owner who could get
// in otherwise, all owners keep it.
package sso
