package provision

import (
	"context"
	"database/sql"
	"net/url"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

const (
	// Most is how many tokens an organization has: two, to change over, for each
	// of a few providers.
	Most = 5

	tokenKind = "sc" // "npsc_"
	maxName   = 60
	prefixLen = len("npsc_") + 4
	usedEvery = time.Minute // how exactly a last use is kept
)

// What can go wrong with tokens.
var (
	ErrNoToken = errs.New(errs.NotFound, "no_such_scim_token")
	ErrTooMany = errs.New(errs.Conflict, "too_many_scim_tokens")
	ErrNone    = errs.New(errs.NotFound, "scim_not_found")
	errBearer  = errs.New(errs.Unauthenticated, "scim_token")
)

// Mapping gives a role to whoever is in a group.
type Mapping struct {
	Group string
	Role  identity.Role
}

// Service keeps people of organizations as their providers say.
type Service struct {
	DB       *db.DB
	Keys     *secret.Keys
	Clock    clock.Clock
	Journal  *journal.Journal
	Notices  *notice.Notices
	Sessions session.Store
	URL      *url.URL
	// Owner returns the organization that has proved the domain of an address,
	// or nothing.
	Owner func(ctx context.Context, q db.Q, address string) (string, error)
	// Mappings returns which groups give which roles in an organization, those
	// first that count first.
	Mappings func(ctx context.Context, q db.Q, organizationID string) ([]Mapping, error)
}

// Token is one that an organization has given to a provider.
type Token struct {
	ID         string
	Name       string
	Prefix     string
	MadeBy     sql.Null[string] // id of a user; absent: one who is gone
	CreatedAt  time.Time
	LastUsedAt sql.Null[time.Time]
}

// Client is a provider that has shown its token.
type Client struct {
	ID             string
	OrganizationID string
	Name           string
	Role           identity.Role // of whoever made the token
	LastUsedAt     sql.Null[time.Time]
}

func (c Client) actor() identity.Actor {
	return identity.Actor{ClientID: c.ID, Origin: identity.API, Membership: identity.Membership{OrganizationID: c.OrganizationID}}
}

// Base is the address that a provider is given.
func (s *Service) Base(organizationID string) string {
	return s.URL.JoinPath("/scim/v2/" + organizationID).String()
}

// Tokens returns those of the actor's organization, the oldest first.
func (s *Service) Tokens(ctx context.Context, actor identity.Actor) ([]Token, error) {
	return tokensOf.All(ctx, s.DB, actor.Membership.OrganizationID)
}

// Make gives the organization a further token, which is nowhere else than in
// the answer. It returns ErrTooMany or what is wrong with the name.
func (s *Service) Make(ctx context.Context, c session.Caller, name string) (t Token, text secret.Secret, err error) {
	name, err = identity.Line("name", name, maxName)
	if err == nil && name == "" {
		err = identity.ErrTextRequired.On("name")
	}
	if err != nil {
		return t, "", err
	}
	now, org := s.Clock.Now(), c.Actor.Membership.OrganizationID
	text = secret.NewToken(tokenKind)
	t = Token{
		ID: ids.New(ids.Token, now), Name: name, Prefix: text.Reveal()[:prefixLen], CreatedAt: now, MadeBy: sql.Null[string]{V: c.User.ID, Valid: true},
	}
	return t, text, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, org); err != nil {
			return err
		}
		m, err := identity.MemberOf(ctx, tx, org, c.User.ID)
		if err != nil {
			return err
		}
		n, err := addToken.Run(ctx, tx, t.ID, org, name, secret.Hash(text), t.Prefix, m.Role, c.User.ID, now, Most)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrTooMany.With("Max", Most)
		}
		return s.recordToken(ctx, tx, c.Actor, "scim_token.made", t.ID)
	})
}

// Revoke ends a token. It returns ErrNoToken.
func (s *Service) Revoke(ctx context.Context, actor identity.Actor, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := removeToken.Run(ctx, tx, id, actor.Membership.OrganizationID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNoToken
		}
		return s.recordToken(ctx, tx, actor, "scim_token.removed", id)
	})
}

func (s *Service) recordToken(ctx context.Context, tx *db.Tx, by identity.Actor, action, id string) error {
	return s.Journal.RecordOrganization(ctx, tx, by.Membership.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: by, Target: journal.Thing(id),
	})
}

// client returns who shows a token of an organization, and notes that it was
// used.
func (s *Service) client(ctx context.Context, organizationID, text string) (c Client, err error) {
	hash, ok := secret.ParseToken(tokenKind, text)
	if !ok {
		return c, errBearer
	}
	c, found, err := byToken.Maybe(ctx, s.DB, hash)
	if err != nil {
		return c, err
	}
	if !found || c.OrganizationID != organizationID {
		return c, errBearer
	}
	now := s.Clock.Now()
	if c.LastUsedAt.Valid && now.Sub(c.LastUsedAt.V) < usedEvery {
		return c, nil
	}
	return c, s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := touch.Run(ctx, tx, c.ID, now)
		return err
	})
}
