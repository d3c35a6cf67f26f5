package rules

import (
	"slices"
	"unicode/utf8"

	"nameplate/internal/platform/errs"
)

const (
	// MaxLength is the length of the longest password, in code points.
	MaxLength = 256
	maxBytes  = 4 << 10

	leastMin = 8
)

// What can be wrong with a password. All are on the field "password".
var (
	ErrTooShort     = errs.New(errs.Invalid, "password_too_short").On("password") // takes Min, in code points
	ErrTooLong      = errs.New(errs.Invalid, "password_too_long").On("password").With("Max", MaxLength)
	ErrNeedsUpper   = errs.New(errs.Invalid, "password_needs_upper").On("password")
	ErrNeedsLower   = errs.New(errs.Invalid, "password_needs_lower").On("password")
	ErrNeedsDigit   = errs.New(errs.Invalid, "password_needs_digit").On("password")
	ErrNeedsSymbol  = errs.New(errs.Invalid, "password_needs_symbol").On("password")
	ErrNeedsSpecial = errs.New(errs.Invalid, "password_needs_special").On("password").With("Signs", Specials)
	ErrContainsOwn  = errs.New(errs.Invalid, "password_contains_own").On("password")
	ErrLeaked       = errs.New(errs.Invalid, "password_leaked").On("password")
	ErrWeak         = errs.New(errs.Invalid, "password_weak").On("password")
)

// Policy says what a password needs.
type Policy struct {
	Min   int     // code points, at most MaxLength
	Needs []Class // of Upper, Lower, Digit, Symbol and Special
}

// The policies that organizations choose from, beside [Custom].
var (
	Strong12 = Policy{Min: 12, Needs: []Class{Upper, Lower, Digit, Symbol}}
	Classic  = Policy{Min: 8, Needs: []Class{Upper, Digit, Special}}
	NIST     = Policy{Min: 15} // SP 800-63B-4, section 3.1.1.2: length and no composition
)

// Custom asks for a length and nothing else. Less than 8 becomes 8, more than
// MaxLength becomes MaxLength.
func Custom(minLength int) Policy {
	return Policy{Min: min(max(minLength, leastMin), MaxLength)}
}

// And returns the policy under which both hold.
func (p Policy) And(other Policy) Policy {
	both := Policy{Min: max(p.Min, other.Min), Needs: slices.Clone(p.Needs)}
	for _, class := range other.Needs {
		if !slices.Contains(both.Needs, class) {
			both.Needs = append(both.Needs, class)
		}
	}
	return both
}

// Check returns nil for a password that p takes, and otherwise an errs.Fields
// with an error for each thing that is wrong. own are the person's names and
// addresses, as they are kept. One that is too long is not looked at further,
// and how easily it is guessed is asked only when all else is well.
func (p Policy) Check(pw string, own []string) error {
	if len(pw) > maxBytes || utf8.RuneCountInString(pw) > MaxLength {
		return errs.Fields{ErrTooLong}
	}
	words := ownWords(own)
	var faults errs.Fields
	for _, item := range p.Items() {
		if !item.met(pw, words) {
			faults = append(faults, item.fault)
		}
	}
	switch {
	case leaked(pw):
		faults = append(faults, ErrLeaked)
	case len(faults) == 0 && weak(pw, words):
		faults = append(faults, ErrWeak)
	}
	return faults.OrNil()
}
