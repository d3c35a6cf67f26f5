package profile_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/who/profile"
)

const ada = "ada@example.com"

type fields map[string]any

func patch(b *apptest.Browser, body any) apptest.Answer {
	return b.JSON(http.MethodPatch, "/v1/me", body)
}

func TestAPageAndTheAPIDriveOneChangeTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		first := patch(me.Browser, fields{"first_name": "  Ada ", "bio": "Counts\r\nand thinks", "pronouns": "she/her"}).Want(200)
		if m := first.Map(); m["first_name"] != "Ada" || m["bio"] != "Counts\nand thinks" {
			t.Errorf("%v", m)
		}
		page := me.Get("/settings/profile").Want(200).Page()
		if !strings.Contains(page, `value="Ada"`) || !strings.Contains(page, "and thinks") {
			t.Error("the page does not show what the API saved")
		}
		version := strings.Trim(first.Header.Get("ETag"), `"`)
		me.Form("/settings/profile/about", "version", version, "first_name", "Augusta", "last_name", "King", "full_name", "", "display_name", "Ada", "pronouns", "", "designation", "Analyst", "bio", "").Want(303)
		if page := me.Get("/settings/profile").Page(); !strings.Contains(page, "Your profile has been updated successfully") {
			t.Error("the page does not say that it is saved")
		}
		if page := me.Get("/settings/profile").Page(); strings.Contains(page, "Your profile has been updated successfully") {
			t.Error("the page says so twice")
		}
		got := me.Get("/v1/me").Want(200)
		m := got.Map()
		if m["first_name"] != "Augusta" || m["full_name"] != "Augusta King" || m["bio"] != "" || m["designation"] != "Analyst" || got.Header.Get("ETag") == first.Header.Get("ETag") {
			t.Errorf("%v", m)
		}
	})
}

func TestTwoTabsCannotOverwriteEachOther(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		tag := me.Get("/v1/me").Header.Get("ETag")
		with := func(tag, bio string) apptest.Answer {
			b := me.Copy()
			b.Header.Set("If-Match", tag)
			return patch(b, fields{"bio": bio})
		}
		with(tag, "first").Want(200)
		for _, stale := range []string{tag, `"0"`, `W/"2"`, `"2", "3"`, "2", `"x"`, `"99999999999999999999"`} {
			with(stale, "second").Refused(412, "precondition_failed")
		}
		page := me.Form("/settings/profile/about", "version", strings.Trim(tag, `"`), "bio", "typed in the other tab", "display_name", "Ada").Want(422).Page()
		if !strings.Contains(page, "typed in the other tab") {
			t.Error("what was typed is gone")
		}
		me.Form("/settings/profile/about", "bio", "no version").Want(412)
		if bio := me.Get("/v1/me").Map()["bio"]; bio != "first" {
			t.Errorf("bio %v", bio)
		}
		with("*", "any").Want(200)
		with("", "any at all").Want(200)
	})
}

func TestSavesAtTheSameTimeLoseNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		tag := me.Get("/v1/me").Header.Get("ETag")
		var mu sync.Mutex
		var group sync.WaitGroup
		status := map[int]int{}
		for i := range 12 {
			b := me.Copy()
			b.Header.Set("If-Match", tag)
			group.Go(func() {
				a, err := b.Try(b.Request(http.MethodPatch, "/v1/me", "application/json", strings.NewReader(fmt.Sprintf(`{"bio":"%d"}`, i))))
				mu.Lock()
				defer mu.Unlock()
				if status[a.Status]++; err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if status[200] != 1 || status[412] != 11 {
			t.Errorf("%v", status)
		}
	})
}

// foreign is what nobody may write into their own profile: every column of the
// tables around it, and fields of other roles.
func foreign(t *testing.T, s *apptest.Server) []string {
	t.Helper()
	columns, err := s.DB.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, table := range columns {
		for _, name := range table {
			names[name] = true
		}
	}
	for _, name := range []string{
		"owner", "is_admin", "admin", "org_id", "email", "emails", "email_verified", "phone_verified", "pending_email", "password", "capacity",
		"memberships", "organization", "stripe_customer_id", "controls", "avatar", "__proto__", "constructor", "id", "etag", "Version", "$set", "role_label",
		"FIRST_NAME", "First_Name", "bIo", "Bio", "firstName", "display_name ", " bio", "bio\u0000", "ﬁrst_name", "bi\u006f\u0301",
	} {
		names[name] = true
	}
	for _, own := range profile.Order {
		delete(names, string(own))
	}
	delete(names, "visibility")
	return slices.Sorted(maps.Keys(names))
}

func TestNobodyWritesWhatIsNotTheirs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		before := s.Rows()
		for _, name := range foreign(t, s) {
			for _, value := range []any{"owner", true, 2, nil, fields{"a": "b"}} {
				patch(me.Browser, fields{name: value}).Refused(422, "validation_failed", name)
			}
			patch(me.Browser, fields{"bio": "slipped in", name: "x"}).Refused(422, "validation_failed", name)
			s.Browser().JSON(http.MethodPost, "/v1/signup", signupWith(name)).Want(422)
			if name != "email" && name != "avatar" { // these do have an audience
				patch(me.Browser, fields{"visibility": fields{name: "public"}}).Want(422)
			}
		}
		for _, query := range []string{"?role=owner", "?user_id=usr_1", "?id=1"} {
			me.JSON(http.MethodPatch, "/v1/me"+query, fields{"bio": ""}).Want(200)
		}
		me.Form("/settings/profile/about", "version", "1", "display_name", "Somebody", "role", "owner", "email", "eve@example.com", "user_id", "x", "phone", "+4915112345678", "visibility.phone", "public").Want(303)
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Error(changed)
		}
	})
}

func signupWith(name string) fields {
	f := fields{"email": "eve@example.com", "password": apptest.Password, name: "owner"}
	if name == "email" || name == "password" || name == "organization" || name == "display_name" {
		f[name] = []string{"owner"}
	}
	return f
}

func TestWhatAFieldTakes(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	long := func(n int) string { return strings.Repeat("ß", n) }
	for _, good := range []fields{
		{"first_name": long(64)}, {"full_name": long(128)}, {"bio": long(500)}, {"designation": long(128)}, {"phone": "+49 (151) 1234-5678"}, {"phone": nil}, {"phone": ""},
		{"locale": "de"}, {"locale": nil}, {"time_zone": "Europe/Berlin"}, {"time_zone": nil}, {"visibility": fields{"bio": "public"}}, {"visibility": fields{"bio": nil}}, {"bio": nil}, {},
	} {
		patch(me.Browser, good).Want(200)
	}
	for _, bad := range []struct {
		body  fields
		field string
	}{
		{fields{"first_name": long(65)}, "first_name"}, {fields{"full_name": long(129)}, "full_name"}, {fields{"display_name": long(65)}, "display_name"},
		{fields{"bio": long(501)}, "bio"}, {fields{"designation": long(129)}, "designation"}, {fields{"pronouns": long(65)}, "pronouns"},
		{fields{"first_name": "a\nb"}, "first_name"}, {fields{"display_name": "evil\u202egnp"}, "display_name"}, {fields{"bio": "a\x00b"}, "bio"}, {fields{"bio": "a\u2066b"}, "bio"},
		{fields{"phone": "0151 1234567"}, "phone"}, {fields{"phone": "+49"}, "phone"}, {fields{"phone": "<script>"}, "phone"}, {fields{"phone": "+" + strings.Repeat("1", 5000)}, "phone"},
		{fields{"locale": "xx"}, "locale"}, {fields{"locale": "../../etc"}, "locale"}, {fields{"time_zone": "Local"}, "time_zone"}, {fields{"time_zone": "../../../etc/passwd"}, "time_zone"}, {fields{"time_zone": "Mars/Olympus"}, "time_zone"},
		{fields{"first_name": 7}, "first_name"}, {fields{"bio": []string{"x"}}, "bio"}, {fields{"bio": fields{}}, "bio"}, {fields{"bio": true}, "bio"},
		{fields{"visibility": "public"}, "visibility"}, {fields{"visibility": fields{"bio": "everybody"}}, "visibility.bio"}, {fields{"visibility": fields{"nothing": "public"}}, "visibility.nothing"},
		{fields{"visibility": fields{"bio": 7}}, "visibility.bio"},
	} {
		patch(me.Browser, bad.body).Refused(422, "validation_failed", bad.field)
	}
	patch(me.Browser, fields{"visibility": fields{"display_name": "private"}}).Want(403, 422)
	patch(me.Browser, fields{"display_name": "", "first_name": ""}).Refused(422, "validation_failed", "display_name")
}

func TestWhoeverSignedUpWithoutANameCanSaveAllElse(t *testing.T) {
	s := apptest.OnSQLite(t)
	b := s.Browser()
	b.JSON(http.MethodPost, "/v1/signup", fields{"email": ada, "password": apptest.Password}).Want(201)
	b.Form("/settings/profile/contact", "version", "1", "phone", "+4915112345678").Want(303)
	patch(b, fields{"time_zone": "Europe/Oslo"}).Want(200)
	patch(b, fields{"first_name": ""}).Refused(422, "validation_failed", "display_name")
	b.Form("/settings/profile/about", "version", "3", "display_name", "", "first_name", "", "bio", "x").Want(422)
}

func TestStrangersKnowNothingOfAProfile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Ours")
		person := s.Member(ada, org, identity.Agent)
		for _, b := range []*apptest.Browser{s.Browser(), s.Enter(person.ID, session.Half)} {
			b.Get("/v1/me").Refused(401, "unauthenticated")
			patch(b, fields{"bio": "x"}).Refused(401, "unauthenticated")
			patch(b, "not even JSON").Refused(401, "unauthenticated") // who asks is decided before what
			if to := b.Get("/settings/profile").Want(303).Header.Get("Location"); !strings.HasPrefix(to, "/sign-in?return_to=%2Fsettings%2Fprofile") {
				t.Errorf("led to %q", to)
			}
		}
	})
}

func TestMarkupComesBackAsText(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		for i, payload := range []string{
			`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `</textarea><script>alert(1)</script>`, `</title><script>alert(1)</script>`,
			`javascript:alert(1)`, `{{.}}`, `${7*7}`, `%s%n`, `<!--`, `]]>`, `&lt;script&gt;`, `" onfocus=alert(1) autofocus x="`, "`-alert(1)-`", `<a href=//evil.example>x</a>`, `\u003cscript>`,
		} {
			payload = strings.TrimSpace(payload)
			saved := patch(me.Browser, fields{"first_name": payload, "last_name": payload, "full_name": payload, "display_name": payload, "pronouns": payload, "bio": payload, "designation": payload,
				"visibility": fields{"bio": "public", "pronouns": "public", "designation": "public"}}).Want(200).Map()
			if saved["bio"] != payload || saved["display_name"] != payload {
				t.Errorf("%q became %q", payload, saved["bio"])
			}
			for _, path := range []string{"/settings/profile", "/c/" + me.ID, "/c/" + me.ID + "?x=" + `%22%3E%3Cscript%3Ealert(1)%3C/script%3E`, "/sign-in?return_to=/" + fmt.Sprint(i), "/nothing/%3Cscript%3Ealert(1)"} {
				page := me.Get(path).Page()
				for _, raw := range []string{"<script>alert", "<img src=x", "<svg onload", `" onfocus=alert`, "<a href=//evil"} {
					if strings.Contains(page, raw) {
						t.Errorf("%q stands raw in %s", payload, path)
					}
				}
			}
			card := me.Get("/v1/cards/" + me.ID).Want(200)
			if card.Map()["display_name"] != payload || card.Header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("%s", card.Body)
			}
		}
	})
}

func TestTheLastSaveCanBeTakenBackForAnHour(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		undo := func() apptest.Answer { return me.Do(http.MethodPost, "/v1/me/undo", "", nil) }
		undo().Refused(409, "nothing_to_undo")
		patch(me.Browser, fields{"bio": "Counts", "designation": "Analyst"}).Want(200)
		patch(me.Browser, fields{"bio": "Thinks", "visibility": fields{"bio": "private"}}).Want(200)

		m := undo().Want(200).Map()
		if m["bio"] != "Counts" || m["designation"] != "Analyst" || m["visibility"].(map[string]any)["bio"] != "team" {
			t.Errorf("after undo: %v", m)
		}
		if m := undo().Want(200).Map(); m["bio"] != "Thinks" || m["visibility"].(map[string]any)["bio"] != "private" {
			t.Errorf("after undo of that: %v", m)
		}

		me.Get("/settings/profile").Want(200).Contains("Undo the last save")
		me.Form("/settings/profile/undo").Want(303)
		me.Get("/settings/profile").Want(200).Contains("Your last save is taken back.")
		s.Clock.Advance(time.Hour)
		undo().Refused(409, "nothing_to_undo")
		if page := me.Get("/settings/profile").Want(200).Page(); strings.Contains(page, "Undo the last save") {
			t.Error("the page offers what is over")
		}
		me.Form("/settings/profile/undo").Want(303)
		me.Get("/settings/profile").Want(200).Contains("There is nothing to take back any more.")
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Profile.Sweep(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if rows := fmt.Sprint(s.Rows()["users"]); strings.Contains(rows, `"version"`) {
			t.Errorf("kept: %s", rows)
		}
	})
}

func TestASaveSaysHowFarItHasCome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		receipt := func(a apptest.Answer) map[string]any {
			return me.Get("/v1/me/receipts/" + a.Want(200).Header.Get("Nameplate-Receipt")).Want(200).Map()
		}
		first := patch(me.Browser, fields{"bio": "Counts"})
		if got := receipt(first); got["surfaces"] != 0.0 || got["delivered"] != 0.0 {
			t.Errorf("%v", got)
		}
		card := s.Browser().Open("/v1/cards/" + me.ID + "/live")
		card.Next()
		second := patch(me.Browser, fields{"display_name": "Ada"})
		card.Next()
		s.Settle(func() bool { got := receipt(second); return got["surfaces"] == 1.0 && got["delivered"] == 1.0 })
		if got := receipt(first); got["surfaces"] != 0.0 {
			t.Errorf("who came later counts for the first: %v", got)
		}
		s.Join("leila@example.com").Get("/v1/me/receipts/"+second.Header.Get("Nameplate-Receipt")).Refused(404, "no_such_receipt")

		version := strings.Trim(second.Header.Get("ETag"), `"`)
		me.Form("/settings/profile/about", "version", version, "display_name", "Ada L").Want(303)
		card.Next()
		me.Get("/settings/profile").Want(200).Contains("np-receipt").Contains(" of 1 open cards and pages")
	})
}
