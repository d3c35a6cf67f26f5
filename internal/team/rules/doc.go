// Package rules lets an organization set its rules: reading them with where
// each value comes from, trying a change on all members before it is made,
// making it, and taking it back.
//
// What a rule is, and which values hold together, is the business of package
// policy. Here a [Patch] of rules and presets becomes changes, all in one
// transaction that holds the organization, each with its entry in the journal.
//
//	Patch ──Try──► Forecast   whom it would block, prompt or sign out; nothing is changed
//	     └─Change─► Sheet     what holds now
//
// [Service.Try] and the guard of each request ask the same function, so a
// forecast is what will happen: everybody is looked at with the rules of all
// organizations they belong to, before and after.
//
// Whoever may edit the policy reads it too. Others meet a rule where it locks
// something, and there it says who set it and who can change it.
package rules
