package journal_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

// busy is a trail in which two people do three things in turn, one a minute.
func busy(w *world) (org, ada, bob string) {
	org = w.organization("A")
	users := []string{w.person("ada@example.com", org), w.person("bob@example.com", org)}
	for i := range 60 {
		w.clock.Advance(time.Minute)
		w.record(org, journal.Act{
			Action: []string{"a.one", "a.two", "b.one"}[i%3], Actor: identity.Actor{UserID: users[i%2]}, Target: journal.Thing(fmt.Sprint(i)),
		})
	}
	w.seal()
	name := func(user string) string {
		name, found, err := journal.NameIn(w.Context(), w.db, org, user)
		if !found {
			w.Fatal("no pseudonym", err)
		}
		return name
	}
	return org, name(users[0]), name(users[1])
}

func TestATrailIsReadByActorActionAndTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org, ada, bob := busy(w)
		at := func(i int) time.Time { return began.Add(time.Duration(i+1) * time.Minute) }
		for name, c := range map[string]struct {
			f    journal.Filter
			keep func(i int) bool
		}{
			"everything":  {journal.Filter{}, func(int) bool { return true }},
			"one person":  {journal.Filter{Actors: []string{ada}}, func(i int) bool { return i%2 == 0 }},
			"two people":  {journal.Filter{Actors: []string{ada, bob}}, func(int) bool { return true }},
			"nobody":      {journal.Filter{Actors: []string{"nobody"}}, func(int) bool { return false }},
			"an action":   {journal.Filter{Actions: []string{"a.two"}}, func(i int) bool { return i%3 == 1 }},
			"a kind":      {journal.Filter{Actions: []string{"a.one", "a.two"}}, func(i int) bool { return i%3 < 2 }},
			"both":        {journal.Filter{Actors: []string{bob}, Actions: []string{"b.one"}}, func(i int) bool { return i%2 == 1 && i%3 == 2 }},
			"from":        {journal.Filter{From: at(30)}, func(i int) bool { return i >= 30 }},
			"to":          {journal.Filter{To: at(30)}, func(i int) bool { return i < 30 }},
			"a while":     {journal.Filter{From: at(10), To: at(20), Actors: []string{ada}}, func(i int) bool { return i >= 10 && i < 20 && i%2 == 0 }},
			"long before": {journal.Filter{To: began.AddDate(-1, 0, 0)}, func(int) bool { return false }},
			"long after":  {journal.Filter{From: began.AddDate(1, 0, 0)}, func(int) bool { return false }},
		} {
			var want, got []string
			for i := 59; i >= 0; i-- {
				if c.keep(i) {
					want = append(want, fmt.Sprint(i))
				}
			}
			for seq, more := int64(0), true; more; {
				page, err := journal.Search(t.Context(), d, org, c.f, seq, 7)
				w.must(err)
				for _, e := range page {
					got = append(got, e.Target)
					seq = e.Seq
				}
				more = len(page) == 7
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
		actions, err := journal.Actions(t.Context(), d, org)
		if strings.Join(actions, " ") != "a.one a.two b.one" {
			t.Errorf("the actions are %v: %v", actions, err)
		}
	})
}

func TestAnEntryThatCameLateIsFoundAtItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		for i := range 300 {
			at := began.Add(time.Duration(i) * time.Minute)
			if i%50 == 0 {
				at = at.Add(-30 * time.Minute)
			}
			w.record(org, journal.Act{At: at, Action: "x", Target: journal.Thing(fmt.Sprint(i))})
		}
		w.seal()
		from, to := began.Add(170*time.Minute), began.Add(171*time.Minute)
		got, err := journal.Search(t.Context(), d, org, journal.Filter{From: from, To: to}, 0, 10)
		if err != nil || len(got) != 2 || got[0].Target != "200" || got[1].Target != "170" {
			t.Errorf("%+v: %v", got, err)
		}
	})
}

func TestAFilterIsAnsweredByAnIndexOnSQLite(t *testing.T) {
	file := dbtest.SQLiteFile(t)
	pool, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	looked := 0
	for _, s := range db.Statements() {
		index := ""
		switch {
		case strings.Contains(s.SQL, "AND actor = $7"):
			index = "journal_actor"
		case strings.Contains(s.SQL, "AND action = $7"), strings.Contains(s.SQL, "AND action > $2 ORDER BY action"):
			index = "journal_done"
		default:
			continue
		}
		looked++
		if plan := planOf(t, pool, s.SQL); !strings.Contains(plan, "COVERING INDEX "+index) || strings.Contains(plan, "SCAN journal") {
			t.Errorf("%s\n%s", s.SQL, plan)
		}
	}
	if looked != 4 {
		t.Errorf("%d statements were looked at", looked)
	}
}

func planOf(t *testing.T, pool *sql.DB, text string) string {
	t.Helper()
	rows, err := pool.Query("EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	plan := ""
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "\n"
	}
	return plan
}

func TestAnEmptyTrailHasNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		got, err := journal.Search(t.Context(), d, "org_none", journal.Filter{From: began, To: began.Add(time.Hour), Actors: []string{"X"}}, 0, 10)
		last, err2 := journal.Last(t.Context(), d, "org_none")
		if len(got) != 0 || last.Seq != 0 || err != nil || err2 != nil {
			t.Errorf("%v %v %v %v", got, last, err, err2)
		}
	})
}
