package domain

import "nameplate/internal/platform/db"

const columns = `organization_id, domain, token, created_at, verified_at, checked_at, missing_since`

var (
	ofOrganization = db.Rows[Domain](`SELECT ` + columns + ` FROM domains WHERE organization_id = $1 ORDER BY domain`)
	one            = db.Rows[Domain](`SELECT ` + columns + ` FROM domains WHERE organization_id = $1 AND domain = $2`)
	provedBy       = db.Rows[Domain](`SELECT ` + columns + ` FROM domains WHERE domain = $1 AND verified_at IS NOT NULL`).Kept(1024)
	verified       = db.Rows[string](`SELECT domain FROM domains WHERE organization_id = $1 AND verified_at IS NOT NULL ORDER BY domain`)
	// add names a domain, while the organization has fewer than $5.
	add = db.Exec(`
		INSERT INTO domains (organization_id, domain, token, created_at)
		SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM domains WHERE organization_id = $1) < $5
		ON CONFLICT (organization_id, domain) DO NOTHING`)
	// prove takes effect where nobody else has proved the domain.
	prove = db.Exec(`
		UPDATE domains SET verified_at = COALESCE(verified_at, $3), checked_at = $3, missing_since = NULL
		WHERE organization_id = $1 AND domain = $2
			AND NOT EXISTS (SELECT 1 FROM domains o WHERE o.domain = $2 AND o.organization_id <> $1 AND o.verified_at IS NOT NULL)`)
	// goes takes effect where a record is gone that was there until now.
	goes = db.Exec(`
		UPDATE domains SET checked_at = $3, missing_since = $3
		WHERE organization_id = $1 AND domain = $2 AND verified_at IS NOT NULL AND missing_since IS NULL`)
	lapse = db.Exec(`
		UPDATE domains SET verified_at = NULL, missing_since = NULL
		WHERE organization_id = $1 AND domain = $2 AND missing_since <= $3`)
	noteChecked = db.Exec(`UPDATE domains SET checked_at = $3 WHERE organization_id = $1 AND domain = $2`)
	remove      = db.Exec(`DELETE FROM domains WHERE organization_id = $1 AND domain = $2`)
	adminsOf    = db.Rows[admin](`
		SELECT e.address, u.locale, u.time_zone FROM memberships m JOIN users u ON u.id = m.user_id
		JOIN emails e ON e.user_id = m.user_id AND e.is_primary = TRUE
		WHERE m.organization_id = $1 AND m.role IN ('owner', 'admin') AND u.state = 'active' ORDER BY m.user_id`)
	due = db.Rows[Domain](`
		SELECT ` + columns + ` FROM domains WHERE verified_at IS NOT NULL AND checked_at <= $1 ORDER BY checked_at LIMIT $2`)
)
