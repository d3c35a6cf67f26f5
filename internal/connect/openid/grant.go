package openid

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

// Tokens are what an app gets.
type Tokens struct {
	Access  secret.Secret
	Refresh secret.Secret
	ID      string
	Scopes  []string
}

var errGrant = refused("invalid_grant", "")

// Exchange gives an app tokens for a code. It returns a *Refusal for a code that
// is not the app's, is old, was used, or comes with another address or verifier.
// One that comes twice ends what came of it: somebody has stolen it.
func (s *Service) Exchange(ctx context.Context, clientID, code, redirect, verifier string) (Tokens, error) {
	hash, ok := secret.ParseToken(codeKind, code)
	if !ok {
		return Tokens{}, errGrant
	}
	l, found, err := byCode.Maybe(ctx, s.DB, hash)
	if err != nil {
		return Tokens{}, err
	}
	if !found || l.ClientID != clientID {
		return Tokens{}, errGrant
	}
	lives, err := s.lives(ctx, l)
	if err != nil {
		return Tokens{}, err
	}
	good := lives && redirect == l.RedirectURI && verifies(verifier, l.Challenge)
	t, now := fresh(strings.Fields(l.Scopes)), s.Clock.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := useCode.Run(ctx, tx, l.ID, now)
		if err != nil {
			return err
		}
		good = good && n == 1
		if n == 0 && (l.CodeUsedAt.Valid || now.Before(l.CodeExpiresAt)) {
			return s.stolen(ctx, tx, l)
		}
		if !good {
			_, err := removeLogin.Run(ctx, tx, l.ID)
			return err
		}
		return s.keep(ctx, tx, l, t)
	})
	if err != nil {
		return Tokens{}, err
	}
	if !good {
		return Tokens{}, errGrant
	}
	return s.named(ctx, l, t, l.Nonce)
}

// verifies holds a verifier against its challenge (RFC 7636, section 4.6).
func verifies(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 128 &&
		subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// Refresh gives an app the next tokens, with the scopes asked for or with all
// that it had. A refresh token that comes twice ends the sign-in.
func (s *Service) Refresh(ctx context.Context, clientID, text string, asked []string) (Tokens, error) {
	hash, ok := secret.ParseToken(refreshKind, text)
	if !ok {
		return Tokens{}, errGrant
	}
	l, row, found, err := s.holder(ctx, hash, refreshKind)
	if err != nil {
		return Tokens{}, err
	}
	if !found || l.ClientID != clientID {
		return Tokens{}, errGrant
	}
	lives, err := s.lives(ctx, l)
	if err != nil {
		return Tokens{}, err
	}
	scopes := known(asked)
	if len(asked) == 0 {
		scopes = strings.Fields(row.Scopes)
	}
	if !covers(row.Scopes, asked) || !slices.Contains(scopes, ScopeOpenID) {
		return Tokens{}, refused("invalid_scope", "")
	}
	t, good, now := fresh(scopes), lives, s.Clock.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := useToken.Run(ctx, tx, hash, now)
		good = good && n == 1
		switch {
		case err != nil:
			return err
		case n == 0 && now.Before(row.ExpiresAt):
			return s.stolen(ctx, tx, l)
		case !good:
			return nil
		}
		return s.keep(ctx, tx, l, t)
	})
	if err != nil {
		return Tokens{}, err
	}
	if !good {
		return Tokens{}, errGrant
	}
	return s.named(ctx, l, t, "")
}

// holder returns the sign-in that a token belongs to.
func (s *Service) holder(ctx context.Context, hash []byte, kind string) (l login, t tokenRow, found bool, err error) {
	if t, found, err = tokenOf.Maybe(ctx, s.DB, hash, kind); err != nil || !found {
		return l, t, false, err
	}
	l, found, err = byLogin.Maybe(ctx, s.DB, t.LoginID)
	return l, t, found, err
}

func fresh(scopes []string) Tokens {
	return Tokens{Access: secret.NewToken(accessKind), Refresh: secret.NewToken(refreshKind), Scopes: scopes}
}

// keep writes down tokens. A refresh token keeps all that the sign-in has.
func (s *Service) keep(ctx context.Context, tx *db.Tx, l login, t Tokens) error {
	now := s.Clock.Now()
	if _, err := addToken.Run(ctx, tx, secret.Hash(t.Access), l.ID, accessKind, words(t.Scopes), now.Add(AccessLife)); err != nil {
		return err
	}
	if _, err := addToken.Run(ctx, tx, secret.Hash(t.Refresh), l.ID, refreshKind, l.Scopes, now.Add(RefreshLife)); err != nil {
		return err
	}
	if _, err := prolong.Run(ctx, tx, l.ID, now.Add(RefreshLife)); err != nil {
		return err
	}
	_, err := useGrant.Run(ctx, tx, l.GrantID, now)
	return err
}

// stolen ends a sign-in of which something came twice.
func (s *Service) stolen(ctx context.Context, tx *db.Tx, l login) error {
	if _, err := removeLogin.Run(ctx, tx, l.ID); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, ended{ID: l.ID, UserID: l.UserID, ClientID: l.ClientID}); err != nil {
		return err
	}
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: "app.reuse", Target: journal.Person(l.UserID), Details: map[string]string{"client": l.ClientID},
	})
}

// named adds the ID token.
func (s *Service) named(ctx context.Context, l login, t Tokens, nonce string) (Tokens, error) {
	p, err := s.subject(ctx, l.UserID, l.OrganizationID)
	if err != nil {
		return Tokens{}, err
	}
	now, all := s.Clock.Now(), s.claims(p, t.Scopes)
	acr, amr := assurance(l.ProofMethod)
	half := sha256.Sum256([]byte(t.Access.Reveal()))
	all["iss"], all["aud"], all["iat"], all["exp"] = s.Issuer(), l.ClientID, now.Unix(), now.Add(IDLife).Unix()
	all["auth_time"], all["acr"], all["sid"] = l.ProofAt.Unix(), acr, l.ID
	all["at_hash"] = base64.RawURLEncoding.EncodeToString(half[:len(half)/2])
	if len(amr) > 0 {
		all["amr"] = amr
	}
	if nonce != "" {
		all["nonce"] = nonce
	}
	t.ID, err = s.sign(ctx, "JWT", all)
	return t, err
}

// lives reports whether a sign-in still holds: its person is who they were and
// belongs to the organization, and its session lives or it was made to outlive
// that.
func (s *Service) lives(ctx context.Context, l login) (bool, error) {
	user, err := identity.Get(ctx, s.DB, l.UserID)
	if err != nil || user.State != identity.Active {
		return false, err
	}
	all, err := identity.Memberships(ctx, s.DB, l.UserID)
	if err != nil || !slices.ContainsFunc(all, func(m identity.Membership) bool { return m.OrganizationID == l.OrganizationID }) {
		return false, err
	}
	terms, err := policy.ReadTerms(ctx, s.DB, user.CreatedAt, all)
	if err != nil {
		return false, err
	}
	now := s.Clock.Now()
	if slices.Contains(strings.Fields(l.Scopes), ScopeOffline) {
		return user.CredentialEpoch == l.CredentialEpoch && now.Sub(l.CreatedAt) < terms.Tokens, nil
	}
	in, err := s.Sessions.Living(ctx, l.SessionID)
	if errors.Is(err, session.ErrNone) {
		return false, nil
	}
	return in.Level == session.Full && in.Within(terms, now), err
}

// Info is what an app may know of a token that it holds.
type Info struct {
	UserID    string
	Scopes    string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Userinfo returns what an access token tells of its person, and whether it
// lives.
func (s *Service) Userinfo(ctx context.Context, text string) (map[string]any, bool, error) {
	l, t, ok, err := s.find(ctx, text)
	if err != nil || !ok {
		return nil, false, err
	}
	p, err := s.subject(ctx, l.UserID, l.OrganizationID)
	if err != nil {
		return nil, false, err
	}
	return s.claims(p, strings.Fields(t.Scopes)), true, nil
}

// find returns the sign-in of a token that lives, whichever of the two it is.
func (s *Service) find(ctx context.Context, text string, kinds ...string) (l login, t tokenRow, ok bool, err error) {
	for _, kind := range append(kinds, accessKind) {
		hash, is := secret.ParseToken(kind, text)
		if !is {
			continue
		}
		if l, t, ok, err = s.holder(ctx, hash, kind); err != nil || !ok {
			return l, t, false, err
		}
		if t.UsedAt.Valid || !s.Clock.Now().Before(t.ExpiresAt) {
			return l, t, false, nil
		}
		ok, err = s.lives(ctx, l)
		return l, t, ok, err
	}
	return l, t, false, nil
}

// Inspect says what a token of an app is good for (RFC 7662).
func (s *Service) Inspect(ctx context.Context, clientID, text string) (Info, bool, error) {
	l, t, ok, err := s.find(ctx, text, refreshKind)
	return Info{l.UserID, t.Scopes, l.CreatedAt, t.ExpiresAt}, ok && l.ClientID == clientID, err
}

// Revoke ends a token of an app (RFC 7009): an access token alone, or a refresh
// token with its whole sign-in.
func (s *Service) Revoke(ctx context.Context, clientID, text string) error {
	for kind, end := range map[string]func(context.Context, *db.Tx, []byte, login) error{
		accessKind: func(ctx context.Context, tx *db.Tx, hash []byte, _ login) error {
			_, err := endToken.Run(ctx, tx, hash)
			return err
		},
		refreshKind: func(ctx context.Context, tx *db.Tx, _ []byte, l login) error {
			_, err := removeLogin.Run(ctx, tx, l.ID)
			return err
		},
	} {
		hash, is := secret.ParseToken(kind, text)
		if !is {
			continue
		}
		l, _, found, err := s.holder(ctx, hash, kind)
		if err != nil || !found || l.ClientID != clientID {
			return err
		}
		return s.DB.Tx(ctx, func(tx *db.Tx) error { return end(ctx, tx, hash, l) })
	}
	return nil
}

// Sweep forgets what has expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	now := s.Clock.Now()
	if _, err := sweepTokens.Run(ctx, tx, now); err != nil {
		return err
	}
	_, err := sweepLogins.Run(ctx, tx, now)
	return err
}
