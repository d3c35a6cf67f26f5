package openid

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

const (
	mostAddresses = 10
	maxAddress    = 500
)

// App is a client that people sign in at.
type App struct {
	ClientID       string
	OrganizationID string
	Name           string
	Redirects      []string // where a code may be sent to; none: nobody signs in there
	Logouts        []string // where a browser may go on after signing out
	Backchannel    string   // is told when a sign-in ends; empty: nobody is
}

// App returns a client as an app, and whether it is one.
func (s *Service) App(ctx context.Context, q db.Q, clientID string) (App, bool, error) {
	row, found, err := appOf.Maybe(ctx, q, clientID)
	if err != nil || !found {
		return App{}, false, err
	}
	name, _, err := s.Client(ctx, q, clientID)
	return App{
		ClientID: row.ClientID, OrganizationID: row.OrganizationID, Name: name, Redirects: strings.Fields(row.RedirectUris),
		Logouts: strings.Fields(row.LogoutUris), Backchannel: row.BackchannelURI,
	}, name != "", err
}

// Of returns what a client of the actor's organization is as an app, which may
// be none yet. It returns ErrNoApp for any other client.
func (s *Service) Of(ctx context.Context, actor identity.Actor, clientID string) (App, error) {
	name, org, err := s.Client(ctx, s.DB, clientID)
	if err != nil {
		return App{}, err
	}
	if name == "" || org != actor.Membership.OrganizationID {
		return App{}, ErrNoApp
	}
	app, found, err := s.App(ctx, s.DB, clientID)
	if err == nil && !found {
		app = App{ClientID: clientID, OrganizationID: org, Name: name}
	}
	return app, err
}

// Save makes a client an app, or changes what it is as one. It returns ErrNoApp,
// ErrNeeded, ErrAddress, ErrMany or what Check returns.
func (s *Service) Save(ctx context.Context, actor identity.Actor, wish App) error {
	if _, err := s.Of(ctx, actor, wish.ClientID); err != nil {
		return err
	}
	wish, err := s.checked(ctx, wish)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.save(ctx, tx, actor.Membership.OrganizationID, wish); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "client.sign_in_set", wish.ClientID)
	})
}

// Checked looks at the addresses of a client that is about to be made.
func (s *Service) Checked(redirects []string) ([]string, error) {
	var faults errs.Fields
	all := s.addresses(&faults, "redirect_uris", redirects)
	return all, faults.OrNil()
}

// Begin makes a client an app as it is made itself.
func (s *Service) Begin(ctx context.Context, tx *db.Tx, clientID, organizationID string, redirects []string) error {
	return s.save(ctx, tx, organizationID, App{ClientID: clientID, Redirects: redirects})
}

func (s *Service) save(ctx context.Context, tx *db.Tx, organizationID string, a App) error {
	_, err := saveApp.Run(ctx, tx, a.ClientID, organizationID, strings.Join(a.Redirects, "\n"), strings.Join(a.Logouts, "\n"), a.Backchannel, s.Clock.Now())
	return err
}

// Remove makes an app a client again at which nobody signs in.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, clientID string) error {
	if _, err := s.Of(ctx, actor, clientID); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := removeApp.Run(ctx, tx, clientID)
		if err != nil || n == 0 {
			return err
		}
		return s.record(ctx, tx, actor, "client.sign_in_ended", clientID)
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, by identity.Actor, action, id string) error {
	return s.Journal.RecordOrganization(ctx, tx, by.Membership.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: by, Target: journal.Thing(id),
	})
}

func (s *Service) checked(ctx context.Context, a App) (App, error) {
	var faults errs.Fields
	a.Redirects = s.addresses(&faults, "redirect_uris", a.Redirects)
	a.Logouts = s.addresses(&faults, "post_logout_redirect_uris", a.Logouts)
	if len(a.Redirects) == 0 && len(faults) == 0 {
		faults = append(faults, ErrNeeded.On("redirect_uris"))
	}
	if a.Backchannel = strings.TrimSpace(a.Backchannel); a.Backchannel != "" {
		found, err := s.Check(ctx, a.Backchannel)
		var refused *errs.Error
		if errors.As(err, &refused) {
			err = refused.On("backchannel_logout_uri")
		}
		if err := faults.Add(err); err != nil {
			return a, err
		}
		if err == nil {
			a.Backchannel = found.String()
		}
	}
	return a, faults.OrNil()
}

func (s *Service) addresses(faults *errs.Fields, field string, given []string) (all []string) {
	for _, text := range given {
		if text = strings.TrimSpace(text); text == "" || slices.Contains(all, text) {
			continue
		}
		if !isAddress(text) {
			*faults = append(*faults, ErrAddress.On(field).With("Address", clip(text)))
			return all
		}
		all = append(all, text)
	}
	if len(all) > mostAddresses {
		*faults = append(*faults, ErrMany.On(field).With("Max", mostAddresses))
	}
	return all
}

// isAddress reports whether a browser may be sent to an address with a code:
// in https, or on its own machine. It is compared sign by sign, so nothing in it
// may be read in two ways.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxAddress || u.Host == "" || u.User != nil || strings.ContainsAny(text, "#*\\") || u.String() != text {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLocal(u.Hostname())
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// clip bounds what somebody has written.
func clip(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Origins are those that an app's pages have.
func (a App) Origins() (all []string) {
	for _, text := range a.Redirects {
		if u, err := url.Parse(text); err == nil {
			if origin := u.Scheme + "://" + u.Host; !slices.Contains(all, origin) {
				all = append(all, origin)
			}
		}
	}
	return all
}
