package scim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/platform/scim"
)

var people = scim.Schema{
	ID: "urn:ietf:params:scim:schemas:core:2.0:User", Name: "User",
	Attributes: []scim.Attribute{
		{Name: "userName", Kind: scim.Text, Required: true},
		{Name: "name", Kind: scim.Complex, Sub: []scim.Attribute{{Name: "givenName", Kind: scim.Text}, {Name: "familyName", Kind: scim.Text}}},
		{Name: "title", Kind: scim.Text},
		{Name: "active", Kind: scim.Boolean},
		{Name: "emails", Kind: scim.Complex, Many: true, Sub: []scim.Attribute{{Name: "value", Kind: scim.Text}, {Name: "type", Kind: scim.Text}, {Name: "primary", Kind: scim.Boolean}}},
		{Name: "groups", Kind: scim.Complex, Many: true, ReadOnly: true, Sub: []scim.Attribute{{Name: "value", Kind: scim.Text}}},
	},
	Unkept: []string{"nickName", "password", "addresses"},
}

const ada = `{"userName":"Ada@Acme.test","externalId":"A-1","active":true,"name":{"givenName":"Ada","familyName":"Lovelace"},
	"emails":[{"value":"ada@acme.test","type":"work","primary":true},{"value":"ada@home.test","type":"home"}],
	"meta":{"created":"2026-01-02T03:04:05Z"}}`

func object(t *testing.T, text string) scim.Object {
	t.Helper()
	var o scim.Object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAFilterMeansWhatTheRFCSays(t *testing.T) {
	o := object(t, ada)
	for text, want := range map[string]bool{
		``:                              true,
		`userName eq "ada@acme.test"`:   true,
		`userName Eq "ada@acme.test"`:   true,
		`USERNAME eq "other"`:           false,
		`externalId eq "a-1"`:           false, // its case counts
		`externalId eq "A-1"`:           true,
		`userName ne "other"`:           true,
		`userName co "acme"`:            true,
		`userName sw "ada"`:             true,
		`userName ew ".test"`:           true,
		`title pr`:                      false,
		`not (title pr)`:                true,
		`name pr`:                       true,
		`name.familyName eq "lovelace"`: true,
		`title eq null`:                 true,
		`emails eq "ada@home.test"`:     true,
		`emails.type eq "other"`:        false,
		`emails[type eq "work" and value co "acme"]`:      true,
		`emails[type eq "home" and value co "acme"]`:      false,
		`emails[not (type eq "work") or primary eq true]`: true,
		`active eq true`:    true,
		`active eq "False"`: false,
		`title pr or userName sw "ada" and active eq true`:                                        true,
		`title pr or userName sw "bob" and active eq true`:                                        false,
		`(title pr or userName sw "ada") and active eq false`:                                     false,
		`meta.created gt "2026-01-02T04:00:00+02:00"`:                                             true,
		`meta.created lt "2026-01-02T03:04:05.000Z"`:                                              false,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@acme.test"`:                  true,
		`userName eq "a \"quoted\" one"`:                                                          false,
		`userName gt "a" and userName ge "ada@acme.test" and userName lt "b" and userName le "b"`: true,
	} {
		f, err := people.ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if f.Match(o) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

func TestAFilterThatCannotBeServedIsRefused(t *testing.T) {
	for _, text := range []string{
		`userName`, `userName eq`, `userName eq ada`, `userName is "ada"`, `eq "ada"`, `userName eq "ada`, `(userName pr`, `userName pr)`,
		`nobody eq "x"`, `nickName eq "x"`, `password eq "x"`, `name eq "x"`, `name.middle eq "x"`, `active gt true`, `active eq "maybe"`, `active eq 1`,
		`userName eq 1`, `userName gt null`, `meta.created gt "yesterday"`, `meta.created co "2026-01-02T03:04:05Z"`, `name[givenName pr]`,
		`emails[type eq "work"`, `emails[phone pr]`, `emails[type eq "work"].value eq "x"`, `userName pr userName pr`, `not userName pr`, `and`, `[`, `"x" eq userName`,
		strings.Repeat("(", 40) + "title pr" + strings.Repeat(")", 40), `userName eq "` + strings.Repeat("x", 3000) + `"`,
	} {
		if _, err := people.ParseFilter(text); !errors.Is(err, scim.ErrFilter) || scim.Type(err) != "invalidFilter" {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func TestOnlyABareEqualIsFoundByAnIndex(t *testing.T) {
	for text, want := range map[string]string{`userName eq "a"`: "a", `USERNAME eq "b"`: "b", `userName ne "a"`: "", `not (userName eq "a")`: "", `userName eq "a" or title pr`: ""} {
		f, err := people.ParseFilter(text)
		if got, ok := f.Equal("userName"); err != nil || got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, %v", text, got, ok, err)
		}
	}
	if _, ok := (scim.Filter{}).Equal("userName"); ok {
		t.Error("an empty filter is one for a name")
	}
}

// TestWhatClientsSendIsMadeRegular has, of Entra ID and Okta, what each of them
// does in its own way.
func TestWhatClientsSendIsMadeRegular(t *testing.T) {
	got, err := people.Read([]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"id":"forged","USERNAME":"ada","active":"True","password":"pw","nickName":"A","title":"","groups":[{"value":"g"}],"meta":{"version":"1"},
		"emails":{"value":"a@acme.test","primary":"true","display":"A"},"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D"}}`))
	want := scim.Object{"userName": "ada", "active": true, "emails": []any{scim.Object{"value": "a@acme.test", "primary": true}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for text, want := range map[string]string{
		`{`: "invalidSyntax", `[]`: "invalidSyntax", `{"userName":"a"} {}`: "invalidSyntax", `{"userName":"a","email_verified":true}`: "invalidSyntax",
		`{}`: "invalidValue", `{"userName":1}`: "invalidValue", `{"userName":"a","active":"maybe"}`: "invalidValue", `{"userName":"a","name":"x"}`: "invalidValue",
		`{"userName":"a","emails":[1]}`: "invalidValue",
	} {
		if _, err := people.Read([]byte(text)); scim.Type(err) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func patched(t *testing.T, operations string) (scim.Object, error) {
	t.Helper()
	p, err := people.ReadPatch([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`))
	if err != nil {
		return nil, err
	}
	return p.Apply(object(t, ada))
}

func TestAPatchChangesWhatItsPathsMean(t *testing.T) {
	work, home := scim.Object{"value": "ada@acme.test", "type": "work", "primary": true}, scim.Object{"value": "ada@home.test", "type": "home"}
	for operations, want := range map[string]scim.Object{
		`{"op":"Replace","path":"active","value":"False"}`:                                                            {"active": false},
		`{"op":"replace","value":{"active":false,"id":"x","schemas":[]}}`:                                             {"active": false},
		`{"op":"Add","path":"title","value":[{"$ref":null,"value":"Lead"}]}`:                                          {"title": "Lead"},
		`{"op":"add","value":{"name.givenName":"Augusta"}}`:                                                           {"name": scim.Object{"givenName": "Augusta", "familyName": "Lovelace"}},
		`{"op":"replace","path":"name","value":{"givenName":"Augusta"}}`:                                              {"name": scim.Object{"givenName": "Augusta", "familyName": "Lovelace"}},
		`{"op":"remove","path":"name.familyName"}`:                                                                    {"name": scim.Object{"givenName": "Ada"}},
		`{"op":"replace","path":"emails[type eq \"home\"].value","value":"new@home.test"}`:                            {"emails": []any{work, scim.Object{"value": "new@home.test", "type": "home"}}},
		`{"op":"Add","path":"emails[type eq \"other\"].value","value":"x@other.test"}`:                                {"emails": []any{work, home, scim.Object{"value": "x@other.test", "type": "other"}}},
		`{"op":"remove","path":"emails[type eq \"home\"]"}`:                                                           {"emails": []any{work}},
		`{"op":"remove","path":"emails[type eq \"pager\"]"}`:                                                          {},
		`{"op":"Remove","path":"emails","value":[{"value":"ada@home.test"}]}`:                                         {"emails": []any{work}},
		`{"op":"remove","path":"emails"}`:                                                                             {"emails": nil},
		`{"op":"add","path":"emails","value":[{"value":"ada@home.test","type":"other"}]}`:                             {"emails": []any{work, scim.Object{"value": "ada@home.test", "type": "other"}}},
		`{"op":"add","path":"emails","value":{"value":"b@acme.test","primary":true}}`:                                 {"emails": []any{scim.Object{"value": "ada@acme.test", "type": "work"}, home, scim.Object{"value": "b@acme.test", "primary": true}}},
		`{"op":"replace","path":"emails","value":[{"value":"b@acme.test"}]}`:                                          {"emails": []any{scim.Object{"value": "b@acme.test"}}},
		`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"x"}`:                      {"title": "x"},
		`{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"x"}`: {},
		`{"op":"replace","path":"addresses[type eq \"work\"].locality","value":"x"}`:                                  {},
		`{"op":"replace","path":"externalId","value":"B-2"},{"op":"replace","path":"externalId","value":"B-3"}`:       {"externalId": "B-3"},
	} {
		got, err := patched(t, operations)
		wanted := object(t, ada)
		for name, value := range want {
			if wanted[name] = value; value == nil {
				delete(wanted, name)
			}
		}
		if diff := cmp.Diff(wanted, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", operations, err, diff)
		}
	}
}

func TestAPatchThatCannotBeMeantIsRefused(t *testing.T) {
	for operations, want := range map[string]string{
		``: "invalidSyntax", `{"op":"move","path":"title"}`: "invalidSyntax", `{"op":"remove"}`: "noTarget", `{"op":"add","value":"x"}`: "noTarget",
		`{"op":"add","path":"nobody","value":"x"}`: "invalidPath", `{"op":"add","path":"emails[type eq","value":"x"}`: "invalidPath",
		`{"op":"add","path":"emails[type eq \"work\"].nobody","value":"x"}`: "invalidPath", `{"op":"add","path":"title[x pr]","value":"x"}`: "invalidPath",
		`{"op":"replace","path":"id","value":"x"}`: "mutability", `{"op":"add","path":"groups","value":[{"value":"g"}]}`: "mutability",
		`{"op":"remove","path":"userName"}`: "mutability", `{"op":"replace","path":"active","value":"maybe"}`: "invalidValue",
		`{"op":"replace","path":"emails[type co \"x\"].value","value":"x"}`: "noTarget", `{"op":"replace","path":"title","value":{"x":1}}`: "invalidValue",
	} {
		if _, err := patched(t, operations); scim.Type(err) != want {
			t.Errorf("%s: %v (%s)", operations, err, scim.Type(err))
		}
	}
}

func TestAnAnswerHoldsWhatIsWanted(t *testing.T) {
	o := scim.Object{"id": "1", "schemas": nil, "meta": nil, "userName": "a", "title": "t", "emails": nil}
	for _, c := range []struct {
		attributes, excluded string
		want                 int
	}{{"", "", 6}, {"userName", "", 4}, {"emails.value,Title", "", 5}, {"", "emails", 5}, {"", "id,title", 5}, {"nobody", "", 6}} {
		if got := people.Pick(o, c.attributes, c.excluded); len(got) != c.want || got["id"] == nil {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// FuzzFilter holds that no text breaks the parser, and that what it takes can
// be asked of any object and as a path, too.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`userName eq "a"`, `emails[type eq "work" and value co "x"]`, `not (title pr) or active eq true`, `emails[type eq "work"].value`, `((`, `"\`} {
		f.Add(seed)
	}
	o := scim.Object{"userName": "a", "emails": []any{scim.Object{"value": "x", "type": "work"}}, "active": true}
	f.Fuzz(func(t *testing.T, text string) {
		if filter, err := people.ParseFilter(text); err == nil {
			filter.Match(o)
		} else if !errors.Is(err, scim.ErrFilter) {
			t.Error(err)
		}
		body, err := json.Marshal(map[string]any{"Operations": []any{map[string]any{"op": "add", "path": text, "value": "x"}}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := people.ReadPatch(body)
		if err == nil {
			_, err = p.Apply(o)
		}
		if err != nil && scim.Type(err) == "" {
			t.Error(err)
		}
		if len(o) != 3 || len(o["emails"].([]any)) != 1 {
			t.Error("a patch has changed what it was applied to")
		}
	})
}
