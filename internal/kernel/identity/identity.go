package identity

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

// What can go wrong.
var (
	ErrNoUser     = errs.New(errs.NotFound, "no_such_user")
	ErrNoMember   = errs.New(errs.NotFound, "no_such_membership")
	ErrEmailTaken = errs.New(errs.Conflict, "email_taken").On("email")
)

const selectUser = `
	SELECT u.id, u.state, u.first_name, u.last_name, u.full_name, u.display_name, u.bio, u.phone, u.pronouns, u.locale, u.time_zone,
		u.visibility, u.picture, u.version, u.session_epoch, u.credential_epoch, u.created_at, u.updated_at, u.updated_by, u.updated_fields,
		u.last_sign_in_at, u.previous_sign_in_at
	FROM users u`

var (
	userByID      = db.Rows[User](selectUser + ` WHERE u.id = $1`).Kept(4096)
	userByNormal  = db.Rows[User](selectUser + ` JOIN emails e ON e.user_id = u.id WHERE e.normalized = $1 AND e.is_primary = TRUE`)
	emailByNormal = db.Rows[Email](`
		SELECT id, user_id, address, normalized, is_primary, verified_at, created_at, bounced_at, bounce FROM emails WHERE normalized = $1`)
	primaryEmail = db.Rows[Email](`
		SELECT id, user_id, address, normalized, is_primary, verified_at, created_at, bounced_at, bounce FROM emails WHERE user_id = $1 AND is_primary = TRUE`).Kept(4096)
	emailsOf = db.Rows[Email](`
		SELECT id, user_id, address, normalized, is_primary, verified_at, created_at, bounced_at, bounce FROM emails
		WHERE user_id = $1 ORDER BY is_primary DESC, created_at, id`)
	insertUser = db.Exec(`
		INSERT INTO users (id, display_name, created_at, updated_at, updated_by) VALUES ($1, $2, $3, $3, $1)`)
	insertEmail = db.Exec(`
		INSERT INTO emails (id, user_id, address, normalized, is_primary, verified_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`)
	listed = db.Rows[Listed](`
		SELECT u.id, u.state, u.display_name, u.full_name, u.first_name, u.last_name, e.address, u.last_sign_in_at
		FROM users u JOIN emails e ON e.user_id = u.id AND e.is_primary = TRUE
		WHERE u.id > $1 ORDER BY u.id LIMIT $2`)
	setState   = db.Exec(`UPDATE users SET state = $2 WHERE id = $1 AND state <> $2`)
	noteSignIn = db.Exec(`UPDATE users SET previous_sign_in_at = last_sign_in_at, last_sign_in_at = $2 WHERE id = $1`)
)

// Get returns the user with this id, or ErrNoUser.
func Get(ctx context.Context, q db.Q, id string) (User, error) {
	u, err := userByID.One(ctx, q, id)
	if errors.Is(err, db.ErrNoRow) {
		return User{}, ErrNoUser
	}
	return u, err
}

// FindUser returns whoever has address as the primary one, whatever their
// state, and whether there is somebody.
func FindUser(ctx context.Context, q db.Q, address string) (User, bool, error) {
	return userByNormal.Maybe(ctx, q, NormalEmail(address))
}

// FindEmail returns the verified address that address spells, and whether
// there is one.
func FindEmail(ctx context.Context, q db.Q, address string) (Email, bool, error) {
	return emailByNormal.Maybe(ctx, q, NormalEmail(address))
}

// PrimaryEmail returns the address with which the user signs in.
func PrimaryEmail(ctx context.Context, q db.Q, userID string) (Email, error) {
	e, err := primaryEmail.One(ctx, q, userID)
	if errors.Is(err, db.ErrNoRow) {
		return Email{}, ErrNoUser
	}
	return e, err
}

// Emails returns every verified address of the user, the primary one first.
func Emails(ctx context.Context, q db.Q, userID string) ([]Email, error) {
	return emailsOf.All(ctx, q, userID)
}

// NewUser is what a user begins with.
type NewUser struct {
	Address     string // verified
	DisplayName string
}

// Add makes a user with a verified primary address and returns the id. It
// returns ErrEmailTaken if the address is somebody's.
func Add(ctx context.Context, tx *db.Tx, n NewUser, now time.Time) (string, error) {
	id := ids.New(ids.User, now)
	if _, err := insertUser.Run(ctx, tx, id, n.DisplayName, now); err != nil {
		return "", err
	}
	_, err := insertEmail.Run(ctx, tx, ids.New(ids.Email, now), id, n.Address, NormalEmail(n.Address), true, now)
	if db.Duplicate(err, "emails", "normalized") {
		return "", ErrEmailTaken
	}
	return id, err
}

// NoteSignIn keeps when the user signed in, and when before that.
func NoteSignIn(ctx context.Context, tx *db.Tx, userID string, now time.Time) error {
	_, err := noteSignIn.Run(ctx, tx, userID, now)
	return err
}

// SetState activates or deactivates a user and reports whether that is a
// change.
func SetState(ctx context.Context, tx *db.Tx, userID, state string) (bool, error) {
	n, err := setState.Run(ctx, tx, userID, state)
	return n == 1, err
}

// List returns the users that follow the one with the id after, the oldest
// first, at most most of them.
func List(ctx context.Context, q db.Q, after string, most int) ([]Listed, error) {
	return listed.All(ctx, q, after, most)
}
