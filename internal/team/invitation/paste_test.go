package invitation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/kernel/identity"
)

func TestAPastedListIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string][]pasted{
		"":                                  nil,
		"\n \r\n\t\n":                       nil,
		"ann@example.com":                   {{"ann@example.com", "ann@example.com", ""}},
		"ann@example.com\r\nbo@example.com": {{"ann@example.com", "ann@example.com", ""}, {"bo@example.com", "bo@example.com", ""}},
		"a@x.org, b@x.org; c@x.org":         {{"a@x.org", "a@x.org", ""}, {"b@x.org", "b@x.org", ""}, {"c@x.org", "c@x.org", ""}},
		"Ann Berg <ann@x.org>, supervisor":  {{"Ann Berg <ann@x.org>, supervisor", "ann@x.org", "supervisor"}},
		"ann@x.org, king":                   {{"ann@x.org, king", "ann@x.org", "king"}},
		"a@x.org, admin, b@x.org":           {{"a@x.org, admin", "a@x.org", "admin"}, {"b@x.org", "b@x.org", ""}},
		`Berg, Ann <ann@x.org>`:             {{`Berg, Ann <ann@x.org>`, "ann@x.org", ""}},
		"ann@x.org\tagent":                  {{"ann@x.org, agent", "ann@x.org", "agent"}},
		"nobody at all":                     {{"nobody at all", "nobody at all", ""}},
		"Ann <ann@x.org":                    {{"Ann <ann@x.org", "Ann <ann@x.org", ""}},
	} {
		got := parse(text, func(word string) identity.Role { return identity.Role(strings.ToLower(word)) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}
