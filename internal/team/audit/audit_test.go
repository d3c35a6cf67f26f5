package audit_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
)

// office is an organization whose trail is read by its admin.
type office struct {
	*apptest.Server
	t    testing.TB
	org  string
	boss apptest.Somebody
	mia  apptest.Somebody
}

func open(t testing.TB, s *apptest.Server) *office {
	t.Helper()
	org := s.Organization("Halden Energy")
	return &office{s, t, org, s.Member("boss@example.com", org, identity.Admin), s.Member("mia@example.com", org, identity.Agent)}
}

func (o *office) path() string { return "/v1/orgs/" + o.org + "/audit-log" }

type entry struct {
	ID, Actor, Action, Target, Origin, Hash string
	Seq                                     int64
	At                                      time.Time
	Changes                                 []string
	Details                                 map[string]string
	PreviousHash                            string `json:"previous_hash"`
	ActorUser                               *struct {
		ID          string
		DisplayName string `json:"display_name"`
	} `json:"actor_user"`
}

type list struct {
	Items      []entry
	NextCursor string `json:"next_cursor"`
}

func (o *office) read(query string) (l list) {
	o.t.Helper()
	o.boss.Get(o.path() + query).Want(200).To(&l)
	return l
}

// actions are those that a query finds, the oldest first.
func (o *office) actions(query string) string {
	o.t.Helper()
	var all []string
	for _, e := range o.read(query).Items {
		all = append(all, e.Action)
	}
	slices.Reverse(all)
	return strings.Join(all, " ")
}

// bio saves the profile, which is an act with one changed field.
func bio(b apptest.Somebody, text string) {
	b.JSON(http.MethodPatch, "/v1/me", map[string]string{"bio": text}).Want(200)
}

func (o *office) invites(address string) {
	o.t.Helper()
	o.boss.JSON(http.MethodPost, "/v1/orgs/"+o.org+"/invitations", map[string]string{"email": address, "role": "agent"}).Want(201)
}

// sealed waits until the trail has n entries.
func (o *office) sealed(n int) {
	o.t.Helper()
	o.Settle(func() bool { return len(o.read("?limit=200").Items) >= n })
}

func (o *office) tx(fn func(tx *db.Tx) error) {
	o.t.Helper()
	if err := o.DB.Tx(o.t.Context(), fn); err != nil {
		o.t.Fatal(err)
	}
}

func TestTheTrailSaysWhoDidWhatAndLinksEachEntry(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		bio(o.mia, "Hello")
		o.invites("jonas@example.com")
		o.sealed(2)
		l := o.read("")
		if len(l.Items) != 2 || l.NextCursor != "" {
			t.Fatalf("%+v", l)
		}
		invited, saved := l.Items[0], l.Items[1]
		if saved.Action != "profile.updated" || saved.Seq != 1 || saved.Target != saved.Actor || strings.Join(saved.Changes, " ") != "bio" ||
			!strings.HasPrefix(saved.Origin, "api") || !strings.HasPrefix(saved.ID, "jrn_") || len(saved.Hash) != 64 || saved.PreviousHash != strings.Repeat("0", 64) {
			t.Errorf("%+v", saved)
		}
		if saved.ActorUser == nil || saved.ActorUser.ID != o.mia.ID || saved.ActorUser.DisplayName != "Somebody" {
			t.Errorf("%+v", saved.ActorUser)
		}
		if invited.Action != "member.invited" || invited.Seq != 2 || invited.PreviousHash != saved.Hash || invited.Details["role"] != "agent" || len(invited.Changes) != 0 {
			t.Errorf("%+v", invited)
		}
	})
}

func TestTheTrailIsNarrowedByPersonActionAndTime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		bio(o.mia, "One")
		o.invites("a@example.com")
		s.Clock.Advance(3 * time.Hour)
		bio(o.boss, "Two")
		bio(o.mia, "Three")
		o.sealed(4)
		pseudonym := o.read("?actor=" + o.mia.ID).Items[0].Actor
		when := apptest.Began.Add(time.Hour).Format(time.RFC3339)
		for query, want := range map[string]string{
			"":                                          "profile.updated member.invited profile.updated profile.updated",
			"?actor=" + o.mia.ID:                        "profile.updated profile.updated",
			"?actor=" + pseudonym:                       "profile.updated profile.updated",
			"?actor=" + o.boss.ID:                       "member.invited profile.updated",
			"?actor=usr_01h455vb4pex5vsknk084sn02q":     "",
			"?actor=operator":                           "",
			"?action=member.invited":                    "member.invited",
			"?action=profile":                           "profile.updated profile.updated profile.updated",
			"?action=prof":                              "",
			"?action=nothing.at_all":                    "",
			"?from=" + when:                             "profile.updated profile.updated",
			"?to=" + when:                               "profile.updated member.invited",
			"?to=" + when + "&actor=" + o.boss.ID:       "member.invited",
			"?from=" + when + "&action=member":          "",
			"?action=profile.updated&actor=" + o.mia.ID: "profile.updated profile.updated",
		} {
			if got := o.actions(query); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		for _, bad := range []string{"from=yesterday", "to=2026-11-21"} {
			o.boss.Get(o.path()+"?"+bad).Refused(422, "validation_failed", bad[:strings.Index(bad, "=")])
		}
		o.boss.Get(o.path()+"?from=x&to=y").Refused(422, "validation_failed", "from", "to")
	})
}

func TestTheTrailComesInPagesAndTakesNoForgedCursor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		for i := range 7 {
			bio(o.mia, fmt.Sprint(i))
		}
		o.sealed(7)
		var seqs []int64
		next := ""
		for {
			l := o.read("?limit=3&action=profile.updated&cursor=" + next)
			for _, e := range l.Items {
				seqs = append(seqs, e.Seq)
			}
			if next = l.NextCursor; next == "" {
				break
			}
		}
		if !slices.Equal(seqs, []int64{7, 6, 5, 4, 3, 2, 1}) {
			t.Errorf("%v", seqs)
		}
		for _, bad := range []string{"0", "-1", "x", "1e3", "+5", "%205", "%00", "99999999999999999999", "1;DROP", "1'--"} {
			o.boss.Get(o.path()+"?cursor="+bad).Refused(400, "malformed_request")
		}
		for _, bad := range []string{"0", "-1", "201", "1000000000", "x"} {
			o.boss.Get(o.path()+"?limit="+bad).Refused(422, "validation_failed", "limit")
		}
	})
}

func TestOnlyWhoMayReadItReadsTheTrail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden Energy")
		base := "/v1/orgs/" + org + "/audit-log"
		for role, want := range map[identity.Role]int{identity.Owner: 200, identity.Admin: 200, identity.Supervisor: 403, identity.Agent: 403, identity.Billing: 403} {
			b := s.Member(string(role)+"@example.com", org, role)
			b.Get(base).Want(want)
			b.Get(base + "/verify").Want(want)
			b.JSON(http.MethodPost, base+"/export?format=csv", nil).Want(want)
			b.Get("/settings/audit").Want(want)
		}
		other := s.Member("other@example.com", s.Organization("Elsewhere"), identity.Owner)
		entries := func() int { rows := s.Rows(); return len(rows["journal"]) + len(rows["journal_inbox"]) }
		before := entries()
		other.Get(base).Refused(404, "not_found")
		other.Get(base+"/verify").Refused(404, "not_found")
		other.JSON(http.MethodPost, base+"/export?format=csv", nil).Refused(404, "not_found")
		if entries() != before {
			t.Error("a refusal was entered")
		}
	})
}

var (
	forge        = db.Exec(`UPDATE journal SET action = 'forged' WHERE trail = $1 AND seq = 2`)
	unlockSQLite = db.Exec(`DROP TRIGGER journal_unchanged`)
	unlockOther  = db.Exec(`DROP TRIGGER journal_unchanged ON journal`)
)

func TestAVerificationFindsAnEntryThatWasChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		for i := range 3 {
			bio(o.mia, fmt.Sprint(i))
		}
		o.sealed(3)
		if got := string(o.boss.Get(o.path() + "/verify").Want(200).Body); !strings.Contains(got, `"valid":true,"entries":3,"unsealed":0,"first_bad":null`) {
			t.Error(got)
		}
		o.boss.Get("/settings/audit?verify=now").Want(200).Contains("Unbroken, 3 entries")
		o.tx(func(tx *db.Tx) error {
			unlock := unlockOther
			if s.DB.Dialect == db.SQLite {
				unlock = unlockSQLite
			}
			if _, err := unlock.Run(t.Context(), tx); err != nil {
				return err
			}
			_, err := forge.Run(t.Context(), tx, o.org)
			return err
		})
		if got := string(o.boss.Get(o.path() + "/verify").Want(200).Body); !strings.Contains(got, `"valid":false,"entries":3,"unsealed":0,"first_bad":2`) {
			t.Error(got)
		}
		o.boss.Get("/settings/audit?verify=now").Want(200).Contains("Broken at entry 2").Contains("forged")
	})
}

var drop = db.Exec(`DELETE FROM users WHERE id = $1`)

func TestWhoIsDeletedIsMaskedAndTheTrailStillVerifies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		o.mia.JSON(http.MethodPatch, "/v1/me", map[string]string{"display_name": "Mia Berg"}).Want(200)
		o.sealed(1)
		o.boss.Get("/settings/audit").Contains("Mia Berg")
		pseudonym := o.read("").Items[0].Actor
		o.tx(func(tx *db.Tx) error {
			if err := journal.Forget(t.Context(), tx, o.mia.ID); err != nil {
				return err
			}
			_, err := drop.Run(t.Context(), tx, o.mia.ID)
			return err
		})
		if e := o.read("").Items[0]; e.ActorUser != nil || e.Actor != pseudonym {
			t.Errorf("%+v", e)
		}
		page := o.boss.Get("/settings/audit").Want(200).Contains("Deleted user " + journal.Mark(pseudonym)).Page()
		if strings.Contains(page, "Mia Berg") {
			t.Error("the page names her")
		}
		if got := o.actions("?actor=" + o.mia.ID); got != "" {
			t.Errorf("her id still finds %s", got)
		}
		if got := o.actions("?actor=" + pseudonym); got != "profile.updated" {
			t.Errorf("her mark finds %s", got)
		}
		o.boss.Get(o.path() + "/verify").Want(200).Contains(`"valid":true`)
	})
}

func TestAnExportHoldsTheFilteredTrailAndIsEnteredItself(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		bio(o.mia, "One")
		bio(o.boss, "Two")
		o.sealed(2)
		a := o.boss.JSON(http.MethodPost, o.path()+"/export?format=jsonl&action=profile", nil).Want(200)
		if ct := a.Header.Get("Content-Type"); ct != "application/jsonl; charset=utf-8" || !strings.Contains(a.Header.Get("Content-Disposition"), "audit.jsonl") {
			t.Errorf("%s %s", ct, a.Header.Get("Content-Disposition"))
		}
		var lines []entry
		for line := range bytes.Lines(a.Body) {
			var e entry
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			lines = append(lines, e)
		}
		if len(lines) != 2 || lines[0].Seq != 2 || lines[0].PreviousHash != lines[1].Hash {
			t.Errorf("%+v", lines)
		}
		o.sealed(3)
		if e := o.read("").Items[0]; e.Action != "audit.exported" || e.Details["format"] != "jsonl" || e.ActorUser.ID != o.boss.ID {
			t.Errorf("%+v", e)
		}
		o.boss.JSON(http.MethodPost, o.path()+"/export?format=pdf", nil).Refused(422, "validation_failed", "format")
		o.boss.JSON(http.MethodPost, o.path()+"/export?format=csv&from=x", nil).Refused(422, "validation_failed", "from")
		none := o.boss.JSON(http.MethodPost, o.path()+"/export?format=jsonl&actor=usr_01h455vb4pex5vsknk084sn02q", nil).Want(200)
		if len(none.Body) != 0 {
			t.Errorf("%s", none.Body)
		}
	})
}

func TestACellOfAnExportIsNoFormula(t *testing.T) {
	s := apptest.OnSQLite(t)
	o := open(t, s)
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(1)", "＝1", "Mia, \"the\" Berg"} {
		o.mia.JSON(http.MethodPatch, "/v1/me", map[string]string{"display_name": name}).Want(200)
		a := o.boss.Form("/settings/audit/"+o.org+"/export", "format", "csv").Want(200)
		if ct := a.Header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
			t.Errorf("the type is %s", ct)
		}
		rows, err := csv.NewReader(bytes.NewReader(a.Body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range rows {
			for _, cell := range cells {
				if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]) {
					t.Errorf("a cell is %q", cell)
				}
			}
		}
	}
}

func TestALongExportIsWholeAndInOrder(t *testing.T) {
	s := apptest.OnSQLite(t)
	o := open(t, s)
	const n = 1203
	o.tx(func(tx *db.Tx) error {
		for range n {
			err := s.Journal.RecordOrganization(t.Context(), tx, o.org, journal.Act{Action: "x.y", Target: journal.Thing(o.org)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	o.Settle(func() bool { l := o.read("?limit=1"); return len(l.Items) == 1 && l.Items[0].Seq == n })
	a := o.boss.JSON(http.MethodPost, o.path()+"/export?format=jsonl", nil).Want(200)
	want := int64(n)
	for line := range bytes.Lines(a.Body) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil || e.Action == "x.y" && e.Seq != want {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Action == "x.y" {
			want--
		}
	}
	if want != 0 {
		t.Errorf("%d are missing", want)
	}
}

func TestThePageNarrowsTheTrailAndLeadsOn(t *testing.T) {
	s := apptest.OnSQLite(t)
	o := open(t, s)
	o.mia.JSON(http.MethodPatch, "/v1/me", map[string]string{"display_name": "Mia Berg"}).Want(200)
	o.boss.JSON(http.MethodPatch, "/v1/me", map[string]string{"display_name": "Leila_%"}).Want(200)
	o.invites("jonas@example.com")
	for i := range 55 {
		bio(o.mia, fmt.Sprint(i))
	}
	o.sealed(58)
	shows := func(query string) (who string) {
		_, page, _ := strings.Cut(o.boss.Get("/settings/audit"+query).Want(200).Page(), `id="trail"`)
		for _, name := range []string{"Mia Berg", "Leila_%"} {
			if strings.Contains(page, "<b><bdi>"+name+"</bdi></b>") {
				who += name + ";"
			}
		}
		return who
	}
	for query, want := range map[string]string{
		"?who=mia+b": "Mia Berg;", "?who=MIA%40example.com": "Mia Berg;", "?who=Leila_%25": "Leila_%;", "?who=nobody": "", "?who=%25": "Leila_%;",
		"?kind=members": "Leila_%;", "?kind=sign_in": "", "?kind=none": "Mia Berg;", "?from=2026-11-24": "", "?to=2026-11-22": "", "?from=2026-11-23&to=2026-11-23": "Mia Berg;",
		"?before=4": "Mia Berg;Leila_%;", "?before=x": "Mia Berg;",
	} {
		if got := shows(query); got != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
	}
	o.boss.Get("/settings/audit?who=mia").Contains("before=9&amp;who=mia#trail").Contains("Clear the filter")
	o.boss.Get("/settings/audit?who=mia&before=9").Contains("Show the newest").Contains("Bio")
	o.boss.Form("/settings/audit/"+o.org+"/export", "format", "pdf", "who", "mia").Want(422).Contains("Choose CSV or JSON lines.")
	if a := o.boss.Form("/settings/audit/"+o.org+"/export", "format", "jsonl", "who", "mia").Want(200); bytes.Count(a.Body, []byte("\n")) != 56 {
		t.Errorf("the export has %d lines", bytes.Count(a.Body, []byte("\n")))
	}
}

func TestMyActivityIsMyOwnTrail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s)
		if got := string(o.mia.Get("/v1/me/activity").Want(200).Body); !strings.Contains(got, `"items":[]`) {
			t.Error(got)
		}
		bio(o.mia, "Mine")
		bio(o.boss, "Not mine")
		var l list
		s.Settle(func() bool { o.mia.Get("/v1/me/activity").Want(200).To(&l); return len(l.Items) > 0 })
		if len(l.Items) != 1 || l.Items[0].Action != "profile.updated" || l.Items[0].ActorUser.ID != o.mia.ID {
			t.Errorf("%+v", l.Items)
		}
		o.mia.Get("/v1/me/activity?cursor=x").Refused(400, "malformed_request")
		s.Browser().Get("/v1/me/activity").Refused(401, "unauthenticated")
	})
}
