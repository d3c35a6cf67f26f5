package identity

import (
	"context"
	"strings"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
)

// ShownName is the name by which others know a person: the display name, and
// without one the full name, unless the person keeps that private; then the
// first name on the same condition. It is empty for a person who has told no
// name at all.
func ShownName(u User, sees Audiences) string {
	switch {
	case u.DisplayName != "":
		return u.DisplayName
	case u.Full() != "" && sees[FullName] != ToPrivate && sees[LastName] != ToPrivate:
		return u.Full()
	case u.FirstName != "" && sees[FirstName] != ToPrivate:
		return u.FirstName
	}
	return ""
}

// Keys stand in an index, which bounds them.
const (
	sortMost   = 200 // bytes
	searchMost = 1000
)

// keys are what a person is sorted by, and every name that the team may see.
func keys(u User, sees Audiences) (sort, search string) {
	names := u.DisplayName
	for _, n := range []struct {
		field Field
		name  string
	}{{FullName, u.Full()}, {FirstName, u.FirstName}, {LastName, u.LastName}} {
		if sees[n.field] != ToPrivate && !strings.Contains(names, n.name) {
			names += "\n" + n.name
		}
	}
	return clip(i18n.Fold(ShownName(u, sees)), sortMost), clip(i18n.Fold(names), searchMost)
}

// clip cuts text to at most so many bytes, at the end of a letter.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

var setKeys = db.Exec(`
	UPDATE memberships SET sort_key = $2, search_key = $3, address_key = $4
	WHERE user_id = $1 AND (sort_key <> $2 OR search_key <> $3 OR address_key <> $4)`)

// Refind brings what members are sorted and found by up to date. Call it in the
// transaction that changes the names of a user, who may see them, or the
// primary address.
func Refind(ctx context.Context, tx *db.Tx, userID string) error {
	u, err := Get(ctx, tx, userID)
	if err != nil {
		return err
	}
	email, err := PrimaryEmail(ctx, tx, userID)
	if err != nil {
		return err
	}
	sort, search := keys(u, AudiencesOf(u))
	_, err = setKeys.Run(ctx, tx, userID, sort, search, email.Normalized)
	return err
}
