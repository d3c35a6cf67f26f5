package card_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

var update = flag.Bool("update", false, "write the golden files anew")

type fields map[string]any

// canary is in every field of a person that must not leak, and in none that
// may be seen.
const canary = "Zanzibar"

func everyField() fields {
	return fields{
		"first_name": canary + "First", "last_name": canary + "Last", "full_name": canary + " Full", "display_name": "Ada", "bio": canary + " bio",
		"designation": canary + " designation", "phone": "+4915112345678", "pronouns": canary + " pronouns", "time_zone": "Europe/Berlin", "locale": "de",
	}
}

var audienceFields = []string{"first_name", "last_name", "full_name", "bio", "designation", "phone", "pronouns", "time_zone", "locale", "email"}

func visibility(audience string) fields {
	all := fields{}
	for _, f := range audienceFields {
		all[f] = audience
	}
	return fields{"visibility": all}
}

// person has everything filled in, in an organization.
func person(s *apptest.Server) apptest.Somebody {
	me := s.Member("ada."+strings.ToLower(canary)+"@example.com", s.Organization("Engines"), identity.Supervisor)
	me.JSON(http.MethodPatch, "/v1/me", everyField()).Want(200)
	return me
}

func golden(t *testing.T, name string, body []byte, id string) {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, body, "", "  "); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`org_[0-9a-z]{26}`).ReplaceAllString(strings.ReplaceAll(out.String(), id, "usr_…"), "org_…")
	text = regexp.MustCompile(`http://localhost:\d+/avatars/[^/"]+/`).ReplaceAllString(text, "http://…/avatars/…/") + "\n"
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func TestACardHoldsPublicFieldsAndNothingElse(t *testing.T) {
	for _, audience := range []string{"private", "team", "public"} {
		t.Run(audience, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				me := person(s)
				me.JSON(http.MethodPatch, "/v1/me", visibility(audience)).Want(200)
				a := s.Browser().Get("/v1/cards/" + me.ID).Want(200)
				golden(t, audience+".json", a.Body, me.ID)
				if audience == "public" {
					return
				}
				st := s.Browser().Open("/v1/cards/" + me.ID + "/live")
				for where, text := range map[string]string{
					"card": string(a.Body), "page": s.Browser().Get("/c/" + me.ID).Want(200).Page(), "stream": st.Next(),
					"picture": s.Browser().Get(pictureOf(t, a)).Want(200).Page() + pictureOf(t, a),
				} {
					for _, secret := range []string{canary, strings.ToLower(canary), "15112345678", "supervisor", "Supervisor", "Berlin", "ses_", "example.com"} {
						if strings.Contains(text, secret) {
							t.Errorf("%s is in the %s:\n%s", secret, where, text)
						}
					}
				}
			})
		})
	}
}

func pictureOf(t *testing.T, a apptest.Answer) string {
	t.Helper()
	url := a.Map()["avatar"].(map[string]any)["url"].(string)
	return url[strings.Index(url, "/avatars/"):]
}

func TestANewPersonsCardIsAsThePromisesSay(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := person(s)
	golden(t, "default.json", s.Browser().Get("/v1/cards/"+me.ID).Want(200).Body, me.ID)
}

func TestAPrivateNameIsNotOnTheCardOfAPersonWithoutADisplayName(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := person(s)
	me.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "", "visibility": fields{"first_name": "private", "last_name": "private", "full_name": "private"}}).Want(200)
	a := s.Browser().Get("/v1/cards/" + me.ID).Want(200)
	for _, text := range []string{string(a.Body), s.Browser().Get("/c/" + me.ID).Page(), s.Browser().Get(pictureOf(t, a)).Page()} {
		if strings.Contains(text, canary+"First") || strings.Contains(text, canary+"Last") || strings.Contains(text, canary+" Full") || strings.Contains(text, ">ZL<") || strings.Contains(text, ">ZF<") {
			t.Errorf("a private name is told:\n%s", text)
		}
	}
}

func TestAnOpenCardChangesWithTheSave(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := person(s)
		st := s.Browser().Open("/v1/cards/" + me.ID + "/live")
		if st.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(st.Header.Get("Content-Type"), "text/event-stream") {
			t.Errorf("%v", st.Header)
		}
		first := st.Next()
		a := s.Browser().Get("/v1/cards/" + me.ID)
		if want := "event: card\nid: " + a.Header.Get("ETag") + "\ndata: " + string(a.Body) + "\n"; first != want {
			t.Errorf("got %q, want %q", first, want)
		}
		me.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "Countess"}).Want(200)
		if next := st.Next(); !strings.Contains(next, `"display_name":"Countess"`) {
			t.Errorf("got %q", next)
		}
		me.JSON(http.MethodPatch, "/v1/me", fields{"bio": "nobody sees this"}).Want(200)
		me.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "Ada"}).Want(200)
		for event := st.Next(); !strings.Contains(event, `"display_name":"Ada"`); event = st.Next() {
			if strings.Contains(event, "nobody") {
				t.Errorf("got %q", event)
			}
		}
	})
}

func TestACardIsSentAgainOnlyWhenItHasChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, b := person(s), s.Browser()
		a := b.Get("/v1/cards/" + me.ID).Want(200)
		if a.Header.Get("Cache-Control") != "no-cache" || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%v", a.Header)
		}
		b.Header.Set("If-None-Match", a.Header.Get("ETag"))
		if same := b.Get("/v1/cards/" + me.ID).Want(304); len(same.Body) != 0 || same.Header.Get("ETag") != a.Header.Get("ETag") {
			t.Errorf("%v", same)
		}
		me.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "Countess"}).Want(200)
		b.Get("/v1/cards/" + me.ID).Want(200)
	})
}

func TestACardThatMayNotBeSeenIsNotThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Engines")
		me := s.Member("ada@example.com", org, identity.Agent)
		unknown := s.Browser().Get("/v1/cards/usr_01h455vb4pex5vsknk084sn02q").Refused(404, "no_such_card")
		gone := func(path string) {
			t.Helper()
			a := s.Browser().Get("/v1/cards/"+me.ID+path).Refused(404, "no_such_card")
			blank := func(x apptest.Answer) string {
				return strings.ReplaceAll(string(x.Body), x.Header.Get("X-Request-Id"), "")
			}
			if blank(a) != blank(unknown) {
				t.Errorf("%s and %s", a.Body, unknown.Body)
			}
		}
		gone("?organization=org_01h455vb4pex5vsknk084sn02q")
		gone("?organization=" + s.Organization("Theirs"))
		rule(t, s, org, "off")
		gone("")
		gone("/live")
		rule(t, s, org, "signed")
		gone("")
		gone("?token=wrong")
		s.Browser().Get("/v1/cards/" + me.ID + "?token=" + s.Card.Token(me.ID)).Want(200)
		rule(t, s, org, "public")
		s.Browser().Get("/v1/cards/" + me.ID).Want(200)
		for _, odd := range []string{"usr_", "1", "%00", "..%2f..%2fme", strings.Repeat("x", 3000), strings.ToUpper(me.ID), me.ID + "x"} {
			s.Browser().Get("/v1/cards/"+odd).Refused(404, "no_such_card")
		}
	})
}

func rule(t *testing.T, s *apptest.Server, org, access string) {
	t.Helper()
	s.Clock.Advance(time.Second)
	s.Rule(org, "card.access", `"`+access+`"`)
}
