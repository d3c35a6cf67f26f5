package identity_test

import (
	"errors"
	"strings"
	"testing"

	"nameplate/internal/kernel/identity"
)

func TestTextIsTrimmedComposedAndBounded(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{"  Zoë ", "Zoë", nil},
		{"Zoe\u0308", "Zoë", nil},
		{strings.Repeat("ü", 64), strings.Repeat("ü", 64), nil},
		{strings.Repeat("ü", 65), "", identity.ErrTextLong},
		{"two\nlines", "", identity.ErrTextControl},
		{"nul\x00", "", identity.ErrTextControl},
		{"\u202eevil", "", identity.ErrTextControl},
		{"iso\u2067late", "", identity.ErrTextControl},
		{"\xff", "", identity.ErrTextControl},
		{"ليلى حداد", "ليلى حداد", nil},
		{"👩‍🚀", "👩‍🚀", nil},
	} {
		got, err := identity.Line("first_name", c.in, 64)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: got %q, %v; want %q, %v", c.in, got, err, c.want, c.err)
		}
	}
	if got, err := identity.Lines("bio", "one\r\ntwo\n", 10); got != "one\ntwo" || err != nil {
		t.Errorf("lines: %q, %v", got, err)
	}
}

func TestSpellingsOfAnAddressAreOne(t *testing.T) {
	for _, s := range []string{"ann@example.test", " ANN@Example.test", "ann＠example.test", "aｎn@example.test"} {
		if got := identity.NormalEmail(s); got != "ann@example.test" {
			t.Errorf("%q is %q", s, got)
		}
	}
	if a, b := identity.NormalEmail("a@bücher.test"), identity.NormalEmail("a@xn--bcher-kva.test"); a != b {
		t.Errorf("%q and %q are one domain", a, b)
	}
}

func TestOnlyOwnersAndAdminsEditAndOnlyOwnersDelete(t *testing.T) {
	for role, want := range map[identity.Role][2]bool{
		identity.Owner: {true, true}, identity.Admin: {true, false}, identity.Supervisor: {}, identity.Agent: {}, identity.Billing: {}, "": {},
	} {
		if got := [2]bool{role.May(identity.EditDetails), role.May(identity.DeleteOrganization)}; got != want {
			t.Errorf("%q: %v, want %v", role, got, want)
		}
	}
}
