package app

import (
	"context"
	"errors"

	"nameplate/internal/access/factor"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
	"nameplate/internal/reach/message"
	"nameplate/internal/team/employee"
	"nameplate/internal/who/card"
)

// digitalEmployees makes what keeps them and what carries their messages.
func (a *App) digitalEmployees() {
	a.Digital = &employee.Service{DB: a.DB, Clock: a.Clock, Journal: a.Journal, Pictures: a.Pictures, Clients: a.clientsOf}
	a.Orgs.Ends = a.Digital.End
	a.Messages = &message.Service{
		DB: a.DB, Clock: a.Clock, Limits: a.Limit, Mail: a.Mail, Texts: a.SMS, URL: a.Config.Base, Employee: a.speaker, Wishes: a.wishes,
	}
	a.SMS.Ended = a.Messages.Texted
	a.Mail.Ended = a.mailed
}

// mailed notes how a mail ended, and tells those who sent it.
func (a *App) mailed(ctx context.Context, tx *db.Tx, e mail.End) error {
	var err error
	switch {
	case e.Recipient:
		err = identity.Bounced(ctx, tx, e.To, e.Refused, a.Clock.Now())
	case e.Refused == "":
		err = identity.Arrived(ctx, tx, e.To)
	}
	return errors.Join(err, a.Messages.Mailed(ctx, tx, e), a.Notify.Mailed(ctx, tx, e))
}

// digital is a digital employee as its card shows it.
func (a *App) digital(ctx context.Context, q db.Q, id string) (card.Digital, bool, error) {
	e, err := a.Digital.Find(ctx, q, id)
	if errors.Is(err, employee.ErrNone) {
		return card.Digital{}, false, nil
	}
	return card.Digital{User: e.User(), OrganizationID: e.OrganizationID, Designation: e.Designation}, err == nil, err
}

// speaker is a digital employee as somebody who writes.
func (a *App) speaker(ctx context.Context, q db.Q, organizationID, id string) (message.Employee, bool, error) {
	e, err := a.Digital.Get(ctx, q, organizationID, id)
	if errors.Is(err, employee.ErrNone) {
		return message.Employee{}, false, nil
	}
	if err != nil {
		return message.Employee{}, false, err
	}
	org, err := identity.GetOrganization(ctx, q, organizationID)
	return message.Employee{ID: e.ID, Name: e.Name, Organization: org.Name, ClientID: e.ClientID}, err == nil, err
}

// clientsOf names the API clients of an organization.
func (a *App) clientsOf(ctx context.Context, q db.Q, organizationID string) ([]employee.Client, error) {
	found, err := a.Clients.Names(ctx, q, organizationID)
	all := make([]employee.Client, len(found))
	for i, c := range found {
		all[i] = employee.Client{ID: c.ID, Name: c.Name}
	}
	return all, err
}

// wishes are how somebody has agreed that digital employees write to them.
func (a *App) wishes(ctx context.Context, q db.Q, userID string) (w message.Wishes, err error) {
	i, err := a.Prefers.InteractionIn(ctx, q, userID)
	if err != nil {
		return w, err
	}
	w.Email = i.Email
	if !i.WhatsApp() {
		return w, nil
	}
	found, err := a.Factors.List(ctx, q, userID)
	if err != nil {
		return w, err
	}
	for _, f := range found {
		if f.ID == i.WhatsappPhone && f.Kind == factor.SMS {
			w.WhatsApp, err = a.Factors.Number(f)
		}
	}
	return w, err
}
