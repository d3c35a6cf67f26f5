package token

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

const (
	// Kind is what tokens begin with: "npat_".
	Kind = "at"
	// Most is how many living tokens a person has.
	Most = 20

	maxName   = 60
	prefixLen = len("npat_") + 4
	day       = 24 * time.Hour
	usedEvery = 5 * time.Minute // how exactly the last use is kept
	idleAfter = 90 * day        // from then on a scope counts as not needed
	shownFor  = 30 * day        // how long its owner sees a token that has ended
)

// What can go wrong.
var (
	ErrNotFound = errs.New(errs.NotFound, "no_such_token")
	ErrTooMany  = errs.New(errs.Conflict, "too_many_tokens")
	ErrScopes   = errs.New(errs.Invalid, "unknown_scope").On("scopes")
	ErrNoScope  = errs.New(errs.Invalid, "scope_required").On("scopes")
	ErrLast     = errs.New(errs.Conflict, "last_scope")
	ErrDays     = errs.New(errs.Invalid, "token_days").On("expires_in_days")
)

// Service keeps tokens.
type Service struct {
	DB      *db.DB
	Keys    *secret.Keys
	Clock   clock.Clock
	Notices *notice.Notices
	Mail    *mail.Mailer
	Journal *journal.Journal
	URL     *url.URL
}

// State is what became of a token.
type State string

// The states.
const (
	Live    State = "live"
	Expired State = "expired"
	Revoked State = "revoked" // by its owner
	Found   State = "found"   // by somebody who held it
	Cut     State = "cut"     // with everything that could get into the account
)

// Scope is something that a token may do, and when it last did.
type Scope struct {
	Name       string
	LastUsedAt time.Time // zero: never
	Idle       bool      // it has not been needed for a long time
}

// Token is one of a person's.
type Token struct {
	ID        string
	Name      string
	Prefix    string
	Kept      bool // it can be shown again
	Scopes    []Scope
	CreatedAt time.Time
	ExpiresAt time.Time
	EndedAt   time.Time // zero: it ends at ExpiresAt
	State     State
}

// LastUsedAt is when any of its scopes was last used; zero: never.
func (t Token) LastUsedAt() (last time.Time) {
	for _, s := range t.Scopes {
		if s.LastUsedAt.After(last) {
			last = s.LastUsedAt
		}
	}
	return last
}

// Wish is what a token is to be.
type Wish struct {
	Name   string
	Scopes []string
	Days   *int // until it expires; nil: as long as the rules allow
}

// Made is a fresh token.
type Made struct {
	Token
	Secret secret.Secret // is nowhere else
}

// Make gives the caller a token.
func (s *Service) Make(ctx context.Context, c session.Caller, w Wish) (made Made, err error) {
	set, err := policy.Account(ctx, s.DB, c.Memberships)
	if err != nil {
		return made, err
	}
	if w, err = w.checked(policy.TokensMaxDays.Of(set)); err != nil {
		return made, err
	}
	told, err := s.Notices.Write(ctx, c.User, "token.made", func(ctx context.Context) notice.Words { return madeWords(ctx, w.Name) })
	if err != nil {
		return made, err
	}
	made = s.fresh(w)
	made.Kept = policy.TokensRedisplay.Of(set) == policy.Yes
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.keep(ctx, tx, c, made); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c.Actor, c.User.ID, "token.made", made.ID); err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
	return made, err
}

// checked returns the wish with a clean name and all that was left open.
func (w Wish) checked(most int) (Wish, error) {
	var faults errs.Fields
	name, err := identity.Line("name", w.Name, maxName)
	if err == nil && name == "" {
		err = identity.ErrTextRequired.On("name")
	}
	scopes, known := identity.Scoped(w.Scopes)
	days := most
	if w.Days != nil {
		days = *w.Days
	}
	for _, e := range []error{
		err, when(!known, ErrScopes), when(len(scopes) == 0 && known, ErrNoScope), when(days < 1 || days > most, ErrDays.With("Max", most)),
	} {
		if err := faults.Add(e); err != nil {
			return w, err
		}
	}
	return Wish{name, scopes, &days}, faults.OrNil()
}

func when(wrong bool, err *errs.Error) error {
	if wrong {
		return err
	}
	return nil
}

func (s *Service) fresh(w Wish) Made {
	now, text := s.Clock.Now(), secret.NewToken(Kind)
	m := Made{Secret: text, Token: Token{
		ID: ids.New(ids.Token, now), Name: w.Name, Prefix: text.Reveal()[:prefixLen],
		CreatedAt: now, ExpiresAt: now.Add(time.Duration(*w.Days) * day), State: Live,
	}}
	for _, name := range w.Scopes {
		m.Scopes = append(m.Scopes, Scope{Name: name})
	}
	return m
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, c session.Caller, m Made) error {
	var kept []byte
	if m.Kept {
		kept = s.Keys.Seal([]byte(m.Secret.Reveal()), place(m.ID))
	}
	_, err := insert.Run(ctx, tx, m.ID, c.User.ID, c.Actor.Membership.OrganizationID, m.Name, secret.Hash(m.Secret), m.Prefix, kept,
		m.CreatedAt, m.ExpiresAt, remindAt(m.Token))
	if err != nil {
		return err
	}
	for _, scope := range m.Scopes {
		if _, err := insertScope.Run(ctx, tx, m.ID, scope.Name); err != nil {
			return err
		}
	}
	n, err := count.One(ctx, tx, c.User.ID, m.CreatedAt)
	if err == nil && n > Most {
		return ErrTooMany.With("Max", Most)
	}
	return err
}

// place is where a sealed token may be opened.
func place(id string) string { return "tokens|sealed|" + id }

// Bearer is session.Store.Bearer for tokens.
func (s *Service) Bearer(ctx context.Context, text, scope string) (session.Bearer, error) {
	hash, ok := secret.ParseToken(Kind, text)
	if !ok {
		return session.Bearer{}, session.ErrNone
	}
	t, found, err := byHash.Maybe(ctx, s.DB, hash, scope)
	if err != nil {
		return session.Bearer{}, err
	}
	if !found || t.Epoch != t.UserEpoch || !s.Clock.Now().Before(t.ExpiresAt) {
		return session.Bearer{}, session.ErrNone
	}
	return session.Bearer{
		ID: t.ID, UserID: t.UserID, OrganizationID: t.OrganizationID, CreatedAt: t.CreatedAt, Granted: t.Scope != "",
		Touch: func(ctx context.Context) error { return s.touch(ctx, t) },
	}, nil
}

func (s *Service) touch(ctx context.Context, t living) error {
	now := s.Clock.Now()
	if t.LastUsedAt.Valid && now.Sub(t.LastUsedAt.V) < usedEvery {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := touch.Run(ctx, tx, t.ID, t.Scope, now)
		return err
	})
}

// List returns the caller's tokens, the newest first. Those that have ended
// not long ago are among them.
func (s *Service) List(ctx context.Context, c session.Caller) ([]Token, error) {
	rows, err := of.All(ctx, s.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	scopes, err := scopesOf.All(ctx, s.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	set, err := policy.Account(ctx, s.DB, c.Memberships)
	if err != nil {
		return nil, err
	}
	now, most := s.Clock.Now(), time.Duration(policy.TokensMaxDays.Of(set))*day
	all := make([]Token, len(rows))
	for i, r := range rows {
		all[i] = r.token(now, most)
		all[i].add(now, scopes)
	}
	return all, nil
}

// Living returns those of some tokens that still open something.
func Living(all []Token) []Token {
	return slices.DeleteFunc(slices.Clone(all), func(t Token) bool { return t.State != Live })
}

// token says what became of it. most is how long the rules let one live.
func (r row) token(now time.Time, most time.Duration) Token {
	t := Token{ID: r.ID, Name: r.Name, Prefix: r.Prefix, Kept: r.Kept, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, State: Live}
	if ends := r.CreatedAt.Add(most); ends.Before(t.ExpiresAt) {
		t.ExpiresAt = ends
	}
	switch {
	case r.EndedAt.Valid && r.EndedBy == byFinder:
		t.State, t.EndedAt = Found, r.EndedAt.V
	case r.EndedAt.Valid:
		t.State, t.EndedAt = Revoked, r.EndedAt.V
	case r.Epoch != r.UserEpoch:
		t.State = Cut
	case !now.Before(t.ExpiresAt):
		t.State, t.EndedAt = Expired, t.ExpiresAt
	}
	return t
}

// add puts the token's own among scopes of several, in the order they always
// have.
func (t *Token) add(now time.Time, scopes []usedScope) {
	for _, name := range identity.Scopes {
		for _, s := range scopes {
			if s.TokenID != t.ID || s.Scope != name {
				continue
			}
			needed := t.CreatedAt
			if s.LastUsedAt.Valid {
				needed = s.LastUsedAt.V
			}
			t.Scopes = append(t.Scopes, Scope{name, s.LastUsedAt.V, now.Sub(needed) >= idleAfter})
		}
	}
}

func (s *Service) record(ctx context.Context, tx *db.Tx, by identity.Actor, userID, action, id string) error {
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: by, Target: journal.Person(userID), Details: map[string]string{"token": id},
	})
}

// Find returns a living token of the caller, or ErrNotFound.
func (s *Service) Find(ctx context.Context, c session.Caller, id string) (Token, error) {
	all, err := s.List(ctx, c)
	if err != nil {
		return Token{}, err
	}
	for _, t := range Living(all) {
		if t.ID == id {
			return t, nil
		}
	}
	return Token{}, ErrNotFound
}

// Show returns a token again. The rules must let it be shown, and must have
// done so when it was made.
func (s *Service) Show(ctx context.Context, c session.Caller, id string) (secret.Secret, error) {
	if err := s.MayShow(ctx, c); err != nil {
		return "", err
	}
	kept, err := sealedOf.One(ctx, s.DB, c.User.ID, s.Clock.Now(), id)
	if errors.Is(err, db.ErrNoRow) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", err
	}
	text, err := s.Keys.Open(kept.Sealed, place(id))
	return secret.Secret(text), err
}

// MayShow returns policy.ErrManaged unless the rules let tokens be shown again.
func (s *Service) MayShow(ctx context.Context, c session.Caller) error {
	set, err := policy.Account(ctx, s.DB, c.Memberships)
	if err == nil && policy.TokensRedisplay.Of(set) != policy.Yes {
		return policy.ErrManaged
	}
	return err
}
