// Package profile is who a person is here: names, words about themselves, how
// to reach them, and who sees each of it.
//
// A profile is personal: only the person changes it. What an organization's
// policy locks says so, with the rule and who can change it ([Control]).
//
// Two tabs cannot overwrite each other: a profile has a version, each save
// names the one it was made from, and a save from an older one is refused with
// what was typed kept. A save writes its row and its journal entry in one
// transaction; the word that it is saved comes from there.
package profile
