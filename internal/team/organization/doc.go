// Package organization is about an organization as a whole: what it tells about
// itself, who owns it, how it begins and ends.
//
// Everybody in it reads the details; owners and admins change them. Billing
// details are for owners and the billing role alone, to read and to change. An
// address counts as verified once the code that went there was entered; until
// then it stands there and says so.
//
// A logo is a picture like that of a person. Where the organization wants that,
// it stands for members who have none.
//
// Ownership is handed over in two steps, so that nobody becomes an owner
// without a will to:
//
//	Offer ──► waits, 7 days ──receiver accepts──► receiver owns, giver is an admin
//	             └── either withdraws, a newer offer, the giver owns no more ──► nothing
//
// Deleting an organization ends memberships and nobody's account. Its trail in
// the journal stays.
package organization
