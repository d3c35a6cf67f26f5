package message

import "nameplate/internal/platform/db"

type row struct{ Channel, State, Reason string }

var (
	note = db.Exec(`
		INSERT INTO messages (organization_id, id, employee_id, user_id, channel, state, reason, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7) ON CONFLICT (organization_id, id) DO NOTHING`)
	byID  = db.Rows[row](`SELECT channel, state, reason FROM messages WHERE organization_id = $1 AND id = $2`)
	end   = db.Exec(`UPDATE messages SET state = $3, reason = $4 WHERE organization_id = $1 AND id = $2`)
	sweep = db.Exec(`DELETE FROM messages WHERE created_at <= $1`)
)
