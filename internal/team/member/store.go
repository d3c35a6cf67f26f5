package member

import (
	"database/sql"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// row is a line of the list.
type row struct {
	UserID       string
	Role         identity.Role
	Designation  string
	Since        time.Time
	SortKey      string
	State        string
	FirstName    string
	LastName     string
	FullName     string
	DisplayName  string
	Visibility   string
	Picture      string
	LastSignInAt sql.Null[time.Time]
	Address      string
}

func (r row) user() identity.User {
	return identity.User{
		ID: r.UserID, State: r.State, FirstName: r.FirstName, LastName: r.LastName, FullName: r.FullName,
		DisplayName: r.DisplayName, Visibility: r.Visibility, Picture: r.Picture, LastSignInAt: r.LastSignInAt,
	}
}

// count is how many members have a role.
type count struct {
	Role  identity.Role
	Count int64
}

var (
	// some walks over one index from a place on. Who each one is, is read for
	// the few that stay.
	some = db.Rows[row](`
		SELECT m.user_id, m.role, m.designation, m.since, m.sort_key, u.state, u.first_name, u.last_name, u.full_name, u.display_name,
			u.visibility, u.picture, u.last_sign_in_at, COALESCE(e.address, '') AS address
		FROM (SELECT user_id, sort_key FROM memberships
			WHERE organization_id = $1 AND (sort_key, user_id) > ($2, $3) AND ($4 = '' OR role = $4)
				AND ($5 = '' OR search_key LIKE $5 ESCAPE '\' OR address_key LIKE $6 ESCAPE '\')
			ORDER BY sort_key, user_id LIMIT $7) found
		JOIN memberships m ON m.organization_id = $1 AND m.user_id = found.user_id
		JOIN users u ON u.id = m.user_id
		LEFT JOIN emails e ON e.user_id = m.user_id AND e.is_primary = TRUE
		ORDER BY found.sort_key, found.user_id`)
	roles          = db.Rows[count](`SELECT role, count(*) AS count FROM memberships WHERE organization_id = $1 GROUP BY role`)
	setDesignation = db.Exec(`UPDATE memberships SET designation = $3 WHERE organization_id = $1 AND user_id = $2`)
	touchProfile   = db.Exec(`
		UPDATE users SET version = version + 1, updated_at = $2, updated_by = $3, updated_fields = 'designation' WHERE id = $1`)
	setPhone = db.Exec(`
		UPDATE users SET phone = $2, version = version + 1, updated_at = $3, updated_by = $4, updated_fields = 'phone' WHERE id = $1`)
	phoneOf = db.Rows[string](`SELECT phone FROM users WHERE id = $1`)
	belongs = db.Rows[int64](`SELECT count(*) FROM memberships WHERE user_id = $1`)
)
