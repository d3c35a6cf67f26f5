package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

const (
	members  = 10_000           // of one organization
	entries  = 1_000_000        // of its trail
	apart    = 30 * time.Second // one entry from the next, so that they fill a year
	asked    = 200              // times that each page is asked for, one after the other
	muchGoal = 30 * time.Millisecond
)

// page is how long one page over much takes, in microseconds.
type page struct {
	Title string  `json:"title"`
	P50   float64 `json:"p50_us"`
	P99   float64 `json:"p99_us"`
	Goal  goal    `json:"goal"`
}

// much times the pages of an organization with many members and a long trail.
func (w *world) much(ctx context.Context, r *report) error {
	w.say("adding an organization of %d members with %d entries in its trail", members, entries)
	if err := w.ours.stop(); err != nil {
		return err
	}
	g, err := grow(ctx, filepath.Join(w.in("ours"), "nameplate.db"))
	if err != nil {
		return err
	}
	if w.ours, err = w.startOurs(); err != nil {
		return err
	}
	list := "/v1/orgs/" + g.company + "/members"
	trail := "/v1/orgs/" + g.company + "/audit-log"
	half := url.QueryEscape(g.half.UTC().Format(time.RFC3339))
	for _, p := range []struct{ title, path string }{
		{"members, first page", "/settings/members"},
		{"members, a name", "/settings/members?q=Winterov%C3%A1+77"},
		{"members, a name that nobody has", "/settings/members?q=Ingrid"},
		{"members, 200 by the API", list + "?limit=200"},
		{"members of a role by the API", list + "?role=owner"},
		{"trail, first page", "/settings/audit"},
		{"trail, one kind", "/settings/audit?action=member.role_changed"},
		{"trail, 200 by the API", trail + "?limit=200"},
		{"trail of a kind by the API", trail + "?action=member.role_changed"},
		{"trail, its older half by the API", trail + "?to=" + half},
	} {
		one, err := w.patiently(ctx, p.title, get(w.ours, p.path, g.token))
		if err != nil {
			return fmt.Errorf("%s: %w", p.title, err)
		}
		r.Pages = append(r.Pages, one)
	}
	return nil
}

// patiently asks again and again, each time when the answer before is there.
func (w *world) patiently(ctx context.Context, title string, r request) (*page, error) {
	var took []time.Duration
	for range asked {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		elapsed := clock.Stopwatch()
		a, err := w.ours.ask(r)
		if err != nil {
			return nil, err
		}
		if a.status != 200 {
			return nil, fmt.Errorf("answered %d: %s", a.status, a.body)
		}
		took = append(took, elapsed())
	}
	slices.Sort(took)
	p := &page{Title: title, P50: micros(share(took, 0.5)), P99: micros(share(took, 0.99))}
	p.Goal = goal{fmt.Sprintf("p99 < %d ms", muchGoal.Milliseconds()), p.P99 < micros(muchGoal)}
	return p, nil
}

// grown is an organization that has become large.
type grown struct {
	company string
	token   string    // of a session of its owner
	half    time.Time // before which half of its trail was written
}

func grow(ctx context.Context, file string) (grown, error) {
	d, err := db.Open(ctx, file)
	if err != nil {
		return grown{}, err
	}
	defer d.Close()
	g := grower{
		seeder:  seeder{d: d, sessions: session.Store{DB: d, Clock: clock.System{}}},
		journal: &journal.Journal{Clock: clock.System{}},
		sealer:  &journal.Sealer{DB: d, Clock: clock.System{}, Holder: "bench", Log: slog.New(slog.DiscardHandler)},
	}
	if err := g.people(ctx); err != nil {
		return grown{}, err
	}
	return g.grown, g.trail(ctx)
}

type grower struct {
	seeder
	grown
	journal *journal.Journal
	sealer  *journal.Sealer
	owner   string
	ids     []string
}

// people adds the members. The first is the owner.
func (g *grower) people(ctx context.Context) error {
	for n := 0; n < members; n += atOnce {
		err := g.d.Tx(ctx, func(tx *db.Tx) error {
			for i := n; i < n+atOnce; i++ {
				if err := g.member(ctx, tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *grower) member(ctx context.Context, tx *db.Tx, i int) error {
	now, role := g.sessions.Clock.Now(), identity.Agent
	id, err := identity.Add(ctx, tx, identity.NewUser{Address: fmt.Sprintf("ludmila.%d@example.com", i), DisplayName: fmt.Sprintf("Ludmila Winterová %d", i)}, now)
	if err != nil {
		return err
	}
	if i == 0 {
		role, g.owner = identity.Owner, id
		if g.grown.company, err = identity.AddOrganization(ctx, tx, "Winterová Worldwide", now); err != nil {
			return err
		}
	}
	g.ids = append(g.ids, id)
	m := identity.Membership{OrganizationID: g.grown.company, UserID: id, Role: role, Designation: "Billing Specialist"}
	if err := identity.AddMember(ctx, tx, m, now); err != nil || i > 0 {
		return err
	}
	g.token, err = g.enter(ctx, tx, id)
	return err
}

// trail writes the entries and seals them. Every thousandth is of another kind.
func (g *grower) trail(ctx context.Context) error {
	owner := identity.Actor{UserID: g.owner, Origin: "api"}
	first := g.sessions.Clock.Now().Add(-entries * apart)
	g.half = first.Add(entries / 2 * apart)
	for n := 0; n < entries; n += atOnce {
		err := g.d.Tx(ctx, func(tx *db.Tx) error {
			for i := n; i < n+atOnce; i++ {
				act := journal.Act{
					At: first.Add(time.Duration(i) * apart), Action: "member.joined", Actor: owner,
					Target: journal.Person(g.ids[i%members]),
				}
				if i%1000 == 0 {
					act.Action = "member.role_changed"
				}
				if err := g.journal.RecordOrganization(ctx, tx, g.grown.company, act); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := g.seal(ctx); err != nil {
			return err
		}
	}
	return nil
}

// seal moves what waits into the chain.
func (g *grower) seal(ctx context.Context) error {
	for {
		if n, err := g.sealer.Seal(ctx); n == 0 || err != nil {
			return err
		}
	}
}
