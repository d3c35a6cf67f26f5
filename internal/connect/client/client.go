package client

import (
	"context"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

const (
	// Most is how many clients an organization has.
	Most = 50
	// mostSecrets live at once, so that a service can change over.
	mostSecrets = 2
	// TokenLife is how long an access token lives.
	TokenLife = time.Hour

	secretKind = "cs" // "npcs_"
	tokenKind  = "oa" // "npoa_"
	maxName    = 60
	prefixLen  = len("npcs_") + 4
	usedEvery  = 5 * time.Minute // how exactly a last use is kept
)

// What can go wrong.
var (
	ErrNotFound = errs.New(errs.NotFound, "no_such_client")
	ErrTooMany  = errs.New(errs.Conflict, "too_many_clients")
	ErrSecrets  = errs.New(errs.Conflict, "two_secrets_live")
	ErrScopes   = errs.New(errs.Invalid, "unknown_scope").On("scopes")
	ErrNoScope  = errs.New(errs.Invalid, "scope_required").On("scopes")
)

// Service keeps clients.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Journal *journal.Journal
	URL     *url.URL // whom proofs by a key are meant for

	// CheckSignIn looks at where people who sign in at a client are sent back to.
	CheckSignIn func(redirects []string) ([]string, error)
	// SignIn lets people sign in at a client as it is made.
	SignIn func(ctx context.Context, tx *db.Tx, clientID, organizationID string, redirects []string) error
}

// Wish is what a new client is to be.
type Wish struct {
	Name      string
	Scopes    []string
	Redirects []string // where people who sign in there are sent back to; none: nobody does
}

// Client is a service that acts for an organization.
type Client struct {
	ID        string // also its client_id
	Name      string
	MadeBy    string // id of a user; empty: one who is gone
	CreatedAt time.Time
	Scopes    []Scope
	Secrets   []Secret // the oldest first
}

// Scope is something that a client may do, and when it last did.
type Scope struct {
	Name       string
	LastUsedAt time.Time // zero: never
}

// Secret is one that lives. Its text is nowhere.
type Secret struct {
	ID         string
	Prefix     string // how it begins; of a key its name
	Key        bool   // it is a public key
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
}

// Fresh is a secret that was made just now.
type Fresh struct {
	Secret
	Text secret.Secret // is nowhere else
}

// LastUsedAt is when any of its scopes was last used; zero: never.
func (c Client) LastUsedAt() (last time.Time) {
	for _, s := range c.Scopes {
		if s.LastUsedAt.After(last) {
			last = s.LastUsedAt
		}
	}
	return last
}

// Make gives the current organization a client with one secret.
func (s *Service) Make(ctx context.Context, c session.Caller, wish Wish) (made Client, fresh Fresh, err error) {
	name, scopes, redirects, err := s.checked(wish)
	if err != nil {
		return made, fresh, err
	}
	now, org := s.Clock.Now(), c.Actor.Membership.OrganizationID
	fresh = s.fresh()
	made = Client{ID: ids.New(ids.Client, now), Name: name, MadeBy: c.User.ID, CreatedAt: now, Secrets: []Secret{fresh.Secret}}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, org); err != nil {
			return err
		}
		n, err := count.One(ctx, tx, org)
		if err != nil {
			return err
		}
		if n >= Most {
			return ErrTooMany.With("Max", Most)
		}
		if _, err := insert.Run(ctx, tx, made.ID, org, name, c.User.ID, now); err != nil {
			return err
		}
		for _, scope := range scopes {
			if _, err := insertScope.Run(ctx, tx, made.ID, scope); err != nil {
				return err
			}
		}
		if err := s.keep(ctx, tx, made.ID, fresh); err != nil {
			return err
		}
		if len(redirects) > 0 {
			if err := s.SignIn(ctx, tx, made.ID, org, redirects); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, c.Actor, "client.made", made.ID)
	})
	for _, scope := range scopes {
		made.Scopes = append(made.Scopes, Scope{Name: scope})
	}
	return made, fresh, err
}

// checked looks at a wish. A client at which people sign in needs no scope.
func (s *Service) checked(w Wish) (name string, scopes, redirects []string, err error) {
	var faults errs.Fields
	name, err = identity.Line("name", w.Name, maxName)
	if err == nil && name == "" {
		err = identity.ErrTextRequired.On("name")
	}
	if err := faults.Add(err); err != nil {
		return "", nil, nil, err
	}
	redirects, err = s.CheckSignIn(w.Redirects)
	if err := faults.Add(err); err != nil {
		return "", nil, nil, err
	}
	scopes, known := identity.Scoped(w.Scopes)
	switch {
	case !known:
		faults = append(faults, ErrScopes)
	case len(scopes) == 0 && len(w.Redirects) == 0:
		faults = append(faults, ErrNoScope)
	}
	return name, scopes, redirects, faults.OrNil()
}

func (s *Service) fresh() Fresh {
	now, text := s.Clock.Now(), secret.NewToken(secretKind)
	return Fresh{Secret{ID: ids.New(ids.ClientSecret, now), Prefix: text.Reveal()[:prefixLen], CreatedAt: now}, text}
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, clientID string, f Fresh) error {
	_, err := insertSecret.Run(ctx, tx, f.ID, clientID, secret.Hash(f.Text), f.Prefix, f.CreatedAt)
	return err
}

// AddSecret makes a further secret of a client.
func (s *Service) AddSecret(ctx context.Context, c session.Caller, id string) (Fresh, error) {
	fresh := s.fresh()
	return fresh, s.add(ctx, c, id, func(ctx context.Context, tx *db.Tx) error { return s.keep(ctx, tx, id, fresh) })
}

// add keeps a further secret or key of a client.
func (s *Service) add(ctx context.Context, c session.Caller, id string, keep func(context.Context, *db.Tx) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := hold.Run(ctx, tx, id, c.Actor.Membership.OrganizationID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		live, err := secrets.One(ctx, tx, id)
		if err != nil {
			return err
		}
		if live >= mostSecrets {
			return ErrSecrets
		}
		if err := keep(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, c.Actor, "client.secret_made", id)
	})
}

// RemoveSecret ends a secret of a client, and all access tokens that were had
// with it.
func (s *Service) RemoveSecret(ctx context.Context, c session.Caller, id, secretID string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := removeSecret.Run(ctx, tx, secretID, id, c.Actor.Membership.OrganizationID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return s.record(ctx, tx, c.Actor, "client.secret_removed", id)
	})
}

// Remove ends a client.
func (s *Service) Remove(ctx context.Context, c session.Caller, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := remove.Run(ctx, tx, id, c.Actor.Membership.OrganizationID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return s.record(ctx, tx, c.Actor, "client.removed", id)
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, by identity.Actor, action, id string) error {
	return s.Journal.RecordOrganization(ctx, tx, by.Membership.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: by, Target: journal.Thing(id),
	})
}

// NameOf returns the name and the organization of a client; an empty name is
// that of none.
func (s *Service) NameOf(ctx context.Context, q db.Q, id string) (name, organizationID string, err error) {
	r, _, err := nameOf.Maybe(ctx, q, id)
	return r.Name, r.OrganizationID, err
}

// List returns the clients of an organization, the oldest first.
func (s *Service) List(ctx context.Context, organizationID string) ([]Client, error) {
	rows, err := of.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	live, err := secretsOf.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	scopes, err := scopesOf.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	all := make([]Client, len(rows))
	for i, r := range rows {
		all[i] = Client{ID: r.ID, Name: r.Name, MadeBy: r.MadeBy.V, CreatedAt: r.CreatedAt, Scopes: scopesIn(scopes, r.ID)}
		for _, one := range live {
			if one.ClientID == r.ID {
				all[i].Secrets = append(all[i].Secrets, Secret{one.ID, one.Prefix, one.PublicKey.Valid, one.CreatedAt, one.LastUsedAt.V})
			}
		}
	}
	return all, nil
}

// Names returns the clients of an organization, the oldest first, with no more
// than their ids and names.
func (s *Service) Names(ctx context.Context, q db.Q, organizationID string) ([]Client, error) {
	rows, err := of.All(ctx, q, organizationID)
	all := make([]Client, len(rows))
	for i, r := range rows {
		all[i] = Client{ID: r.ID, Name: r.Name}
	}
	return all, err
}

// scopesIn are those of one client in the order that they always have.
func scopesIn(all []scopeRow, id string) (own []Scope) {
	for _, r := range all {
		if r.ClientID == id {
			own = append(own, Scope{r.Scope, r.LastUsedAt.V})
		}
	}
	slices.SortFunc(own, func(a, b Scope) int {
		return slices.Index(identity.Scopes, a.Name) - slices.Index(identity.Scopes, b.Name)
	})
	return own
}
