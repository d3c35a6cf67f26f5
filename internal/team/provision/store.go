package provision

import "nameplate/internal/platform/db"

const personColumns = `
	u.id AS user_id, u.state, u.first_name, u.last_name, u.full_name, u.display_name, u.visibility, u.updated_at, e.address, m.role, m.designation,
	m.since, s.attributes, s.active, s.role AS held_role, s.designation AS held_designation, s.created_at AS kept_since, s.synced_at`

// everybody are the members of an organization, and those whom its provider
// keeps although they are not members now.
const everybody = `
	(SELECT user_id FROM memberships WHERE organization_id = $1 UNION SELECT user_id FROM scim_users WHERE organization_id = $1)`

const joins = ` p
	JOIN users u ON u.id = p.user_id
	JOIN emails e ON e.user_id = p.user_id AND e.is_primary = TRUE
	LEFT JOIN memberships m ON m.organization_id = $1 AND m.user_id = p.user_id
	LEFT JOIN scim_users s ON s.organization_id = $1 AND s.user_id = p.user_id`

const groupColumns = `id, display_name, external_id, created_at, updated_at`

var (
	tokensOf = db.Rows[Token](`
		SELECT id, name, prefix, made_by, created_at, last_used_at FROM scim_tokens WHERE organization_id = $1 ORDER BY id`)
	addToken = db.Exec(`
		INSERT INTO scim_tokens (id, organization_id, name, token_hash, prefix, role, made_by, created_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE (SELECT count(*) FROM scim_tokens WHERE organization_id = $2) < $9`)
	removeToken = db.Exec(`DELETE FROM scim_tokens WHERE id = $1 AND organization_id = $2`)
	byToken     = db.Rows[Client](`SELECT id, organization_id, name, role, last_used_at FROM scim_tokens WHERE token_hash = $1`)
	touch       = db.Exec(`UPDATE scim_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)`)

	one = db.Rows[person](`SELECT ` + personColumns + ` FROM (SELECT u.id AS user_id FROM users u WHERE u.id = $2) ` + joins + `
		WHERE m.user_id IS NOT NULL OR s.user_id IS NOT NULL`)
	all        = db.Rows[person](`SELECT ` + personColumns + ` FROM ` + everybody + joins + ` ORDER BY p.user_id`)
	idsOf      = db.Rows[string](`SELECT p.user_id FROM ` + everybody + ` p ORDER BY p.user_id`)
	byKey      = db.Rows[string](`SELECT user_id FROM scim_users WHERE organization_id = $1 AND user_key = $2`)
	byExternal = db.Rows[string](`SELECT user_id FROM scim_users WHERE organization_id = $1 AND external_id = $2 ORDER BY user_id`)
	keep       = db.Exec(`
		INSERT INTO scim_users (organization_id, user_id, user_key, external_id, attributes, active, created_at, synced_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET user_key = excluded.user_key, external_id = excluded.external_id,
			attributes = excluded.attributes, active = excluded.active, synced_at = excluded.synced_at`)
	hold   = db.Exec(`UPDATE scim_users SET role = $3, designation = $4 WHERE organization_id = $1 AND user_id = $2`)
	forget = db.Exec(`DELETE FROM scim_users WHERE organization_id = $1 AND user_id = $2`)

	designate = db.Exec(`UPDATE memberships SET designation = $3 WHERE organization_id = $1 AND user_id = $2`)

	oneGroup  = db.Rows[group](`SELECT ` + groupColumns + ` FROM scim_groups WHERE organization_id = $1 AND id = $2`)
	allGroups = db.Rows[group](`SELECT ` + groupColumns + ` FROM scim_groups WHERE organization_id = $1 ORDER BY id`)
	anyGroup  = db.Rows[string](`SELECT id FROM scim_groups WHERE organization_id = $1 LIMIT 1`)
	addGroup  = db.Exec(`
		INSERT INTO scim_groups (id, organization_id, display_name, name_key, external_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`)
	changeGroup = db.Exec(`
		UPDATE scim_groups SET display_name = $3, name_key = $4, external_id = $5, updated_at = $6 WHERE organization_id = $1 AND id = $2`)
	removeGroup = db.Exec(`DELETE FROM scim_groups WHERE organization_id = $1 AND id = $2`)
	membersOf   = db.Rows[string](`SELECT user_id FROM scim_members WHERE group_id = $1 ORDER BY user_id`)
	allMembers  = db.Rows[inGroup](`
		SELECT m.group_id, m.user_id, g.display_name FROM scim_members m JOIN scim_groups g ON g.id = m.group_id
		WHERE g.organization_id = $1 ORDER BY m.group_id, m.user_id`)
	groupsOf = db.Rows[inGroup](`
		SELECT m.group_id, m.user_id, g.display_name FROM scim_members m JOIN scim_groups g ON g.id = m.group_id
		WHERE g.organization_id = $1 AND m.user_id >= $2 AND m.user_id <= $3 ORDER BY m.group_id`)
	addMember    = db.Exec(`INSERT INTO scim_members (group_id, user_id) VALUES ($1, $2) ON CONFLICT (group_id, user_id) DO NOTHING`)
	removeMember = db.Exec(`DELETE FROM scim_members WHERE group_id = $1 AND user_id = $2`)
	leaveGroups  = db.Exec(`
		DELETE FROM scim_members WHERE user_id = $2 AND group_id IN (SELECT id FROM scim_groups WHERE organization_id = $1)`)

	addFault = db.Exec(`INSERT INTO scim_faults (id, organization_id, at, call, code, subject) VALUES ($1, $2, $3, $4, $5, $6)`)
	oldest   = db.Exec(`
		DELETE FROM scim_faults WHERE organization_id = $1
			AND id NOT IN (SELECT id FROM scim_faults WHERE organization_id = $1 ORDER BY id DESC LIMIT $2)`)
	faultsOf    = db.Rows[faultRow](`SELECT id, at, call, code, subject FROM scim_faults WHERE organization_id = $1 ORDER BY id DESC`)
	sweepFaults = db.Exec(`DELETE FROM scim_faults WHERE at < $1`)
	countsOf    = db.Rows[Counts](`
		SELECT count(*) AS kept, COALESCE(sum(CASE WHEN active THEN 1 ELSE 0 END), 0) AS active,
			(SELECT count(*) FROM scim_groups WHERE organization_id = $1) AS groups
		FROM scim_users WHERE organization_id = $1`)
	lastSync = db.Rows[lastRow](`SELECT synced_at FROM scim_users WHERE organization_id = $1 ORDER BY synced_at DESC LIMIT 1`)
)
