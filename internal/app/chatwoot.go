package app

import (
	"context"

	"nameplate/internal/connect/chatwoot"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/web"
	"nameplate/internal/reach/notify"
)

func (a *App) mountChatwoot(shell web.Shell) {
	chatwoot.Web{Service: a.Chatwoot, Shell: shell}.Mount(a.Table)
	chatwoot.API{Service: a.Chatwoot}.Mount(a.API)
}

// agent is the member with a verified address, as Chatwoot is to show them: as
// the team sees them.
func (a *App) agent(ctx context.Context, organizationID, address string) (p chatwoot.Person, known bool, err error) {
	email, found, err := identity.FindEmail(ctx, a.DB, address)
	if err != nil || !found {
		return p, false, err
	}
	team := session.Caller{Actor: identity.Actor{Membership: identity.Membership{OrganizationID: organizationID, Role: identity.Client}}}
	m, err := a.Members.Get(ctx, team, email.UserID)
	if errs.KindOf(err) == errs.NotFound {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	f, err := a.Focus.Get(ctx, a.DB, email.UserID)
	return chatwoot.Person{UserID: email.UserID, Name: m.Name, Busy: !f.Until.IsZero()}, true, err
}

// hear tells people of what has happened in Chatwoot.
func (a *App) hear(ctx context.Context, organizationID string, events []chatwoot.Event) error {
	all := make([]notify.Event, len(events))
	for i, e := range events {
		all[i] = notify.Event{
			ID: e.ID, Type: e.Type, OccurredAt: e.OccurredAt, Conversation: notify.Conversation{ID: e.Conversation, Title: e.Title, URL: e.URL},
			ActorUser: e.ActorUser, ActorName: e.ActorName, Assignee: e.Assignee, Mentioned: e.Mentioned, MessageText: e.Text, Reader: e.Reader,
		}
	}
	taken, err := a.Notify.Accept(ctx, organizationID, all)
	for _, t := range taken {
		if t.Err != nil {
			return t.Err
		}
	}
	return err
}
