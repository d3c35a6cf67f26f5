// Package saml asks SAML 2.0 providers who somebody is and checks what they
// answer, as a service provider of the Web Browser SSO Profile.
//
// It knows nothing of people and keeps nothing. [ReadProvider] reads a
// provider's metadata; a [Party], which is us, describes itself, asks, and reads
// answers. Who keeps that an answer was asked for, and that it is taken once, is
// the caller.
//
// # What is believed
//
// Only what was signed: an element is verified and then read anew from the very
// bytes that the signature covers, so that nothing beside it, before it or
// wrapped around it is ever looked at. A signature covers the whole element
// that it stands in, by its ID, with SHA-256 or more, and is held against the
// certificates of the provider's metadata alone; one that comes along with an
// answer is thrown away first. An answer that is signed as a whole need not sign
// its assertion too.
//
// A document with a type declaration, an entity, a processing instruction, an
// ID twice or too deep a tree is not read at all, nor is an answer with a
// comment: what a signature leaves out of a name must not be in it.
//
// # How it goes
//
// We ask by HTTP-Redirect, signed, and are answered by HTTP-POST. Assertions
// may be encrypted for us, by RSA-OAEP and AES. No relay state is sent and none
// is read.
package saml
