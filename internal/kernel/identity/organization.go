package identity

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
)

var (
	insertOrganization = db.Exec(`INSERT INTO organizations (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)`)
	organizationByID   = db.Rows[Organization](`
		SELECT id, name, logo, role_labels, version, created_at, updated_at, logo_for_members FROM organizations WHERE id = $1`)
	insertMembership = db.Exec(`
		INSERT INTO memberships (organization_id, user_id, role, designation, is_main, since) VALUES ($1, $2, $3, $4, $5, $6)`)
	membershipsOf = db.Rows[Membership](`
		SELECT m.organization_id, o.name AS organization_name, o.logo AS organization_logo, o.logo_for_members, o.role_labels, m.user_id, m.role, m.designation, m.is_main, m.since, m.role_since
		FROM memberships m JOIN organizations o ON o.id = m.organization_id
		WHERE m.user_id = $1 ORDER BY m.is_main DESC, m.since, m.organization_id`).Kept(4096)
	setRoleLabels = db.Exec(`
		UPDATE organizations SET role_labels = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND role_labels <> $2`)
)

// AddOrganization makes an organization and returns its id. Names need not be
// unique.
func AddOrganization(ctx context.Context, tx *db.Tx, name string, now time.Time) (string, error) {
	id := ids.New(ids.Organization, now)
	_, err := insertOrganization.Run(ctx, tx, id, name, now)
	return id, err
}

// GetOrganization returns the organization with this id, or ErrNoMember.
func GetOrganization(ctx context.Context, q db.Q, id string) (Organization, error) {
	o, err := organizationByID.One(ctx, q, id)
	if errors.Is(err, db.ErrNoRow) {
		return Organization{}, ErrNoMember
	}
	return o, err
}

// SetRoleLabels sets the organization's own words for roles, which are JSON,
// and reports whether they were others before.
func SetRoleLabels(ctx context.Context, tx *db.Tx, id, labels string, now time.Time) (bool, error) {
	n, err := setRoleLabels.Run(ctx, tx, id, labels, now)
	return n == 1, err
}

// AddMember makes the user a member. The first membership of a person is the
// main one, which the card shows.
func AddMember(ctx context.Context, tx *db.Tx, m Membership, now time.Time) error {
	others, err := Memberships(ctx, tx, m.UserID)
	if err != nil {
		return err
	}
	if _, err = insertMembership.Run(ctx, tx, m.OrganizationID, m.UserID, m.Role, m.Designation, len(others) == 0, now); err != nil {
		return err
	}
	return Refind(ctx, tx, m.UserID)
}

// Memberships returns the organizations of a user, the main one first.
func Memberships(ctx context.Context, q db.Q, userID string) ([]Membership, error) {
	return membershipsOf.All(ctx, q, userID)
}

// Pick returns the membership in the organization, or the main one for an
// empty id. It returns ErrNoMember for an organization that is not among them,
// and a zero membership for a person without any.
func Pick(all []Membership, organizationID string) (Membership, error) {
	if organizationID == "" {
		if len(all) == 0 {
			return Membership{}, nil
		}
		return all[0], nil
	}
	for _, m := range all {
		if m.OrganizationID == organizationID {
			return m, nil
		}
	}
	return Membership{}, ErrNoMember
}

// First returns all with m at the head, as rules want them that are kept per
// organization.
func First(all []Membership, m Membership) []Membership {
	var out []Membership
	if m.OrganizationID != "" {
		out = append(out, m)
	}
	for _, other := range all {
		if other.OrganizationID != m.OrganizationID {
			out = append(out, other)
		}
	}
	return out
}
