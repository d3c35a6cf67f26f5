package app

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	router "nameplate/internal/platform/taskrouter"
	"nameplate/internal/platform/web"
	"nameplate/internal/reach/channel"
	"nameplate/internal/reach/coverage"
	"nameplate/internal/reach/taskrouter"
	"nameplate/internal/team/member"
)

// routed follows from what members take on.
type routed struct {
	Router   *taskrouter.Service
	Coverage *coverage.Service
}

// routing makes the workers of TaskRouter follow, and coverage.
func (a *App) routing() {
	a.Router = &taskrouter.Service{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Queue: a.Queue, Router: router.New(a.Config.SMS),
		Ours: a.standings, OursOf: a.standingOf, Take: a.takeOver,
	}
	a.Router.Register()
	a.Channels.Changed, a.Members.Takes = a.Router.Changed, a.takes
	moved := a.Focus.Moved
	a.Focus.Moved = func(ctx context.Context, tx *db.Tx, userID string) error {
		return errors.Join(moved(ctx, tx, userID), a.Router.Changed(ctx, tx, userID))
	}
	a.Coverage = &coverage.Service{
		Clock: a.Clock, Channels: a.Channels.Offered, Takers: a.takers, Away: a.unheard, Zone: a.zoneOf,
	}
}

// mountRouting adds their routes.
func (a *App) mountRouting(shell web.Shell) {
	taskrouter.Web{Service: a.Router, Shell: shell}.Mount(a.Table)
	taskrouter.API{Service: a.Router}.Mount(a.API)
	coverage.Web{Service: a.Coverage, Shell: shell}.Mount(a.Table)
	coverage.API{Service: a.Coverage}.Mount(a.API)
}

// lookAtWorkers asks for a look at all workers, now and then.
func (a *App) lookAtWorkers(ctx context.Context) {
	if err := a.Router.Recheck(ctx); err != nil && ctx.Err() == nil {
		a.Log.Warn("workers are not looked at", "error", err)
	}
}

func (a *App) standings(ctx context.Context, q db.Q, organizationID string) (map[string]taskrouter.Standing, error) {
	found, err := a.Channels.Standings(ctx, q, organizationID)
	all := make(map[string]taskrouter.Standing, len(found))
	for id, st := range found {
		all[id] = standing(st)
	}
	return all, err
}

func (a *App) standingOf(ctx context.Context, q db.Q, userID string) (taskrouter.Standing, bool, error) {
	st, found, err := a.Channels.StandingOf(ctx, q, userID)
	return standing(st), found, err
}

func standing(st channel.Standing) taskrouter.Standing {
	out := taskrouter.Standing{Name: st.Name, Address: st.Address, Until: st.Until, Channels: map[string]taskrouter.Setting{}}
	for name, t := range st.Takes {
		out.Channels[name] = taskrouter.Setting(t)
	}
	return out
}

// takeOver sets channels of a member to what was found elsewhere.
func (a *App) takeOver(ctx context.Context, actor identity.Actor, userID string, channels map[string]taskrouter.Setting) error {
	wishes := map[string]channel.Wish{}
	for name, s := range channels {
		wishes[name] = channel.Wish{Enabled: &s.Available, Capacity: &s.Capacity}
	}
	_, err := a.Channels.SetFor(ctx, actor, userID, wishes)
	return err
}

// takes sets channels of a member in a change of more than them.
func (a *App) takes(ctx context.Context, tx *db.Tx, actor identity.Actor, userID string, channels map[string]member.Taking) error {
	wishes := map[string]channel.Wish{}
	for name, t := range channels {
		wishes[name] = channel.Wish(t)
	}
	_, err := a.Channels.SetIn(ctx, tx, actor, userID, wishes)
	return err
}

func (a *App) takers(ctx context.Context, organizationID string) ([]coverage.Taker, error) {
	found, err := a.Channels.Takers(ctx, organizationID)
	all := make([]coverage.Taker, len(found))
	for i, t := range found {
		all[i] = coverage.Taker(t)
	}
	return all, err
}

// unheard says when members don't hear: in quiet hours and in focus.
func (a *App) unheard(ctx context.Context, organizationID string) (map[string]coverage.Away, error) {
	hours, err := a.Notify.HoursIn(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	focus, err := a.Focus.In(ctx, a.DB, organizationID)
	if err != nil {
		return nil, err
	}
	all := make(map[string]coverage.Away, len(hours))
	for id, h := range hours {
		all[id] = coverage.Away{Key: h.Key, Hours: func(from, to time.Time) []coverage.Stretch {
			var out []coverage.Stretch
			for _, s := range h.Quiet.Between(from, to, h.Home) {
				out = append(out, coverage.Stretch(s))
			}
			return out
		}}
	}
	for id, until := range focus {
		away := all[id]
		away.Focus = until
		all[id] = away
	}
	return all, nil
}

// zoneOf is where an organization has its days; UTC where it has not said.
func (a *App) zoneOf(ctx context.Context, organizationID string) (*time.Location, error) {
	name, err := a.Orgs.Zone(ctx, organizationID)
	if err != nil || name == "" {
		return time.UTC, err
	}
	return clock.Place(name)
}
