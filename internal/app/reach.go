package app

import (
	"context"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/web"
	"nameplate/internal/reach/channel"
	"nameplate/internal/reach/focus"
	"nameplate/internal/reach/notify"
	"nameplate/internal/reach/push"
	"nameplate/internal/reach/stream"
	"nameplate/internal/team/member"
)

// mountReach adds how people are reached, and the page of a member, which has a
// section about it. people are further sections of the list of members.
func (a *App) mountReach(shell web.Shell, people sections) {
	channels := &channel.Web{Service: a.Channels, Shell: shell, SetBy: a.nameOf}
	members := member.Web{
		Service: a.Members, Shell: shell, Card: a.cardOf, May: roleMay, Sections: people, Channels: channels.MemberSection,
	}
	members.Mount(a.Table)
	alone := focus.Web{Service: a.Focus, Page: channels.Refuse, Home: channel.Path}
	alone.Mount(a.Table)
	channels.Focus, channels.MemberPage = alone.Section, members.RefuseChannels
	channels.Mount(a.Table)
	channel.API{Service: a.Channels, SetBy: a.nameOf}.Mount(a.API)
	focus.API{Service: a.Focus}.Mount(a.API)
	devices := push.Web{Service: a.Push}
	devices.Mount(a.Table)
	push.API{Service: a.Push}.Mount(a.API)
	notify.Web{Service: a.Notify, Shell: shell, FirstDay: a.firstDay, Devices: devices.Section}.Mount(a.Table)
	notify.API{Service: a.Notify}.Mount(a.API)
	stream.API{Service: a.Stream}.Mount(a.Table, a.API)
}

// firstDay is the day that a user's weeks begin with.
func (a *App) firstDay(ctx context.Context, userID string) time.Weekday {
	c, err := a.Prefers.Configuration(ctx, userID)
	if err != nil {
		a.Log.Error("first day of the week not looked up", "error", err)
	}
	return c.Weekday()
}

// back is when a user is there again; zero: now.
func (a *App) back(ctx context.Context, q db.Q, userID string) (time.Time, error) {
	f, err := a.Focus.Get(ctx, q, userID)
	return f.Until, err
}
