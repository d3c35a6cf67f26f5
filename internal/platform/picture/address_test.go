package picture

import (
	"strings"
	"testing"
)

func TestTheAddressOfInitialsSpellsThem(t *testing.T) {
	for _, name := range []string{"Leila Haddad", "ليلى حداد", "山田 太郎", "👩‍🚀 Ada", ""} {
		svg, ok := ReadInitials(InitialsName(name, "usr_1"))
		if !ok || !strings.Contains(string(svg), ">"+Initials(name)+"<") {
			t.Errorf("%q: %v %s", name, ok, svg)
		}
	}
	if InitialsName("A", "usr_1") == InitialsName("A", "usr_3") {
		t.Error("two people have the same colours by bad luck of this test's seeds")
	}
}

func TestWhatIsNotInitialsIsRefused(t *testing.T) {
	for _, name := range []string{"", "i", "i0", "i9" + "41", "x041", "i0zz", "i0414243", "i0ff", "I041", "i0" + strings.Repeat("41", 400)} {
		if _, ok := ReadInitials(name); ok {
			t.Errorf("%q was drawn", name)
		}
	}
	svg, ok := ReadInitials("i03c41") // "<A"
	if ok && strings.Contains(string(svg), ">"+"<A") {
		t.Error("not escaped")
	}
}
