// Package policy knows the rules that an instance, an organization or a role
// has set, and which of them hold for a person.
//
// A rule has a [Key], which a feature declares with the values it takes and the
// one that holds when nobody set any. Values come in layers:
//
//	instance ──► organization ──► role
//
// A later layer wins. [Effective] reads the layers of one organization into a
// [Set]; a key then reads its typed value from the set, and where it came from.
//
// Account matters belong to one person, who may be in several organizations.
// [Account] makes one set of all of them, in the way that each rule declares:
// [Together].
//
// A [Book] is all that was read, so that the same functions tell what holds now
// and, with changes laid over it, what would. [Book.Terms] is what rules ask of
// a person at each request: how long a session lives, and until when a second
// factor is to be set up.
//
// Whatever a rule locks can say why: [Set.Control] names the rule, its layer,
// who set it and who can change it, as codes that pages translate:
// "policy.rule." plus the reason and "policy.changeable_by." plus who.
//
// A stored value that cannot be read any more is an error and not the default,
// which could be milder than what was meant.
package policy
