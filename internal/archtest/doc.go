// Package archtest holds the source against the rules of the house.
package archtest
