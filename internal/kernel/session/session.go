package session

import (
	"context"
	"database/sql"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

// How long a session lives, and how long a proof counts.
const (
	Lifetime  = 30 * 24 * time.Hour // at most
	Idle      = 7 * 24 * time.Hour  // without being used
	ProofLife = 10 * time.Minute
	HalfLife  = 10 * time.Minute // of a half session: a second factor is to come by then
	Dying     = 5 * time.Second  // what is left of a session that ends soon
	seenEvery = time.Minute      // how exactly last_seen_at is kept
	tokenKind = "se"
	// Most is how many sessions a person has at once, half ones and full ones
	// apart: whoever has but the password signs nobody out. Another one ends the
	// one that was not used for the longest.
	Most       = 20
	maxOfAgent = 400 // characters of a User-Agent that are kept
)

// Level is how far a person has signed in.
type Level string

// The levels.
const (
	Half Level = "half"
	Full Level = "full"
)

func (l Level) life() time.Duration {
	if l == Half {
		return HalfLife
	}
	return Lifetime
}

// What can go wrong.
var (
	ErrNone     = errs.New(errs.Unauthenticated, "unauthenticated")
	ErrStale    = errs.New(errs.Denied, "reauthentication_required")
	ErrDenied   = errs.New(errs.Denied, "forbidden")
	ErrFactor   = errs.New(errs.Denied, "second_factor_required") // the rules require one, and there is none
	ErrNotFound = errs.New(errs.NotFound, "not_found")
)

// Session is a row, with what the request needs of its user.
type Session struct {
	ID              string
	UserID          string
	Level           Level
	OrganizationID  string // the current one; empty: the main one
	CreatedAt       time.Time
	LastSeenAt      time.Time
	ExpiresAt       time.Time
	ProofAt         sql.Null[time.Time]
	ProofMethod     string
	SessionEpoch    int64
	CredentialEpoch int64
	UserEpoch       int64
	UserCredential  int64
	UserState       string
}

// Proved reports whether the person has proved who they are within ProofLife.
func (s Session) Proved(now time.Time) bool {
	return s.ProofAt.Valid && now.Sub(s.ProofAt.V) < ProofLife
}

func (s Session) alive(now time.Time) bool {
	return s.UserState == identity.Active && s.SessionEpoch == s.UserEpoch && s.CredentialEpoch == s.UserCredential &&
		now.Before(s.ExpiresAt) && now.Sub(s.LastSeenAt) < Idle
}

// Within reports whether the rules let the session live on.
func (s Session) Within(t policy.Terms, now time.Time) bool {
	return now.Sub(s.CreatedAt) < t.Lifetime && now.Sub(s.LastSeenAt) < t.Idle
}

// keeps holds for $2, the session to keep, while it is one of the user's under
// the present epochs; an empty one keeps none.
const keeps = `($2 = '' OR EXISTS (
	SELECT 1 FROM sessions s WHERE s.id = $2 AND s.user_id = users.id
		AND s.session_epoch = users.session_epoch AND s.credential_epoch = users.credential_epoch))`

// ofSession reads a session with what tells whether it lives.
const ofSession = `
	SELECT s.id, s.user_id, s.level, s.organization_id, s.created_at, s.last_seen_at, s.expires_at, s.proof_at, s.proof_method,
		s.session_epoch, s.credential_epoch, u.session_epoch AS user_epoch, u.credential_epoch AS user_credential, u.state AS user_state
	FROM sessions s JOIN users u ON u.id = s.user_id `

var (
	insert = db.Exec(`
		INSERT INTO sessions (id, user_id, token_hash, level, organization_id, session_epoch, credential_epoch, created_at,
			last_seen_at, expires_at, proof_at, proof_method, user_agent, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $13, $10, $11, $12)`)
	byHash          = db.Rows[Session](ofSession + `WHERE s.token_hash = $1`).Kept(4096)
	byID            = db.Rows[Session](ofSession + `WHERE s.id = $1`).Kept(4096)
	remove          = db.Exec(`DELETE FROM sessions WHERE id = $1`)
	shorten         = db.Exec(`UPDATE sessions SET expires_at = $2 WHERE id = $1 AND expires_at > $2`)
	seen            = db.Exec(`UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2`)
	proved          = db.Exec(`UPDATE sessions SET proof_at = $2, proof_method = $3 WHERE id = $1`)
	setOrganization = db.Exec(`UPDATE sessions SET organization_id = $2 WHERE id = $1`)
	trim            = db.Exec(`
		DELETE FROM sessions WHERE user_id = $1 AND level = $3 AND id NOT IN (
			SELECT id FROM sessions WHERE user_id = $1 AND level = $3 ORDER BY last_seen_at DESC, id DESC LIMIT $2)`)
	sweep = db.Exec(`DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2`)
	// A session that is to be kept must be alive when the epoch rises: one that
	// another event has just ended is not brought back.
	raiseSession    = db.Exec(`UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1 AND ` + keeps)
	raiseCredential = db.Exec(`UPDATE users SET session_epoch = session_epoch + 1, credential_epoch = credential_epoch + 1 WHERE id = $1 AND ` + keeps)
	rebirth         = db.Exec(`
		UPDATE sessions SET token_hash = $2,
			session_epoch = (SELECT session_epoch FROM users WHERE id = user_id),
			credential_epoch = (SELECT credential_epoch FROM users WHERE id = user_id)
		WHERE id = $1`)
)

// Store keeps sessions.
type Store struct {
	DB    *db.DB
	Clock clock.Clock
	// Holds reports whether a user has a second factor that the rules take.
	Holds func(ctx context.Context, q db.Q, userID string) (bool, error)
	// Bearer describes a living token, and whether it has a scope. It returns
	// ErrNone for any other.
	Bearer func(ctx context.Context, token, scope string) (Bearer, error)
	// Provided reports whether an identity provider has the password and the
	// address of a user.
	Provided func(ctx context.Context, q db.Q, user identity.User) (bool, error)
}

// Opening is what a session begins with.
type Opening struct {
	User      identity.User
	Level     Level
	Method    string // by which the person signed in: password, totp, backup_code …
	Unproved  bool   // the method is no proof for what is sensitive
	Replaces  string // id of the session that this one takes the place of
	UserAgent string
	Address   string
}

// Open adds a session, ends the one that it replaces and returns its token,
// which exists nowhere else.
func (s Store) Open(ctx context.Context, tx *db.Tx, o Opening) (secret.Secret, error) {
	now := s.Clock.Now()
	if o.Replaces != "" {
		if err := s.Close(ctx, tx, o.Replaces); err != nil {
			return "", err
		}
	}
	token := secret.NewToken(tokenKind)
	_, err := insert.Run(ctx, tx, ids.New(ids.Session, now), o.User.ID, secret.Hash(token), o.Level, "",
		o.User.SessionEpoch, o.User.CredentialEpoch, now, now.Add(o.Level.life()), o.Method, clip(o.UserAgent, maxOfAgent), o.Address,
		sql.Null[time.Time]{V: now, Valid: !o.Unproved})
	if err != nil {
		return "", err
	}
	_, err = trim.Run(ctx, tx, o.User.ID, Most, o.Level)
	return token, err
}

// Find returns the living session of a token, or ErrNone. Whether the rules of
// the person's organizations let it live is asked by the guard.
func (s Store) Find(ctx context.Context, token string) (Session, error) {
	hash, ok := secret.ParseToken(tokenKind, token)
	if !ok {
		return Session{}, ErrNone
	}
	return s.alive(byHash.Maybe(ctx, s.DB, hash))
}

// Living returns a session by its id, or ErrNone if it has ended.
func (s Store) Living(ctx context.Context, id string) (Session, error) {
	return s.alive(byID.Maybe(ctx, s.DB, id))
}

func (s Store) alive(found Session, there bool, err error) (Session, error) {
	if err != nil {
		return Session{}, err
	}
	if !there || !found.alive(s.Clock.Now()) {
		return Session{}, ErrNone
	}
	return found, nil
}

// Touch keeps when the session was last used, to the minute.
func (s Store) Touch(ctx context.Context, found Session) error {
	now := s.Clock.Now()
	if now.Sub(found.LastSeenAt) < seenEvery {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := seen.Run(ctx, tx, found.ID, now)
		return err
	})
}

// Close ends a session.
func (s Store) Close(ctx context.Context, tx *db.Tx, id string) error {
	_, err := remove.Run(ctx, tx, id)
	return err
}

// CloseSoon ends a session after [Dying]. Whoever is just being let in with it
// still gets in; nobody who comes then does.
func (s Store) CloseSoon(ctx context.Context, tx *db.Tx, id string) error {
	_, err := shorten.Run(ctx, tx, id, s.Clock.Now().Add(Dying))
	return err
}

// Prove notes that the person has proved again who they are, and how. It
// returns ErrNone if the session has ended meanwhile.
func (s Store) Prove(ctx context.Context, tx *db.Tx, id, method string) error {
	n, err := proved.Run(ctx, tx, id, s.Clock.Now(), method)
	if err == nil && n == 0 {
		return ErrNone
	}
	return err
}

// Switch makes an organization the current one of a session. Whether the
// person belongs to it is asked at each request.
func (s Store) Switch(ctx context.Context, tx *db.Tx, id, organizationID string) error {
	_, err := setOrganization.Run(ctx, tx, id, organizationID)
	return err
}

// EndOthers raises the session epoch of the user, so that every session dies
// but keep, which is reborn with a new token. keep may be empty. It returns
// ErrNone if keep has ended meanwhile: nothing may be done in its name then.
func (s Store) EndOthers(ctx context.Context, tx *db.Tx, userID, keep string) (secret.Secret, error) {
	return s.raise(ctx, tx, raiseSession, userID, keep)
}

// EndEverything raises both epochs: sessions and tokens die. keep is as for
// EndOthers.
func (s Store) EndEverything(ctx context.Context, tx *db.Tx, userID, keep string) (secret.Secret, error) {
	return s.raise(ctx, tx, raiseCredential, userID, keep)
}

func (s Store) raise(ctx context.Context, tx *db.Tx, epoch db.Command, userID, keep string) (secret.Secret, error) {
	n, err := epoch.Run(ctx, tx, userID, keep)
	if err != nil {
		return "", err
	}
	if keep == "" {
		return "", nil
	}
	if n == 0 {
		return "", ErrNone
	}
	token := secret.NewToken(tokenKind)
	_, err = rebirth.Run(ctx, tx, keep, secret.Hash(token))
	return token, err
}

// Sweep removes sessions that have expired.
func (s Store) Sweep(ctx context.Context, tx *db.Tx) error {
	now := s.Clock.Now()
	_, err := sweep.Run(ctx, tx, now, now.Add(-Idle))
	return err
}

func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
