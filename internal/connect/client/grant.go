package client

import (
	"context"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

// Grant is an access token that a client got.
type Grant struct {
	Token  secret.Secret
	Scopes []string
	Life   time.Duration
}

// Info is what a client may know of a token that it holds.
type Info struct {
	Active    bool
	ClientID  string
	Subject   string // the person that it is about; empty: none
	Scopes    string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// who returns the client that shows this secret, and whether there is one.
func (s *Service) who(ctx context.Context, id, text string) (holder, bool, error) {
	hash, ok := secret.ParseToken(secretKind, text)
	if !ok {
		return holder{}, false, nil
	}
	return bySecret.Maybe(ctx, s.DB, hash, id)
}

// grant gives a client an access token with the scopes that it asks for, or
// with all of its own. It reports false if one of them is not its own.
func (s *Service) grant(ctx context.Context, h holder, asked []string) (g Grant, ok bool, err error) {
	own, err := granted.All(ctx, s.DB, h.ID)
	if err != nil {
		return g, false, err
	}
	if len(asked) == 0 {
		asked = own
	}
	g = Grant{Token: secret.NewToken(tokenKind), Life: TokenLife}
	g.Scopes, ok = identity.Scoped(asked)
	if !ok || slices.ContainsFunc(g.Scopes, func(scope string) bool { return !slices.Contains(own, scope) }) {
		return Grant{}, false, nil
	}
	now := s.Clock.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := usedSecret.Run(ctx, tx, h.SecretID, now); err != nil {
			return err
		}
		_, err := insertToken.Run(ctx, tx, secret.Hash(g.Token), h.SecretID, strings.Join(g.Scopes, " "), now, now.Add(TokenLife))
		return err
	})
	return g, true, err
}

// Reads returns ErrNotFound unless a client of an organization lives that may
// read its members.
func (s *Service) Reads(ctx context.Context, organizationID, id string) error {
	_, found, err := reader.Maybe(ctx, s.DB, id, organizationID, identity.MembersRead)
	if err == nil && !found {
		err = ErrNotFound
	}
	return err
}

// revoke ends an access token of a client. Another's stays.
func (s *Service) revoke(ctx context.Context, h holder, text string) error {
	hash, ok := secret.ParseToken(tokenKind, text)
	if !ok {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := endToken.Run(ctx, tx, hash, h.ID)
		return err
	})
}

// inspect says what an access token of a client is good for.
func (s *Service) inspect(ctx context.Context, h holder, text string) (Info, error) {
	t, found, err := s.find(ctx, text, "")
	if err != nil || !found || t.ClientID != h.ID {
		return Info{}, err
	}
	return Info{Active: true, ClientID: t.ClientID, Scopes: t.Scopes, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}, nil
}

// find returns a living access token.
func (s *Service) find(ctx context.Context, text, scope string) (living, bool, error) {
	hash, ok := secret.ParseToken(tokenKind, text)
	if !ok {
		return living{}, false, nil
	}
	t, found, err := byToken.Maybe(ctx, s.DB, hash, scope)
	return t, found && s.Clock.Now().Before(t.ExpiresAt), err
}

// Bearer is session.Store.Bearer for access tokens of clients.
func (s *Service) Bearer(ctx context.Context, text, scope string) (session.Bearer, error) {
	t, found, err := s.find(ctx, text, scope)
	if err != nil {
		return session.Bearer{}, err
	}
	if !found {
		return session.Bearer{}, session.ErrNone
	}
	return session.Bearer{
		ClientID: t.ClientID, OrganizationID: t.OrganizationID, CreatedAt: t.CreatedAt,
		Granted: scope != "" && slices.Contains(strings.Fields(t.Scopes), scope),
		Touch:   func(ctx context.Context) error { return s.touch(ctx, t, scope) },
	}, nil
}

func (s *Service) touch(ctx context.Context, t living, scope string) error {
	now := s.Clock.Now()
	if t.LastUsedAt.Valid && now.Sub(t.LastUsedAt.V) < usedEvery {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := touch.Run(ctx, tx, t.ClientID, scope, now)
		return err
	})
}

// Sweep forgets access tokens and proofs that have expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	if _, err := sweep.Run(ctx, tx, s.Clock.Now()); err != nil {
		return err
	}
	_, err := sweepProofs.Run(ctx, tx, s.Clock.Now())
	return err
}
