package chatwoot

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	OrganizationID string
	URL            string
	Account        int64
	Token          []byte
	Secret         []byte
	Key            []byte
	Place          int64
	MadeAt         time.Time
	HeardAt        sql.Null[time.Time]
	SyncedAt       sql.Null[time.Time]
	Fault          string
}

type agentRow struct {
	AgentID  int64
	UserID   sql.Null[string]
	Name     string
	Email    string
	Busy     bool
	DriftAt  sql.Null[time.Time]
	SyncedAt time.Time
	Fault    string
}

const columns = `organization_id, url, account, token, secret, url_key AS key, place, made_at, heard_at, synced_at, fault`

var (
	keep = db.Exec(`
		INSERT INTO chatwoots (organization_id, url, account, token, secret, url_key, key_hash, place, made_at, looked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT COALESCE(MAX(seq), 0) FROM journal WHERE trail = $1), $8, $8)
		ON CONFLICT (organization_id) DO UPDATE SET url = excluded.url, account = excluded.account, token = excluded.token,
			secret = excluded.secret, fault = ''`)
	one    = db.Rows[row](`SELECT ` + columns + ` FROM chatwoots WHERE organization_id = $1`)
	byKey  = db.Rows[row](`SELECT ` + columns + ` FROM chatwoots WHERE key_hash = $1 AND organization_id = $2`)
	remove = db.Exec(`DELETE FROM chatwoots WHERE organization_id = $1`)
	heard  = db.Exec(`UPDATE chatwoots SET heard_at = $2 WHERE organization_id = $1 AND (heard_at IS NULL OR heard_at < $3)`)
	synced = db.Exec(`UPDATE chatwoots SET synced_at = $2, fault = '' WHERE organization_id = $1`)
	failed = db.Exec(`UPDATE chatwoots SET fault = $2 WHERE organization_id = $1`)

	// behind are the connections whose trail goes on after their place.
	behind = db.Rows[row](`
		SELECT ` + columns + ` FROM chatwoots c
		WHERE EXISTS (SELECT 1 FROM journal j WHERE j.trail = c.organization_id AND j.seq > c.place)`)
	// move takes the place on, unless another node has done so.
	move = db.Exec(`UPDATE chatwoots SET place = $3 WHERE organization_id = $1 AND place = $2`)
	// hold lets one comparison begin, release ends it unless another was asked for
	// since it began.
	hold    = db.Exec(`UPDATE chatwoots SET held_until = $3, again = FALSE WHERE organization_id = $1 AND (held_until IS NULL OR held_until <= $2)`)
	repeat  = db.Exec(`UPDATE chatwoots SET again = TRUE WHERE organization_id = $1 AND held_until > $2`)
	release = db.Exec(`UPDATE chatwoots SET held_until = NULL WHERE organization_id = $1`)
	again   = db.Rows[bool](`SELECT again FROM chatwoots WHERE organization_id = $1`)
	// stale are the connections that nobody has looked at since $1.
	stale = db.Rows[string](`SELECT organization_id FROM chatwoots WHERE looked_at IS NULL OR looked_at <= $1`)
	look  = db.Exec(`UPDATE chatwoots SET looked_at = $3 WHERE organization_id = $1 AND (looked_at IS NULL OR looked_at <= $2)`)

	agentsOf = db.Rows[agentRow](`
		SELECT agent_id, user_id, name, email, busy, drift_at, synced_at, fault FROM chatwoot_agents WHERE organization_id = $1
		ORDER BY name, agent_id`)
	userOf    = db.Rows[string](`SELECT user_id FROM chatwoot_agents WHERE organization_id = $1 AND agent_id = $2 AND user_id IS NOT NULL`)
	keepAgent = db.Exec(`
		INSERT INTO chatwoot_agents (organization_id, agent_id, user_id, name, email, busy, drift_at, synced_at, fault)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (organization_id, agent_id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name, email = excluded.email,
			busy = excluded.busy, drift_at = excluded.drift_at, synced_at = excluded.synced_at, fault = excluded.fault`)
	forgetAgents = db.Exec(`DELETE FROM chatwoot_agents WHERE organization_id = $1 AND synced_at < $2`)
)
