package sso

import "nameplate/internal/platform/db"

const providerColumns = `
	id, organization_id, kind, name, issuer, client_id, client_secret, metadata, metadata_url, account_url, role_mapping, version, created_at, updated_at,
	used_at, fault, fault_at`

var (
	providersOf = db.Rows[Provider](`SELECT ` + providerColumns + ` FROM identity_providers WHERE organization_id = $1 ORDER BY id`)
	newestOf    = db.Rows[Provider](`SELECT ` + providerColumns + ` FROM identity_providers WHERE organization_id = $1 ORDER BY id DESC LIMIT 1`)
	providerBy  = db.Rows[Provider](`SELECT ` + providerColumns + ` FROM identity_providers WHERE id = $1`)
	// addProvider adds one while the organization has fewer than $13.
	addProvider = db.Exec(`
		INSERT INTO identity_providers (id, organization_id, kind, name, issuer, client_id, client_secret, metadata, metadata_url, account_url, role_mapping,
			created_at, updated_at, metadata_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12
		WHERE (SELECT count(*) FROM identity_providers WHERE organization_id = $2) < $13`)
	changeProvider = db.Exec(`
		UPDATE identity_providers SET name = $3, issuer = $4, client_id = $5, client_secret = $6, metadata = $7, metadata_url = $8, account_url = $9,
			role_mapping = $10, version = version + 1, updated_at = $11, metadata_at = $11
		WHERE id = $1 AND organization_id = $2 AND version = $12`)
	removeProvider = db.Exec(`DELETE FROM identity_providers WHERE id = $1 AND organization_id = $2`)
	noteUsed       = db.Exec(`UPDATE identity_providers SET used_at = $2 WHERE id = $1`)
	noteFault      = db.Exec(`UPDATE identity_providers SET fault = $2, fault_at = $3 WHERE id = $1`)
	// forgetPeople goes with a change of issuer: a subject is one issuer's.
	forgetPeople = db.Exec(`DELETE FROM provider_identities WHERE provider_id = $1`)

	userOf = db.Rows[string](`SELECT user_id FROM provider_identities WHERE provider_id = $1 AND subject = $2`)
	link   = db.Exec(`
		INSERT INTO provider_identities (provider_id, subject, user_id, created_at, used_at) VALUES ($1, $2, $3, $4, $4)`)
	noteSeen = db.Exec(`
		UPDATE provider_identities SET used_at = $3, refresh_token = $4 WHERE provider_id = $1 AND subject = $2`)
	lastOf = db.Rows[Provider](`
		SELECT p.id, p.organization_id, p.kind, p.name, p.issuer, p.client_id, p.client_secret, p.metadata, p.metadata_url, p.account_url, p.role_mapping,
			p.version, p.created_at, p.updated_at, p.used_at, p.fault, p.fault_at
		FROM provider_identities i JOIN identity_providers p ON p.id = i.provider_id WHERE i.user_id = $1 ORDER BY i.used_at DESC LIMIT 1`)
	stale = db.Rows[held](`
		SELECT provider_id, subject, user_id, refresh_token FROM provider_identities
		WHERE refresh_token IS NOT NULL AND used_at <= $1 ORDER BY used_at LIMIT $2`)
	// claim makes sure that of several servers one asks again.
	claim = db.Exec(`UPDATE provider_identities SET used_at = $3 WHERE provider_id = $1 AND subject = $2 AND used_at <= $4`)
	drop  = db.Exec(`UPDATE provider_identities SET refresh_token = NULL WHERE provider_id = $1 AND subject = $2`)

	// take reports by its rows whether nothing like this was taken before.
	take  = db.Exec(`INSERT INTO provider_answers (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`)
	sweep = db.Exec(`DELETE FROM provider_answers WHERE expires_at <= $1`)

	// unread are providers whose metadata nobody has looked for since a moment.
	unread = db.Rows[Provider](`
		SELECT ` + providerColumns + ` FROM identity_providers WHERE metadata_url <> '' AND metadata_at <= $1 ORDER BY metadata_at LIMIT $2`)
	// claimMetadata makes sure that of several servers one reads it.
	claimMetadata = db.Exec(`UPDATE identity_providers SET metadata_at = $2 WHERE id = $1 AND metadata_at <= $3`)
	// keepMetadata leaves alone what was entered meanwhile.
	keepMetadata = db.Exec(`UPDATE identity_providers SET metadata = $2 WHERE id = $1 AND issuer = $3 AND metadata_url = $4`)

	keysOf = db.Rows[ownKey](`
		SELECT provider_id, created_at, private_key, certificate, signs_from FROM provider_keys WHERE provider_id = $1 ORDER BY created_at`)
	addKey = db.Exec(`INSERT INTO provider_keys (provider_id, created_at, private_key, certificate, signs_from) VALUES ($1, $2, $3, $4, $5)`)
	// useKey lets the new key sign, if there is one.
	useKey = db.Exec(`UPDATE provider_keys SET signs_from = $2 WHERE provider_id = $1 AND signs_from IS NULL`)
	// dropKeys leaves the key that signs.
	dropKeys = db.Exec(`
		DELETE FROM provider_keys WHERE provider_id = $1 AND signs_from < (SELECT max(signs_from) FROM provider_keys WHERE provider_id = $1)`)

	keepArrival   = db.Exec(`INSERT INTO provider_arrivals (hash, provider_id, answer, expires_at) VALUES ($1, $2, $3, $4)`)
	fetchArrival  = db.Rows[[]byte](`DELETE FROM provider_arrivals WHERE hash = $1 AND provider_id = $2 AND expires_at > $3 RETURNING answer`)
	sweepArrivals = db.Exec(`DELETE FROM provider_arrivals WHERE expires_at <= $1`)

	// ownersOf are the active owners, with their primary address.
	ownersOf = db.Rows[owner](`
		SELECT m.user_id, e.address FROM memberships m JOIN users u ON u.id = m.user_id JOIN emails e ON e.user_id = m.user_id AND e.is_primary = TRUE
		WHERE m.organization_id = $1 AND m.role = 'owner' AND u.state = 'active'`)
)
