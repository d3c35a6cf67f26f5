package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// self stands in subjects for the person's own trail, which has no other name
// than the person's pseudonym in it.
const self = "self"

// ErrNobody means that an act names a user who is not there, or not any more.
var ErrNobody = errors.New("journal: an act names a user who does not exist")

// nameIn returns the user's pseudonym in a trail and makes it when it is
// needed for the first time.
func nameIn(ctx context.Context, tx *db.Tx, trail, userID string) (string, error) {
	name, found, err := pseudonym.Maybe(ctx, tx, userID, trail)
	if err != nil || found {
		return name, err
	}
	name, err = makePseudonym.One(ctx, tx, rand.Text(), trail, userID)
	if errors.Is(err, db.ErrNoRow) {
		return "", ErrNobody
	}
	return name, err
}

// actorIn names whoever acted. In a person's own trail everybody else has a
// pseudonym too, kept under the name of that trail.
func actorIn(ctx context.Context, tx *db.Tx, trail string, a identity.Actor) (string, error) {
	switch {
	case a.UserID != "":
		return nameIn(ctx, tx, trail, a.UserID)
	case a.ClientID != "":
		return a.ClientID, nil
	case a.Operator:
		return Operator, nil
	}
	return System, nil
}

// OwnTrail returns the name of the person's own trail, and whether there is
// anything in it.
func OwnTrail(ctx context.Context, q db.Q, userID string) (trail string, found bool, err error) {
	return pseudonym.Maybe(ctx, q, userID, self)
}

// Forget removes what leads from the journal to the user. The entries stay.
func Forget(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := forget.Run(ctx, tx, userID)
	return err
}

// IsPerson reports whether an actor or a target of an entry is a pseudonym.
// All others are ids, [Operator] and [System], which have lower-case letters.
func IsPerson(name string) bool {
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// Mark shortens a pseudonym to the four signs by which pages tell deleted
// people apart: "7f3a".
func Mark(pseudonym string) string {
	return strings.ToLower(pseudonym[:min(4, len(pseudonym))])
}
