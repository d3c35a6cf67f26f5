package chatwoot

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"nameplate/internal/kernel/change"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/secret"
)

const (
	tick     = 2 * time.Second
	readMost = 500 // entries of a trail in one go
)

// syncing is the job that compares all agents of an organization's account.
type syncing struct{ Organization string }

// Kind implements jobs.Args.
func (syncing) Kind() string { return "chatwoot.sync" }

// Run follows what changes until ctx ends.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		if err := s.Follow(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("connections with Chatwoot were not looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Follow asks for a comparison where something has changed that matters, and
// where the last one is an hour old.
func (s *Service) Follow(ctx context.Context) error {
	rows, err := behind.All(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.readOn(ctx, r); err != nil {
			return err
		}
	}
	now := s.Clock.Now()
	old, err := stale.All(ctx, s.DB, now.Add(-checks))
	if err != nil {
		return err
	}
	for _, org := range old {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := look.Run(ctx, tx, org, now.Add(-checks), now)
			if err != nil || n == 0 { // another node was first
				return err
			}
			return s.Queue.Insert(ctx, tx, syncing{org})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) readOn(ctx context.Context, r row) error {
	found, next, err := change.After(ctx, s.DB, r.OrganizationID, r.Place, readMost)
	if err != nil || next == r.Place {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := move.Run(ctx, tx, r.OrganizationID, r.Place, next)
		if err != nil || n == 0 || !slices.ContainsFunc(found, matters) {
			return err
		}
		return s.Queue.Insert(ctx, tx, syncing{r.OrganizationID})
	})
}

// sync compares all agents, one comparison at a time: what an older one has read
// must not take the place of what a younger one has written. Whoever comes while
// one is under way has it done again, and goes.
func (s *Service) sync(ctx context.Context, job syncing) error {
	for {
		mine, err := s.hold(ctx, job.Organization)
		if err != nil || !mine {
			return err
		}
		err = s.all(ctx, job.Organization)
		more, end := s.release(context.WithoutCancel(ctx), job.Organization)
		if err != nil || end != nil || !more {
			return errors.Join(err, end)
		}
	}
}

// hold reports whether this comparison may begin. If not, the one that is under
// way is done again.
func (s *Service) hold(ctx context.Context, organizationID string) (mine bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		for {
			n, err := hold.Run(ctx, tx, organizationID, now, now.Add(jobs.Lease))
			if mine = n > 0; err != nil || mine {
				return err
			}
			n, err = repeat.Run(ctx, tx, organizationID, now)
			if err != nil || n > 0 {
				return err
			}
			if _, found, err := again.Maybe(ctx, tx, organizationID); err != nil || !found {
				return err // disconnected
			}
		}
	})
	return mine, err
}

// release ends a comparison and reports whether another was asked for.
func (s *Service) release(ctx context.Context, organizationID string) (more bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := release.Run(ctx, tx, organizationID); err != nil {
			return err
		}
		more, _, err = again.Maybe(ctx, tx, organizationID)
		return err
	})
	return more, err
}

// all compares all agents and sets what differs. What fails at one of them keeps
// nobody else waiting.
func (s *Service) all(ctx context.Context, organizationID string) error {
	r, found, err := one.Maybe(ctx, s.DB, organizationID)
	if err != nil || !found {
		return err
	}
	token, err := s.Keys.Open(r.Token, place(r.OrganizationID, "token"))
	if err != nil {
		return err
	}
	account := s.remote(Wish{URL: r.URL, Account: r.Account, Token: secret.Secret(token)})
	agents, err := account.agents(ctx)
	if err != nil {
		return s.fail(ctx, r.OrganizationID, err)
	}
	before, err := agentsOf.All(ctx, s.DB, r.OrganizationID)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	rows := make([]agentRow, len(agents))
	for i, a := range agents {
		p, known, err := s.Person(ctx, r.OrganizationID, a.Email)
		if err != nil {
			return err
		}
		if rows[i] = (agentRow{AgentID: a.ID, Name: a.Name, Email: a.Email}); known {
			rows[i].follow(ctx, account, p, before, now)
		}
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := synced.Run(ctx, tx, r.OrganizationID, now)
		if err != nil || n == 0 { // disconnected meanwhile
			return err
		}
		for _, a := range rows {
			_, err := keepAgent.Run(ctx, tx, r.OrganizationID, a.AgentID, a.UserID, a.Name, a.Email, a.Busy, a.DriftAt, now, a.Fault)
			if err != nil {
				return err
			}
		}
		_, err = forgetAgents.Run(ctx, tx, r.OrganizationID, now)
		return err
	})
}

// fail keeps why all agents could not be read. Only what may pass is an error,
// which the queue tries again.
func (s *Service) fail(ctx context.Context, organizationID string, why error) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := failed.Run(ctx, tx, organizationID, codeOf(why))
		return err
	})
	if errors.Is(why, errSilent) {
		return errors.Join(err, errSilent)
	}
	return err
}

// follow sets what differs of an agent from the member, and notes what came of
// it.
func (a *agentRow) follow(ctx context.Context, account remote, p Person, before []agentRow, now time.Time) {
	was := agentRow{}
	if i := slices.IndexFunc(before, func(b agentRow) bool { return b.AgentID == a.AgentID }); i >= 0 {
		was = before[i]
	}
	a.UserID, a.Busy, a.DriftAt = sql.Null[string]{V: p.UserID, Valid: true}, was.Busy, was.DriftAt
	e := edit{}
	if p.Name != "" && p.Name != a.Name {
		e.Name = p.Name
	}
	switch {
	case p.Busy && !was.Busy:
		e.Availability = "busy"
	case !p.Busy && was.Busy:
		e.Availability = "online"
	}
	if e == (edit{}) {
		return
	}
	if err := account.change(ctx, a.AgentID, e); err != nil {
		a.Fault = codeOf(err)
		return
	}
	// What was this name already and is another now, was changed over there.
	if e.Name != "" && was.UserID.Valid && was.Name == e.Name {
		a.DriftAt = sql.Null[time.Time]{V: now, Valid: true}
	}
	if e.Name != "" {
		a.Name = e.Name
	}
	a.Busy = p.Busy
}
