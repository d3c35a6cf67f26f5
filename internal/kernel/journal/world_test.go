package journal_test

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

var began = time.Date(2026, 11, 21, 14, 2, 0, 123456000, time.UTC)

// world is a database with people, a journal and a sealer.
type world struct {
	*testing.T
	db      *db.DB
	clock   *clock.Manual
	journal *journal.Journal
	sealer  *journal.Sealer
}

func newWorld(t *testing.T, d *db.DB) *world {
	c := clock.At(began)
	return &world{t, d, c, &journal.Journal{Clock: c}, newSealer(d, c, "one")}
}

func newSealer(d *db.DB, c clock.Clock, holder string) *journal.Sealer {
	return &journal.Sealer{DB: d, Clock: c, Holder: holder, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) tx(fn func(tx *db.Tx) error) {
	w.Helper()
	w.must(w.db.Tx(w.Context(), fn))
}

// person adds a user, and a membership in each of the organizations.
func (w *world) person(address string, orgs ...string) (id string) {
	w.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		id, err = identity.Add(w.Context(), tx, identity.NewUser{Address: address, DisplayName: address}, began)
		for _, org := range orgs {
			m := identity.Membership{OrganizationID: org, UserID: id, Role: identity.Agent}
			if err == nil {
				err = identity.AddMember(w.Context(), tx, m, began)
			}
		}
		return err
	})
	return id
}

func (w *world) organization(name string) (id string) {
	w.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		id, err = identity.AddOrganization(w.Context(), tx, name, began)
		return err
	})
	return id
}

// account records an act of the person on the own account.
func (w *world) account(user, action string) {
	w.Helper()
	w.tx(func(tx *db.Tx) error { return w.journal.RecordAccount(w.Context(), tx, own(user, action)) })
}

func own(user, action string) journal.Act {
	return journal.Act{
		Action: action, Actor: identity.Actor{UserID: user, Origin: identity.Page, Network: "192.0.2.0/24"},
		Target: journal.Person(user), Changes: []string{"bio", "display_name"},
	}
}

func (w *world) record(org string, act journal.Act) {
	w.Helper()
	w.tx(func(tx *db.Tx) error { return w.journal.RecordOrganization(w.Context(), tx, org, act) })
}

// seal seals everything that waits.
func (w *world) seal() {
	w.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = w.sealer.Seal(w.Context())
		w.must(err)
	}
}

func (w *world) ownTrail(user string) string {
	w.Helper()
	trail, found, err := journal.OwnTrail(w.Context(), w.db, user)
	w.must(err)
	if !found {
		w.Fatalf("%s has no trail", user)
	}
	return trail
}

func (w *world) entries(trail string) []journal.Entry {
	w.Helper()
	all, err := journal.After(w.Context(), w.db, trail, 0, 100000)
	w.must(err)
	return all
}

func (w *world) verify(trail string) journal.Report {
	w.Helper()
	rep, err := journal.Verify(w.Context(), w.db, trail)
	w.must(err)
	return rep
}

func (w *world) verifyAll() journal.Report {
	w.Helper()
	rep, err := journal.VerifyAll(w.Context(), w.db)
	w.must(err)
	return rep
}

func (w *world) run(c db.Command, args ...any) {
	w.Helper()
	w.tx(func(tx *db.Tx) error {
		_, err := c.Run(w.Context(), tx, args...)
		return err
	})
}
