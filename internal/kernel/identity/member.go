package identity

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// ErrLastOwner means that an act would leave an organization without an owner
// who can sign in.
var ErrLastOwner = errs.New(errs.Conflict, "last_owner")

// anotherOwner holds where somebody beside $2 is an active owner of $1.
const anotherOwner = `EXISTS (
	SELECT 1 FROM memberships o JOIN users u ON u.id = o.user_id
	WHERE o.organization_id = $1 AND o.user_id <> $2 AND o.role = 'owner' AND u.state = 'active')`

var (
	hold     = db.Exec(`UPDATE organizations SET version = version WHERE id = $1`)
	memberOf = db.Rows[Membership](`
		SELECT m.organization_id, o.name AS organization_name, o.logo AS organization_logo, o.logo_for_members, o.role_labels, m.user_id, m.role, m.designation, m.is_main, m.since, m.role_since
		FROM memberships m JOIN organizations o ON o.id = m.organization_id
		WHERE m.organization_id = $1 AND m.user_id = $2`)
	setRole = db.Exec(`
		UPDATE memberships SET role = $3, role_since = CASE WHEN role = $3 THEN role_since ELSE $4 END
		WHERE organization_id = $1 AND user_id = $2 AND (role <> 'owner' OR $3 = 'owner' OR ` + anotherOwner + `)`)
	removeMember = db.Exec(`
		DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2 AND (role <> 'owner' OR ` + anotherOwner + `)`)
	setMain = db.Exec(`UPDATE memberships SET is_main = (organization_id = $2) WHERE user_id = $1`)
)

// Hold makes changes of who is what in an organization wait in line until tx
// ends. Whatever decides by a role reads that role after it. It returns
// ErrNoMember where there is no such organization.
func Hold(ctx context.Context, tx *db.Tx, organizationID string) error {
	n, err := hold.Run(ctx, tx, organizationID)
	if err == nil && n == 0 {
		return ErrNoMember
	}
	return err
}

// MemberOf returns the membership of a user in an organization, or ErrNoMember.
func MemberOf(ctx context.Context, q db.Q, organizationID, userID string) (Membership, error) {
	m, err := memberOf.One(ctx, q, organizationID, userID)
	if errors.Is(err, db.ErrNoRow) {
		return Membership{}, ErrNoMember
	}
	return m, err
}

// SetRole gives a member another role, and notes since when. Call Hold before.
// It returns ErrLastOwner.
func SetRole(ctx context.Context, tx *db.Tx, m Membership, role Role, now time.Time) error {
	n, err := setRole.Run(ctx, tx, m.OrganizationID, m.UserID, role, now)
	if err == nil && n == 0 {
		return ErrLastOwner
	}
	return err
}

// RemoveMember ends a membership. Call Hold before. It returns ErrLastOwner.
func RemoveMember(ctx context.Context, tx *db.Tx, m Membership) error {
	n, err := removeMember.Run(ctx, tx, m.OrganizationID, m.UserID)
	if err == nil && n == 0 {
		return ErrLastOwner
	}
	return err
}

// SetMain makes an organization the main one of a user, which the card shows
// and a new session begins in. While none is marked, the oldest is.
func SetMain(ctx context.Context, tx *db.Tx, userID, organizationID string) error {
	_, err := setMain.Run(ctx, tx, userID, organizationID)
	return err
}
