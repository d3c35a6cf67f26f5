// Package avatar is the picture of a person, which the person alone sets and
// takes away. How pictures are made, kept and served stands in kernel/portrait.
//
//	Set ──► objects stored ──► row and journal entry ──► the card shows it
package avatar
