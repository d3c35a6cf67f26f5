// Package provenance knows what of a person comes from an identity provider.
//
// A provider that tells fields of somebody, when they sign in there or by SCIM,
// has them: they are written into the profile and are not the person's to
// change, nor an admin's. That is the last layer of the rules, above
// organization and role. Which fields, from which provider and when it last
// said so is kept in one row for each way.
//
// A profile is personal, so a provider has only what its organization answers
// for: the fields of people whose address is in a domain that the organization
// has proved, and of anybody else their designation in it alone. Whether that is
// so is asked anew whenever it matters ([Held]): when the domain goes or the
// person leaves, the fields are theirs again and stay as they are.
package provenance
