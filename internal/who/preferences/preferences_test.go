package preferences_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/sms/smstest"
)

type fields = map[string]any

const (
	interaction   = "/v1/me/interaction"
	configuration = "/v1/me/configuration"
	number        = "+4915112345667"
)

// texting runs fn with a server that sends SMS.
func texting(t *testing.T, fn func(t *testing.T, s *apptest.Server, w *smstest.Twilio)) {
	w := smstest.Start(t)
	apptest.Each(t, func(t *testing.T, s *apptest.Server) { fn(t, s, w) }, apptest.Texting(w))
}

func TestPreferencesAreSavedByFieldAndNullGoesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		for _, c := range []struct {
			path         string
			wish         fields
			before, back any
			field        string
		}{
			{interaction, fields{"theme": "dark"}, "system", "system", "theme"},
			{interaction, fields{"avatar_output": false}, true, true, "avatar_output"},
			{interaction, fields{"audio_output": true}, false, false, "audio_output"},
			{interaction, fields{"email": false}, true, true, "email"},
			{configuration, fields{"start_page": "dashboard"}, "auto", "auto", "start_page"},
			{configuration, fields{"clock": "12"}, "auto", "auto", "clock"},
			{configuration, fields{"first_day_of_week": "thursday"}, "auto", "auto", "first_day_of_week"},
			{configuration, fields{"density": "compact"}, "normal", "normal", "density"},
			{configuration, fields{"shortcuts": false}, true, true, "shortcuts"},
			{configuration, fields{"send_with_enter": true}, false, false, "send_with_enter"},
			{configuration, fields{"draft_language": "nb"}, "", "", "draft_language"},
		} {
			if got := me.Get(c.path).Want(200).Map()[c.field]; got != c.before {
				t.Errorf("at first %s is %v", c.field, got)
			}
			a := me.JSON(http.MethodPatch, c.path, c.wish).Want(200)
			if a.Map()[c.field] != c.wish[c.field] || me.Get(c.path).Map()[c.field] != c.wish[c.field] {
				t.Errorf("%v is not kept: %s", c.wish, a.Body)
			}
			if got := me.JSON(http.MethodPatch, c.path, fields{c.field: nil}).Want(200).Map()[c.field]; got != c.back {
				t.Errorf("null makes %s %v", c.field, got)
			}
		}
	})
}

func TestAPreferenceThatThereIsNotIsRefusedByItsName(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		before := s.Rows()
		for field, c := range map[string]struct {
			path  string
			value any
		}{
			"theme": {interaction, "sepia"}, "avatar_output": {interaction, "yes"}, "whatsapp_consented_at": {interaction, "2026-01-01T00:00:00Z"},
			"start_page": {configuration, "/evil"}, "clock": {configuration, "13"}, "first_day_of_week": {configuration, "Monday"},
			"density": {configuration, "none"}, "draft_language": {configuration, "not a language"}, "shortcuts": {configuration, 1},
		} {
			me.JSON(http.MethodPatch, c.path, fields{field: c.value}).Refused(422, "validation_failed", field)
		}
		me.JSON(http.MethodPatch, configuration, fields{"clock": "13", "density": "none"}).Refused(422, "validation_failed", "clock", "density")
		me.Form("/settings/interaction/theme", "theme", "sepia").Want(422).Contains("This is none of the choices")
		me.Form("/settings/configuration", "clock", "13").Want(422).Contains("This is none of the choices")
		me.Form("/settings/interaction/nothing").Want(404)
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

func TestTwoTabsDontOverwriteEachOthersPreferences(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		for path, wish := range map[string]fields{interaction: {"theme": "dark"}, configuration: {"clock": "12"}} {
			tag := me.Get(path).Header.Get("ETag")
			with := me.Copy()
			with.Header.Set("If-Match", tag)
			if next := with.JSON(http.MethodPatch, path, wish).Want(200).Header.Get("ETag"); next == tag {
				t.Errorf("%s keeps its ETag", path)
			}
			with.JSON(http.MethodPatch, path, wish).Refused(412, "precondition_failed")
		}
	})
}

// TestOfManySavesAtOnceNoneIsLost changes each field from a connection of its
// own.
func TestOfManySavesAtOnceNoneIsLost(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		wishes := fields{"start_page": "dashboard", "clock": "12", "density": "compact", "send_with_enter": true, "shortcuts": false}
		var all sync.WaitGroup
		for field, value := range wishes {
			all.Go(func() {
				body := fmt.Sprintf(`{%q: %v}`, field, value)
				if text, ok := value.(string); ok {
					body = fmt.Sprintf(`{%q: %q}`, field, text)
				}
				a, err := me.Try(me.Request(http.MethodPatch, configuration, "application/json", strings.NewReader(body)))
				if err != nil || a.Status != 200 {
					t.Errorf("%s: %v %d", field, err, a.Status)
				}
			})
		}
		all.Wait()
		got := me.Get(configuration).Map()
		for field, value := range wishes {
			if got[field] != value {
				t.Errorf("%s was lost: %v", field, got)
			}
		}
	})
}

func TestWhatsAppNeedsAPhoneThatWasProvedAndEndsWithIt(t *testing.T) {
	texting(t, func(t *testing.T, s *apptest.Server, w *smstest.Twilio) {
		me := s.Member("ada@example.com", s.Organization("Ours"), identity.Agent)
		me.JSON(http.MethodPatch, "/v1/me", fields{"phone": number}).Want(200) // tells it, but proves nothing
		me.JSON(http.MethodPatch, interaction, fields{"whatsapp": true, "theme": "dark"}).Refused(422, "validation_failed", "whatsapp")
		if m := me.Get(interaction).Map(); m["whatsapp"] != false || m["theme"] != "system" {
			t.Errorf("half of a refused change holds: %v", m)
		}
		me.Get("/settings/interaction").Want(200).Contains("You have no verified phone yet.").Contains("/settings/security/sms")
		me.Form("/settings/interaction/whatsapp", "whatsapp", "on").Want(422).Contains("WhatsApp needs a phone that you have verified")

		backup := s.AddPhone(me, w, number)
		at := s.Clock.Now()
		m := me.JSON(http.MethodPatch, interaction, fields{"whatsapp": true}).Want(200).Map()
		if m["whatsapp"] != true || m["whatsapp_consented_at"] != at.Format("2006-01-02T15:04:05Z") {
			t.Errorf("%v", m)
		}
		s.Clock.Advance(3600e9)
		if again := me.JSON(http.MethodPatch, interaction, fields{"whatsapp": true}).Want(200).Map(); again["whatsapp_consented_at"] != m["whatsapp_consented_at"] {
			t.Errorf("agreeing again moves the time of it: %v", again)
		}
		me.Get("/settings/interaction").Want(200).Contains("Number that ends in 67").Contains("Agreed 23 November 2026")

		me.Form("/settings/interaction/whatsapp").Want(303)
		if m := me.Get(interaction).Map(); m["whatsapp"] != false || m["whatsapp_consented_at"] != nil {
			t.Errorf("the consent is not taken back: %v", m)
		}
		me.Form("/settings/interaction/whatsapp", "whatsapp", "on").Want(303)
		me.JSON(http.MethodPost, "/v1/session/reauthenticate", fields{"method": "backup_code", "code": backup[0]}).Want(204)
		me.Delete("/v1/me/factors/"+phoneOf(t, me)).Want(200, 204)
		if m := me.Get(interaction).Map(); m["whatsapp"] != false || m["whatsapp_consented_at"] != nil {
			t.Errorf("the consent outlives its phone: %v", m)
		}
		s.AddPhone(me, w, "+4915112345668")
		if m := me.Get(interaction).Map(); m["whatsapp"] != false {
			t.Errorf("another phone takes over a consent that was not its own: %v", m)
		}
	})
}

func phoneOf(t *testing.T, me apptest.Somebody) string {
	t.Helper()
	for _, f := range me.Get("/v1/me/factors").Want(200).Map()["items"].([]any) {
		if f := f.(fields); f["kind"] == "sms" {
			return f["id"].(string)
		}
	}
	t.Fatal("no phone")
	return ""
}

func TestMembersPreferencesAreForThoseWhoReadMembers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		ours, theirs := s.Organization("Ours"), s.Organization("Theirs")
		ada := s.Member("ada@example.com", ours, identity.Agent)
		ada.JSON(http.MethodPatch, interaction, fields{"theme": "dark"}).Want(200)
		ada.JSON(http.MethodPatch, configuration, fields{"clock": "12"}).Want(200)
		path := "/v1/users/" + ada.ID
		admin, bills := s.Member("eve@example.com", ours, identity.Admin), s.Member("bob@example.com", ours, identity.Billing)
		stranger := s.Member("mal@example.com", theirs, identity.Owner)
		if m := admin.Get(path + "/interaction").Want(200).Map(); m["theme"] != "dark" {
			t.Errorf("%v", m)
		}
		if m := admin.Get(path + "/configuration").Want(200).Map(); m["clock"] != "12" {
			t.Errorf("%v", m)
		}
		for _, what := range []string{"/interaction", "/configuration"} {
			bills.Get(path+what).Refused(403, "forbidden")
			stranger.Get(path + what).Want(404)
			stranger.Get(path + what + "?organization=" + ours).Want(404)
			s.Browser().Get(path+what).Refused(401, "unauthenticated")
		}
	})
}

func TestTheThemeIsInThePageBeforeItIsPainted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		s.Clock.Advance(3600e9) // a proof is asked for again
		pages := []string{"/settings/profile", "/settings/interaction", "/help", "/docs/api", "/nowhere", "/reauthenticate"}
		shows := func(theme, scheme string) {
			t.Helper()
			for _, path := range pages {
				page := me.Get(path).Page()
				if theme != "" && !strings.Contains(page, `data-theme="`+theme+`"`) || theme == "" && strings.Contains(page, "data-theme=") ||
					!strings.Contains(page, `<meta name="color-scheme" content="`+scheme+`">`) {
					t.Errorf("%s is not %q", path, theme)
				}
			}
		}
		shows("", "light dark")
		me.JSON(http.MethodPatch, interaction, fields{"theme": "dark"}).Want(200)
		shows("dark", "dark")
		me.Form("/settings/interaction/theme", "theme", "light").Want(303)
		shows("light", "light")
	})
}

func TestPagesTellTimesByThePersonsClock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		me.Get("/settings/profile").Want(200).Contains("23 November 2026, 09:30")
		me.Form("/settings/configuration", "clock", "12", "send_with_enter", "on").Want(303)
		me.Get("/settings/profile").Want(200).Contains("23 November 2026, 9:30 AM")
		if m := me.Get(configuration).Map(); m["send_with_enter"] != true || m["shortcuts"] != false {
			t.Errorf("what is not ticked is off: %v", m)
		}
		s.Clock.Advance(12 * 3600e9)
		me.JSON(http.MethodPatch, "/v1/me", fields{"bio": "Hello"}).Want(200)
		me.Get("/settings/profile").Want(200).Contains("23 November 2026, 9:30 PM")
	})
}
