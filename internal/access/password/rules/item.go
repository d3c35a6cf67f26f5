package rules

import (
	"context"
	"fmt"
	"regexp"

	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
)

// Class is what an [Item] asks for.
type Class string

// Letters, digits and symbols are what Unicode says they are.
const (
	Length  Class = "length"  // enough code points
	Upper   Class = "upper"   // a capital letter
	Lower   Class = "lower"   // a small letter
	Digit   Class = "digit"   // a decimal digit
	Symbol  Class = "symbol"  // punctuation, a symbol or a space
	Special Class = "special" // one of Specials
	Own     Class = "own"     // no word of the person's own
)

// Specials are the signs of which [Classic] wants one.
const Specials = `!@#$%^&*()_+-=[]{}\|`

// Item is one line of the list that is ticked off while a person types.
type Item struct {
	Code    string // of the error when it is not met
	Class   Class
	Number  int    // the least length in code points; 0 where Class is not Length
	Pattern string // what a password must match, a JavaScript expression with the flags "su"; empty for Own
	fault   *errs.Error
}

// Items returns the lines of p in the order in which they are shown. The last
// is Own: only the server can tell whether that is met.
func (p Policy) Items() []Item {
	least := min(p.Min, MaxLength)
	items := []Item{{
		Class:   Length,
		Number:  least,
		Pattern: fmt.Sprintf("^.{%d,}$", least),
		fault:   ErrTooShort.With("Min", least),
	}}
	for _, class := range p.Needs {
		items = append(items, signs[class])
	}
	items = append(items, Item{Class: Own, fault: ErrContainsOwn})
	for i := range items {
		items[i].Code = items[i].fault.Code
	}
	return items
}

var signs = map[Class]Item{
	Upper:   {Class: Upper, Pattern: `\p{Lu}`, fault: ErrNeedsUpper},
	Lower:   {Class: Lower, Pattern: `\p{Ll}`, fault: ErrNeedsLower},
	Digit:   {Class: Digit, Pattern: `\p{Nd}`, fault: ErrNeedsDigit},
	Symbol:  {Class: Symbol, Pattern: `[\p{P}\p{S}\p{Zs}]`, fault: ErrNeedsSymbol},
	Special: {Class: Special, Pattern: `[!@#$%^&*()_+\-=\[\]{}\\|]`, fault: ErrNeedsSpecial},
}

func (i Item) met(pw string, words []string) bool {
	if i.Class == Own {
		return !containsAny(pw, words)
	}
	return regexp.MustCompile("(?s)" + i.Pattern).MatchString(pw)
}

// Text says the item to people.
func (i Item) Text(ctx context.Context) string {
	switch i.Class {
	case Length:
		return i18n.T(ctx, "password.rule.length", "Count", i.Number)
	case Upper:
		return i18n.T(ctx, "password.rule.upper")
	case Lower:
		return i18n.T(ctx, "password.rule.lower")
	case Digit:
		return i18n.T(ctx, "password.rule.digit")
	case Symbol:
		return i18n.T(ctx, "password.rule.symbol")
	case Special:
		return i18n.T(ctx, "password.rule.special", "Signs", Specials)
	default:
		return i18n.T(ctx, "password.rule.own")
	}
}
