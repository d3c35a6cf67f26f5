package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

var (
	change = db.Exec(`UPDATE journal SET action = 'forged' WHERE position = $1`)
	remove = db.Exec(`DELETE FROM journal WHERE position = $1`)
	cut    = db.Exec(`DELETE FROM journal WHERE position > $1`)
	behead = db.Exec(`DELETE FROM journal WHERE position <= $1`)
	empty  = db.Exec(`TRUNCATE journal`)

	unlockSQLite = []db.Command{db.Exec(`DROP TRIGGER journal_unchanged`), db.Exec(`DROP TRIGGER journal_undeleted`)}
	unlockOther  = []db.Command{db.Exec(`DROP TRIGGER journal_unchanged ON journal`)}
)

// unlock takes the triggers away, as who has the database in hand can.
func (w *world) unlock() {
	w.Helper()
	unlock := unlockOther
	if w.db.Dialect == db.SQLite {
		unlock = unlockSQLite
	}
	for _, c := range unlock {
		w.run(c)
	}
}

func TestTheDatabaseRefusesToChangeOrRemoveAnEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
		w.seal()
		refuse := map[string]db.Command{"change": change, "remove": remove}
		if d.Dialect == db.Postgres {
			refuse["truncate"] = empty
		}
		for name, c := range refuse {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				args := []any{1}
				if name == "truncate" {
					args = nil
				}
				_, err := c.Run(t.Context(), tx, args...)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Every column of an entry, and what to put there instead.
var forgeries = []db.Command{
	db.Exec(`UPDATE journal SET trail = trail || 'x' WHERE position = $1`),
	db.Exec(`UPDATE journal SET seq = seq + 100000 WHERE position = $1`),
	db.Exec(`UPDATE journal SET id = id || 'x' WHERE position = $1`),
	db.Exec(`UPDATE journal SET at = (SELECT MIN(at) FROM journal j WHERE j.at > journal.at) WHERE position = $1`),
	db.Exec(`UPDATE journal SET actor = target WHERE position = $1`),
	db.Exec(`UPDATE journal SET action = 'forged' WHERE position = $1`),
	db.Exec(`UPDATE journal SET target = actor WHERE position = $1`),
	db.Exec(`UPDATE journal SET changes = changes || ',x' WHERE position = $1`),
	db.Exec(`UPDATE journal SET details = '{ }' WHERE position = $1`),
	db.Exec(`UPDATE journal SET origin = 'api' WHERE position = $1`),
	db.Exec(`UPDATE journal SET hash = previous_hash WHERE position = $1`),
	db.Exec(`UPDATE journal SET previous_hash = hash WHERE position = $1`),
	db.Exec(`UPDATE journal SET position = position + 100000 WHERE position = $1`),
}

func TestEveryForgedColumnIsFoundAndItsEntryNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		admin, user := w.person("a@halden.example", org), w.person("u@halden.example", org)
		const rounds = 20
		for range rounds {
			act := own(user, "member.updated")
			act.Actor.UserID = admin
			w.record(org, act)
			w.clock.Advance(time.Microsecond)
		}
		w.seal()
		w.unlock()
		// From the end on, so that the forgery tried is always the first.
		for i, forge := range forgeries {
			position := int64(rounds - 1 - i)
			w.run(forge, position)
			if rep := w.verifyAll(); rep.Valid || rep.FirstBad != position {
				t.Errorf("forgery %d at %d: %+v", i, position, rep)
			}
			moved := i == len(forgeries)-1 // its position alone, which is not the trail's matter
			if rep := w.verify(org); rep.Valid || !moved && rep.FirstBad != position {
				t.Errorf("forgery %d at %d: %+v", i, position, rep)
			}
		}
	})
}

// hash is the hash of an entry as the package comment describes it, for
// entries without details.
func hash(trail string, e journal.Entry) []byte {
	b := slices.Clone(e.PreviousHash)
	text := func(s string) { b = append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...) }
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
	text("nameplate.journal.1")
	text(trail)
	number(e.Seq)
	text(e.ID)
	number(e.At.UnixMicro())
	text(e.Actor)
	text(e.Action)
	text(e.Target)
	text(strings.Join(e.Changes, ","))
	text("{}")
	text(e.Origin)
	sum := sha256.Sum256(b)
	return sum[:]
}

func TestWhoeverHasATrailCanComputeItsHashes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		user := w.person("u@halden.example", org)
		w.account(user, "profile.updated")
		w.account(user, "password.changed")
		w.seal()
		for _, trail := range []string{org, w.ownTrail(user)} {
			all := w.entries(trail)
			if len(all) != 2 {
				t.Fatalf("%d entries", len(all))
			}
			for _, e := range all {
				if !bytes.Equal(e.Hash, hash(trail, e)) {
					t.Errorf("entry %d of %s has the hash %x", e.Seq, trail, e.Hash)
				}
			}
		}
	})
}

var forge = db.Exec(`UPDATE journal SET action = $2, hash = $3 WHERE position = $1`)

func TestAForgeryWithAGoodHashIsFoundAtTheEntryAfterIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		for range 5 {
			w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
		}
		w.seal()
		w.unlock()
		e := w.entries(org)[2]
		e.Action = "forged"
		w.run(forge, 3, e.Action, hash(org, e))
		for _, rep := range []journal.Report{w.verify(org), w.verifyAll()} {
			if rep.Valid || rep.FirstBad != 4 {
				t.Errorf("%+v", rep)
			}
		}
	})
}

func TestMissingEntriesAreFoundAndTheFirstIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		do    db.Command
		at    int
		inAll int64 // positions
		inA   int64 // seqs
	}{
		"one in the middle": {remove, 5, 5, 3},
		"the beginning":     {behead, 4, 1, 1},
		"the end":           {cut, 16, 17, 9},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				a, b := w.organization("A"), w.organization("B")
				for range 10 { // A has the odd positions, B the even ones
					w.record(a, journal.Act{Action: "x", Target: journal.Thing(a)})
					w.record(b, journal.Act{Action: "x", Target: journal.Thing(b)})
				}
				w.seal()
				for _, trail := range []string{a, b} {
					if rep := w.verify(trail); rep != (journal.Report{Valid: true, Entries: 10}) {
						t.Fatalf("before: %+v", rep)
					}
				}
				w.unlock()
				w.run(c.do, c.at)
				if rep := w.verifyAll(); rep.Valid || rep.FirstBad != c.inAll {
					t.Errorf("all: %+v, want %d", rep, c.inAll)
				}
				if rep := w.verify(a); rep.Valid || rep.FirstBad != c.inA {
					t.Errorf("trail: %+v, want %d", rep, c.inA)
				}
			})
		})
	}
}

func TestATrailWhoseOwnEndWasCutOffIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b := w.organization("A"), w.organization("B")
		for _, org := range []string{a, a, b} {
			w.record(org, journal.Act{Action: "x", Target: journal.Thing(org)})
		}
		w.seal()
		w.unlock()
		w.run(remove, 2)
		if rep := w.verify(a); rep.Valid || rep.FirstBad != 2 {
			t.Errorf("%+v", rep)
		}
		if rep := w.verify(b); !rep.Valid {
			t.Errorf("the other trail: %+v", rep)
		}
	})
}

func TestALongJournalVerifiesAfterManyDeletionsAndOneChangeIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := w.organization("A")
		const people, acts = 50, 25
		var users []string
		for i := range people {
			users = append(users, w.person(fmt.Sprintf("p%d@halden.example", i), org))
		}
		for range acts {
			w.tx(func(tx *db.Tx) error {
				for _, user := range users {
					if err := w.journal.RecordAccount(t.Context(), tx, own(user, "profile.updated")); err != nil {
						return err
					}
				}
				return nil
			})
		}
		w.seal()
		w.tx(func(tx *db.Tx) error {
			for _, user := range users {
				if err := journal.Forget(t.Context(), tx, user); err != nil {
					return err
				}
			}
			return nil
		})
		if rep := w.verifyAll(); rep != (journal.Report{Valid: true, Entries: 2 * people * acts}) {
			t.Fatalf("%+v", rep)
		}
		if rep := w.verify(org); rep != (journal.Report{Valid: true, Entries: people * acts}) {
			t.Fatalf("%+v", rep)
		}
		w.unlock()
		w.run(change, 2222)
		if rep := w.verifyAll(); rep.Valid || rep.FirstBad != 2222 {
			t.Errorf("%+v", rep)
		}
	})
}
