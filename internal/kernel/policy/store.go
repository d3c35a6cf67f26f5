package policy

import (
	"time"

	"nameplate/internal/platform/db"
)

// row is a value as it is stored.
type row struct {
	OrganizationID string // empty: the instance
	Role           string // empty: every role
	Key            string
	Value          string // JSON
	SetBy          string
	SetAt          time.Time
}

var (
	layers = db.Rows[row](`
		SELECT organization_id, role, key, value, set_by, set_at FROM policy_values
		WHERE organization_id IN ('', $1, $2, $3, $4)`).Kept(256)
	// lockValue reads what a change replaces, and keeps others from replacing
	// it meanwhile.
	lockValue = db.Rows[string](`
		UPDATE policy_values SET key = key WHERE organization_id = $1 AND role = $2 AND key = $3 RETURNING value`)
	putValue = db.Exec(`
		INSERT INTO policy_values (organization_id, role, key, value, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organization_id, role, key)
		DO UPDATE SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at`)
	deleteValue = db.Exec(`DELETE FROM policy_values WHERE organization_id = $1 AND role = $2 AND key = $3`)
	drop        = db.Exec(`DELETE FROM policy_values WHERE organization_id = $1`)
	forget      = db.Exec(`UPDATE policy_values SET set_by = 'deleted' WHERE set_by = $1`)
)
