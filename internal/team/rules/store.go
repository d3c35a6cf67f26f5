package rules

import (
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// person is a member of an organization.
type person struct {
	UserID      string
	FirstName   string
	LastName    string
	FullName    string
	DisplayName string
	Address     string
	Role        identity.Role
	CreatedAt   time.Time
}

func (p person) name() string {
	u := identity.User{FirstName: p.FirstName, LastName: p.LastName, FullName: p.FullName, DisplayName: p.DisplayName}
	if name := u.Name(); name != "" {
		return name
	}
	return p.Address
}

var (
	membersOf = db.Rows[person](`
		SELECT m.user_id, u.first_name, u.last_name, u.full_name, u.display_name, e.address, m.role, u.created_at
		FROM memberships m JOIN users u ON u.id = m.user_id JOIN emails e ON e.user_id = m.user_id AND e.is_primary = TRUE
		WHERE m.organization_id = $1 AND u.state = 'active' ORDER BY m.since, m.user_id`)
	// membershipsOfMembers are those in all organizations.
	membershipsOfMembers = db.Rows[identity.Membership](`
		SELECT a.organization_id, a.user_id, a.role, a.since, a.role_since
		FROM memberships m JOIN memberships a ON a.user_id = m.user_id WHERE m.organization_id = $1`)
)
