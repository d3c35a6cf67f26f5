package invitation

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Invitation is a row, with what is known of its organization and its sender.
type Invitation struct {
	ID               string
	OrganizationID   string
	OrganizationName string
	RoleLabels       string // as in identity.Membership
	Address          string
	Normalized       string
	Role             identity.Role
	Designation      string
	InvitedBy        string        // id of who sent the newest link; empty: somebody who is gone
	InviterRole      identity.Role // what they are now; empty: nothing in this organization
	InviterName      string
	Stored           string // the state in the row, which knows no time
	CreatedAt        time.Time
	SentAt           time.Time
	ExpiresAt        time.Time
}

const columns = `
	SELECT i.id, i.organization_id, o.name AS organization_name, o.role_labels, i.address, i.normalized, i.role, i.designation,
		COALESCE(u.id, '') AS invited_by, COALESCE(m.role, '') AS inviter_role, i.state AS stored, i.created_at, i.sent_at, i.expires_at
	FROM invitations i JOIN organizations o ON o.id = i.organization_id
	LEFT JOIN users u ON u.id = i.invited_by AND u.state = 'active'
	LEFT JOIN memberships m ON m.organization_id = i.organization_id AND m.user_id = u.id `

var (
	byID = db.Rows[Invitation](columns + `WHERE i.id = $1`)
	page = db.Rows[Invitation](columns + `WHERE i.organization_id = $1 AND i.id < $2 ORDER BY i.id DESC LIMIT $3`)
	// put keeps an invitation, or renews the pending one of its address. One to
	// an owner stays as it is unless $9, and then nothing is returned.
	put = db.Rows[string](`
		INSERT INTO invitations (id, organization_id, address, normalized, role, designation, invited_by, state, created_at, sent_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $8, $10)
		ON CONFLICT (organization_id, normalized) WHERE state = 'pending' DO UPDATE
		SET address = excluded.address, role = excluded.role, designation = excluded.designation, invited_by = excluded.invited_by,
			sent_at = excluded.sent_at, expires_at = excluded.expires_at
		WHERE invitations.role <> 'owner' OR $9
		RETURNING id`)
	renew = db.Exec(`
		UPDATE invitations SET invited_by = $3, sent_at = $4, expires_at = $5
		WHERE id = $1 AND organization_id = $2 AND state = 'pending'`)
	revoke = db.Exec(`UPDATE invitations SET state = 'revoked', answered_at = $2 WHERE id = $1 AND state = 'pending'`)
	accept = db.Exec(`UPDATE invitations SET state = 'accepted', answered_at = $2 WHERE id = $1 AND state = 'pending' AND expires_at > $2`)
	sweep  = db.Exec(`DELETE FROM invitations WHERE answered_at <= $1`)

	memberByAddress = db.Rows[string](`
		SELECT m.user_id FROM memberships m JOIN emails e ON e.user_id = m.user_id
		WHERE m.organization_id = $1 AND e.normalized = $2 AND e.is_primary = TRUE`)
)

// Sweep removes invitations that were answered [Kept] ago.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now().Add(-Kept))
	return err
}
