// Package identity holds what every feature must agree on about people: the
// [User], the [Organization], the [Membership] that ties them, the [Role] in
// it, and the [Actor] who asks.
//
// A user is one person, in any number of organizations. Account matters
// belong to the user, membership matters to the membership. Permission is
// asked with [Actor.Can]; nobody compares roles elsewhere.
//
// Addresses are compared in one form only, made by [NormalEmail], and that
// form is unique in the database.
package identity
