// Package scim is the language of SCIM 2.0 (RFC 7643 and 7644): resources as
// objects of attributes, filters over them, paths into them and patches of
// them. It knows nothing of people; a [Schema] says which attributes there are.
//
//	bytes ──Read──► Object ──Patch──► Object ──► whoever keeps it
//	filter ──ParseFilter──► Match(Object)
//
// What clients send differs from the letter of the RFC, each in its own way:
// booleans as "True", operations as "Add", whole objects where a path belongs,
// texts wrapped in lists, attributes that nobody asked for. All of that is made
// regular here, when a body is read, so that nothing behind knows of it. What
// cannot be understood is an error with the scimType that the RFC has for it.
//
// Names of attributes are compared without case, as the RFC says, and an
// [Object] always has them as its schema spells them.
package scim
