// Package rules decides which passwords are good enough.
//
// A [Policy] is a least length and the classes of signs it asks for. It makes
// the list that people see ticked off while they type, and checks by that same
// list: each [Item] carries the regular expression that both the page's script
// and the server apply, so text, tick and check cannot part.
//
// Three rules hold under every policy. A password does not contain a word of
// the person's own, such as a name or a part of an address; it is not on the
// list of leaked ones; and it is not easy to guess, which zxcvbn judges with
// the person's own words in hand.
//
// The list is the dictionary of 49,233 common passwords of the npm package
// @zxcvbn-ts/language-common 4.1.3 (MIT licence, copyright (c) 2012-2016 Dan
// Wheeler and Dropbox, Inc., copyright (c) 2021 @zxcvbn-ts), made by leakedgen
// into a BinaryFuse16 filter of 118,812 bytes. The filter knows every entry, and
// takes 0.0018 % of other texts for one (18 of 1,000,000 in the test). It is
// asked for three spellings of a password, so at most one in 18,000 good ones is
// refused for nothing.
package rules

//go:generate go run ./leakedgen zxcvbn-ts-language-common-4.1.3.tgz leaked.bin
