package factor

import (
	"strings"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/webauthn"
)

// passkey is a key that somebody has added.
type passkey struct {
	FactorID     string
	UserID       string
	CredentialID []byte
	PublicKey    []byte
	Counter      int64
	Flags        int64
	Transports   string
}

func (k passkey) credential() webauthn.Credential {
	return webauthn.Credential{
		ID: k.CredentialID, PublicKey: k.PublicKey, Counter: uint32(k.Counter), Flags: webauthn.Flags(k.Flags), Transports: strings.Fields(k.Transports),
	}
}

func credentials(keys []passkey) []webauthn.Credential {
	all := make([]webauthn.Credential, len(keys))
	for i, k := range keys {
		all[i] = k.credential()
	}
	return all
}

const passkeyColumns = `p.factor_id, f.user_id, p.credential_id, p.public_key, p.counter, p.flags, p.transports`

var (
	addFactor = db.Exec(`
		INSERT INTO factors (id, user_id, kind, name, secret, last_step, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $6)`)
	addPasskey = db.Exec(`
		INSERT INTO passkeys (factor_id, credential_id, public_key, counter, flags, transports) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (credential_id) DO NOTHING`)
	passkeysOf = db.Rows[passkey](`
		SELECT ` + passkeyColumns + ` FROM passkeys p JOIN factors f ON f.id = p.factor_id WHERE f.user_id = $1 ORDER BY f.created_at, f.id`)
	passkeyBy = db.Rows[passkey](`
		SELECT ` + passkeyColumns + ` FROM passkeys p JOIN factors f ON f.id = p.factor_id WHERE p.credential_id = $1`)
	// noteUse keeps what a key told, unless it told of a later use meanwhile.
	noteUse = db.Exec(`
		UPDATE passkeys SET counter = $2, flags = $3 WHERE factor_id = $1 AND (counter < $2 OR counter = 0 AND $2 = 0)`)
	touch = db.Exec(`UPDATE factors SET last_used_at = $2 WHERE id = $1`)
)
