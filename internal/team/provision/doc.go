// Package provision lets an organization's identity provider keep its people
// here, by SCIM 2.0 (RFC 7643 and 7644).
//
//	provider ──token──► Users, Groups ──► who is a member, in which role
//	                                 └──► what the provider knows of them
//
// # Who is joined
//
// A provider has the last word on people whose address is in a domain that its
// organization has proved, and on nobody else. Somebody new becomes a person and
// a member. Somebody with an account becomes a member of this organization too;
// whoever was in the account before is not any more, and its addresses are told.
// Members who came otherwise can be found, and be taken over by the provider.
//
// # Who is suspended
//
// Nobody is deleted. Who is not active, or is deleted there, is no member any
// more; with no organization left, all that they are signed in with ends. Active
// again, they get back what they were, but for an owner. Somebody who left or
// was removed here does not come back this way.
//
// # What is never touched
//
// Password, second factors, address and other organizations. What a provider
// tells of a person is kept as it told it. Names and the rest of the profile are
// taken as package provenance says.
//
// # Roles
//
// Groups give roles by the same list as claims do at sign-in. A token may do to
// people what its maker might: owners are for owners, and the last one stays.
//
// All changes of one organization hold its row, so they come one after another.
package provision
