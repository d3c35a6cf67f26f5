package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

var (
	countEntries  = db.Rows[int](`SELECT (SELECT count(*) FROM journal_inbox) + (SELECT count(*) FROM journal)`)
	countSubjects = db.Rows[int](`SELECT count(*) FROM subjects`)
	inboxText     = db.Rows[string](`
		SELECT id || ' ' || trail || ' ' || actor || ' ' || action || ' ' || target || ' ' || changes || ' ' || details || ' ' || origin
		FROM journal_inbox`)
	journalText = db.Rows[string](`
		SELECT id || ' ' || trail || ' ' || actor || ' ' || action || ' ' || target || ' ' || changes || ' ' || details || ' ' || origin
		FROM journal`)
	subjectText = db.Rows[string](`SELECT pseudonym || ' ' || trail FROM subjects`)
	deleteUser  = db.Exec(`DELETE FROM users WHERE id = $1`)
)

func TestAnAccountMatterIsOneEntryInTheOwnTrailAndOneInEachOrganization(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b, other := w.organization("A"), w.organization("B"), w.organization("Other")
		user := w.person("leila@halden.example", a, b)
		w.account(user, "profile.updated")
		w.seal()

		seen := map[string]bool{}
		for _, trail := range []string{w.ownTrail(user), a, b} {
			all := w.entries(trail)
			if len(all) != 1 {
				t.Fatalf("%d entries in %s, want 1", len(all), trail)
			}
			e := all[0]
			if e.Seq != 1 || !e.At.Equal(began) || e.Action != "profile.updated" || e.Origin != "page 192.0.2.0/24" ||
				!slices.Equal(e.Changes, []string{"bio", "display_name"}) {
				t.Errorf("entry %+v", e)
			}
			if e.Actor != e.Target || !journal.IsPerson(e.Actor) || e.ActorUser != user || e.TargetUser != user {
				t.Errorf("actor %q (%s), target %q (%s)", e.Actor, e.ActorUser, e.Target, e.TargetUser)
			}
			if seen[e.Actor] {
				t.Errorf("the pseudonym %s is the same in two trails", e.Actor)
			}
			seen[e.Actor] = true
		}
		if all := w.entries(other); len(all) != 0 {
			t.Errorf("a stranger's organization has %d entries", len(all))
		}
	})
}

func TestAnActOfSomebodyElseNamesBothPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		admin, member := w.person("a@halden.example", org), w.person("m@halden.example", org)
		act := own(member, "sessions.ended")
		act.Actor.UserID = admin
		w.tx(func(tx *db.Tx) error { return w.journal.RecordAccount(t.Context(), tx, act) })
		w.seal()

		for _, trail := range []string{w.ownTrail(member), org} {
			e := w.entries(trail)[0]
			if e.ActorUser != admin || e.TargetUser != member || e.Actor == e.Target {
				t.Errorf("%s: actor %s, target %s", trail, e.ActorUser, e.TargetUser)
			}
		}
		if _, found, err := journal.OwnTrail(t.Context(), d, admin); found || err != nil {
			t.Errorf("the act stands in the own trail of who acted (%v)", err)
		}
	})
}

func TestAnActOnAnOrganizationIsOneEntryInItsTrail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b := w.organization("A"), w.organization("B")
		user := w.person("u@halden.example", a, b)
		acts := []journal.Act{
			{Action: "organization.updated", Actor: identity.Actor{UserID: user, Origin: identity.API}, Target: journal.Thing(a)},
			{Action: "member.role_changed", Actor: identity.Actor{Operator: true, Origin: identity.Command}, Target: journal.Person(user),
				Details: map[string]string{"before": "agent", "after": "admin"}, At: began.Add(-time.Hour)},
			{Action: "invitation.expired", Actor: identity.Actor{Origin: identity.Job}, Target: journal.Thing("inv_1")},
		}
		for _, act := range acts {
			w.record(a, act)
		}
		w.seal()

		all := w.entries(a)
		if len(all) != 3 || len(w.entries(b)) != 0 {
			t.Fatalf("%d and %d entries, want 3 and 0", len(all), len(w.entries(b)))
		}
		if _, found, _ := journal.OwnTrail(t.Context(), d, user); found {
			t.Error("an organization's matter stands in a person's trail")
		}
		if all[0].Target != a || all[0].ActorUser != user || all[0].TargetUser != "" || all[0].Changes != nil {
			t.Errorf("first %+v", all[0])
		}
		e := all[1]
		if e.Actor != journal.Operator || e.TargetUser != user || e.Origin != "cli" || !e.At.Equal(began.Add(-time.Hour)) {
			t.Errorf("second %+v", e)
		}
		if diff := cmp.Diff(acts[1].Details, e.Details); diff != "" {
			t.Error(diff)
		}
		if all[2].Actor != journal.System || journal.IsPerson(all[2].Actor) || journal.IsPerson(all[2].Target) {
			t.Errorf("third %+v", all[2])
		}
	})
}

func TestWhatTheOperatorSetsForEverybodyHasATrailOfItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		act := journal.Act{Action: "policy.updated", Actor: identity.Actor{Operator: true}, Target: journal.Thing(journal.Instance)}
		w.tx(func(tx *db.Tx) error { return w.journal.RecordInstance(t.Context(), tx, act) })
		w.seal()
		if all := w.entries(journal.Instance); len(all) != 1 || all[0].Actor != journal.Operator {
			t.Fatalf("entries %+v", all)
		}
	})
}

func TestAnActThatIsRolledBackLeavesNothingAndTellsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.journal.Tell = func(topics ...string) { t.Errorf("told %v", topics) }
		user := w.person("u@halden.example", w.organization("A"))
		refused := errors.New("refused")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			w.must(w.journal.RecordAccount(t.Context(), tx, own(user, "profile.updated")))
			return refused
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		entries, err := countEntries.One(t.Context(), d)
		w.must(err)
		subjects, err := countSubjects.One(t.Context(), d)
		w.must(err)
		if entries != 0 || subjects != 0 {
			t.Errorf("%d entries and %d pseudonyms are left", entries, subjects)
		}
	})
}

func TestAfterTheCommitTheFeedHearsWhatTheEntryTouches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var told [][]string
		w.journal.Tell = func(topics ...string) { told = append(told, topics) }
		a, b := w.organization("A"), w.organization("B")
		user := w.person("u@halden.example", b, a)
		w.account(user, "profile.updated")
		w.record(a, own(user, "member.role_changed"))
		w.record(a, journal.Act{Action: "organization.updated", Target: journal.Thing(a)})
		want := [][]string{{"user:" + user, "members:" + a, "members:" + b}, {"org:" + a, "user:" + user}, {"org:" + a}}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAPersonIsNeverNamedByAnythingButAPseudonym(t *testing.T) {
	refuse := map[string]func(user string) journal.Act{
		"a user as a thing":        func(u string) journal.Act { return journal.Act{Action: "x", Target: journal.Thing(u)} },
		"a user in a value":        func(u string) journal.Act { return act(journal.Act{Details: map[string]string{"a": "by " + u}}) },
		"a user as a value's name": func(u string) journal.Act { return act(journal.Act{Details: map[string]string{u: "a"}}) },
		"a user as a field's name": func(u string) journal.Act { return act(journal.Act{Changes: []string{u}}) },
		"nothing as a target":      func(string) journal.Act { return journal.Act{Action: "x"} },
		"no action":                func(string) journal.Act { return journal.Act{Target: journal.Thing("x")} },
		"somebody who does not exist": func(string) journal.Act {
			return journal.Act{Action: "x", Target: journal.Person("usr_01h455vb4pex5vsknk084sn02q")}
		},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		user, org := w.person("u@halden.example"), w.organization("A")
		for name, make := range refuse {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				return w.journal.RecordOrganization(t.Context(), tx, org, make(user))
			})
			if err == nil {
				t.Errorf("%s was taken", name)
			}
		}
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return w.journal.RecordAccount(t.Context(), tx, act(journal.Act{}))
		})
		if err == nil {
			t.Error("an account matter without a person was taken")
		}
	})
}

func act(a journal.Act) journal.Act {
	a.Action, a.Target = "x", journal.Thing("inv_1")
	return a
}

func TestNothingPersonalIsStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("Canary Organization")
		admin, user := w.person("canary.admin@halden.example", org), w.person("canary.user@halden.example", org)
		for range 2 { // once sealed, once waiting
			w.account(user, "profile.updated")
			changed := own(user, "member.role_changed")
			changed.Actor.UserID, changed.Details = admin, map[string]string{"before": "agent", "after": "admin"}
			w.record(org, changed)
			if stored, _ := journalText.All(t.Context(), d); len(stored) == 0 {
				w.seal()
			}
		}
		for _, q := range []db.Query[string]{inboxText, journalText, subjectText} {
			stored, err := q.All(t.Context(), d)
			w.must(err)
			if len(stored) == 0 {
				t.Fatal("nothing is stored")
			}
			for _, text := range stored {
				for _, canary := range []string{"anary", "halden", "usr_", user[4:], admin[4:]} {
					if strings.Contains(text, canary) {
						t.Errorf("%q stands in %q", canary, text)
					}
				}
			}
		}
	})
}

func TestAForgottenPersonIsGoneAndTheChainStillVerifies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		gone, stays := w.person("gone@halden.example", org), w.person("stays@halden.example", org)
		w.account(gone, "profile.updated")
		w.account(stays, "profile.updated")
		w.account(gone, "password.changed")
		trail := w.ownTrail(gone)
		w.seal()
		w.tx(func(tx *db.Tx) error {
			if err := w.journal.RecordAccount(t.Context(), tx, own(gone, "account.deleted")); err != nil {
				return err
			}
			if _, err := deleteUser.Run(t.Context(), tx, gone); err != nil {
				return err
			}
			return journal.Forget(t.Context(), tx, gone)
		})
		w.seal()

		all := w.entries(org)
		if len(all) != 4 {
			t.Fatalf("%d entries, want 4", len(all))
		}
		for _, i := range []int{0, 2, 3} {
			if e := all[i]; e.ActorUser != "" || e.TargetUser != "" || e.Actor != all[0].Actor {
				t.Errorf("entry %d leads to %q by %s", e.Seq, e.ActorUser, e.Actor)
			}
		}
		if all[1].ActorUser != stays {
			t.Error("somebody else was forgotten too")
		}
		if mark := journal.Mark(all[0].Actor); mark != strings.ToLower(all[0].Actor[:4]) {
			t.Errorf("mark %q", mark)
		}
		if _, found, _ := journal.OwnTrail(t.Context(), d, gone); found {
			t.Error("the own trail can still be found")
		}
		for _, rep := range []journal.Report{w.verify(org), w.verify(trail), w.verifyAll()} {
			if !rep.Valid {
				t.Errorf("%+v", rep)
			}
		}
	})
}

func TestWhoNameAPersonForTheFirstTimeAtOnceAgreeOnThePseudonym(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		const rounds, writers = 5, 8
		for round := range rounds {
			user := w.person(fmt.Sprintf("u%d@halden.example", round), org)
			var wg, ready sync.WaitGroup
			ready.Add(writers)
			for range writers {
				wg.Go(func() {
					err := d.Tx(t.Context(), func(tx *db.Tx) error {
						if d.Dialect == db.Postgres { // each has a transaction of its own, so all can be inside
							ready.Done()
							ready.Wait()
						}
						return w.journal.RecordAccount(t.Context(), tx, own(user, "profile.updated"))
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			w.seal()
			if n, err := countSubjects.One(t.Context(), d); n != 2*(round+1) || err != nil {
				t.Fatalf("%d pseudonyms, want %d (%v)", n, 2*(round+1), err)
			}
			if n := len(w.entries(w.ownTrail(user))); n != writers {
				t.Errorf("%d entries in the own trail, want %d", n, writers)
			}
		}
		if n := len(w.entries(org)); n != rounds*writers {
			t.Errorf("%d entries in the organization's trail, want %d", n, rounds*writers)
		}
	})
}
