package channel

import (
	"time"

	"nameplate/internal/platform/db"
)

// row is what is kept of a member's channel.
type row struct {
	Channel  string
	Enabled  bool
	Capacity int64
	Load     int64
}

// candidate is a member who has a channel on.
type candidate struct {
	UserID      string
	Role        string
	Capacity    int64
	Load        int64
	TakenAt     time.Time
	DisplayName string
	FullName    string
	FirstName   string
	LastName    string
	Visibility  string
}

var (
	ofMember = db.Rows[row](`
		SELECT c.channel, c.enabled, c.capacity, (SELECT count(*) FROM reservations r WHERE r.organization_id = c.organization_id
			AND r.channel = c.channel AND r.user_id = c.user_id AND r.expires_at > $3) AS load
		FROM member_channels c WHERE c.organization_id = $1 AND c.user_id = $2`)
	keep = db.Exec(`
		INSERT INTO member_channels (organization_id, user_id, channel, enabled, capacity, taken_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organization_id, channel, user_id) DO UPDATE SET enabled = excluded.enabled, capacity = excluded.capacity`)
	roster = db.Rows[candidate](`
		SELECT c.user_id, m.role, c.capacity, c.taken_at, u.display_name, u.full_name, u.first_name, u.last_name, u.visibility,
			(SELECT count(*) FROM reservations r WHERE r.organization_id = c.organization_id
				AND r.channel = c.channel AND r.user_id = c.user_id AND r.expires_at > $3) AS load
		FROM member_channels c
		JOIN memberships m ON m.organization_id = c.organization_id AND m.user_id = c.user_id
		JOIN users u ON u.id = c.user_id
		WHERE c.organization_id = $1 AND c.channel = $2 AND c.enabled = TRUE AND u.state = 'active'`)

	// hold lets nobody else take a place of that member on that channel, or
	// change its number, until the transaction ends.
	hold = db.Rows[int64](`
		UPDATE member_channels SET taken_at = $4
		WHERE organization_id = $1 AND channel = $2 AND user_id = $3 AND enabled = TRUE RETURNING capacity`)
	load = db.Rows[int64](`
		SELECT count(*) FROM reservations WHERE organization_id = $1 AND channel = $2 AND user_id = $3 AND expires_at > $4`)
	take = db.Exec(`
		INSERT INTO reservations (id, organization_id, channel, user_id, conversation, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organization_id, channel, conversation) DO NOTHING`)
	prolong = db.Rows[Reservation](`
		UPDATE reservations SET expires_at = $5
		WHERE organization_id = $1 AND channel = $2 AND conversation = $3 AND expires_at > $4
		RETURNING id, user_id, channel, conversation, expires_at`)
	forget = db.Exec(`
		DELETE FROM reservations WHERE organization_id = $1 AND channel = $2 AND conversation = $3 AND expires_at <= $4`)
	release = db.Exec(`DELETE FROM reservations WHERE organization_id = $1 AND id = $2 AND expires_at > $3`)
	sweep   = db.Exec(`DELETE FROM reservations WHERE expires_at <= $1`)
)
