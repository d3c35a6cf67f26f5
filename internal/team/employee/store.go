package employee

import (
	"database/sql"
	"time"

	"nameplate/internal/platform/db"
)

type row struct {
	ID             string
	OrganizationID string
	Name           string
	Designation    string
	Bio            string
	Picture        string
	ClientID       sql.Null[string]
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

func (r row) employee() Employee {
	return Employee{r.ID, r.OrganizationID, r.Name, r.Designation, r.Bio, r.Picture, r.ClientID.V, r.Version, r.CreatedAt, r.UpdatedAt}
}

func orNull(id string) sql.Null[string] { return sql.Null[string]{V: id, Valid: id != ""} }

var (
	byID = db.Rows[row](`
		SELECT id, organization_id, name, designation, bio, picture, client_id, version, created_at, updated_at
		FROM digital_employees WHERE id = $1`)
	of = db.Rows[row](`
		SELECT id, organization_id, name, designation, bio, picture, client_id, version, created_at, updated_at
		FROM digital_employees WHERE organization_id = $1 ORDER BY id`)
	count  = db.Rows[int64](`SELECT count(*) FROM digital_employees WHERE organization_id = $1`)
	insert = db.Exec(`
		INSERT INTO digital_employees (id, organization_id, name, designation, bio, picture, client_id, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, '', $6, 1, $7, $7)`)
	update = db.Exec(`
		UPDATE digital_employees SET name = $2, designation = $3, bio = $4, client_id = $5, updated_at = $6, version = version + 1
		WHERE id = $1`)
	present = db.Exec(`UPDATE digital_employees SET picture = $2, updated_at = $3 WHERE id = $1`)
	remove  = db.Exec(`DELETE FROM digital_employees WHERE id = $1`)
)
