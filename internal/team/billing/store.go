package billing

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	OrganizationID string
	Customer       string
	State          string
	ReadAt         sql.Null[time.Time]
}

var (
	one    = db.Rows[row](`SELECT organization_id, customer, state, read_at FROM billing_customers WHERE organization_id = $1`)
	insert = db.Exec(`
		INSERT INTO billing_customers (organization_id, customer, state, made_at) VALUES ($1, $2, '{}', $3)
		ON CONFLICT (organization_id) DO NOTHING`)
	keep    = db.Exec(`UPDATE billing_customers SET state = $2, read_at = $3 WHERE customer = $1`)
	outdate = db.Exec(`UPDATE billing_customers SET read_at = NULL WHERE customer = $1`)
	forget  = db.Exec(`DELETE FROM billing_customers WHERE customer = $1`)
	hear    = db.Exec(`INSERT INTO billing_events (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`)
	sweep   = db.Exec(`DELETE FROM billing_events WHERE at <= $1`)
)
