package webauthn

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// Credential is a key, and what it told of itself last.
type Credential struct {
	ID         []byte
	PublicKey  []byte // COSE_Key
	Counter    uint32
	Flags      Flags
	Transports []string // ways to reach it, such as "usb" and "internal"
}

// Register checks an answer whose challenge the caller has taken, and returns
// the new credential. That nobody has it yet is for the caller to see. It
// returns ErrRefused.
func (p Party) Register(r Registration) (Credential, error) {
	if err := p.saw(r.client, creating); err != nil {
		return Credential{}, err
	}
	attestation, err := readTable(r.object)
	if err != nil {
		return Credential{}, refused("attestation: %w", err)
	}
	raw := of[[]byte](attestation, "authData")
	d, err := readData(raw)
	if err != nil {
		return Credential{}, err
	}
	if err := p.checks(d, false); err != nil {
		return Credential{}, err
	}
	if !bytes.Equal(d.id, r.ID) {
		return Credential{}, refused("the key names another id")
	}
	alg, verify, err := readKey(d.key)
	if err != nil {
		return Credential{}, err
	}
	if err := checkStatement(attestation, alg, verify, signed(raw, r.raw)); err != nil {
		return Credential{}, err
	}
	return Credential{ID: d.id, PublicKey: d.key, Counter: d.counter, Flags: d.flags, Transports: known(r.Transports)}, nil
}

// checkStatement looks at the statements that say something without being
// believed: one that says nothing, and one that the key has signed itself.
func checkStatement(attestation table, alg int64, verify verifier, message []byte) error {
	statement, ok := attestation["attStmt"].(table)
	if !ok {
		return refused("no statement")
	}
	switch of[string](attestation, "fmt") {
	case none:
		if len(statement) > 0 {
			return refused("no attestation, and a statement")
		}
	case "packed":
		certified := statement["x5c"] != nil
		if !certified && (of[int64](statement, "alg") != alg || !verify(message, of[[]byte](statement, "sig"))) {
			return refused("the key has not signed its statement")
		}
	}
	return nil
}

// Assert checks an answer of c whose challenge the caller has taken, and
// returns c as it is now. With verified the key must have verified its user,
// this time and ever since that counted. Whether it counts from this time on is
// for vouched to say: the person has shown by something else who they are. It
// returns ErrRefused or ErrCounter.
func (p Party) Assert(a Assertion, c Credential, verified, vouched bool) (Credential, error) {
	if err := p.saw(a.client, getting); err != nil {
		return c, err
	}
	d, err := readData(a.data)
	if err != nil {
		return c, err
	}
	if err := p.checks(d, verified); err != nil {
		return c, err
	}
	_, verify, err := readKey(c.PublicKey)
	if err != nil {
		return c, err
	}
	switch {
	case !bytes.Equal(a.ID, c.ID) || !verify(signed(a.data, a.raw), a.signature):
		return c, refused("the signature is wrong")
	case verified && !c.Flags.Has(Verified):
		return c, refused("nobody has vouched for its verifying yet")
	case c.Flags.Has(BackupEligible) && !d.flags.Has(BackupEligible):
		return c, refused("it could be backed up before")
	case d.counter <= c.Counter && (d.counter != 0 || c.Counter != 0):
		return c, ErrCounter
	}
	latched := c.Flags & Verified
	if vouched {
		latched |= d.flags & Verified
	}
	c.Counter, c.Flags = d.counter, d.flags&^Verified|latched
	return c, nil
}

// signed is what a key signs.
func signed(data, clientData []byte) []byte {
	sum := sha256.Sum256(clientData)
	return append(bytes.Clone(data), sum[:]...)
}

// transports are the ways to reach a key that are worth keeping.
var transports = []string{"ble", "hybrid", "internal", "nfc", "smart-card", "usb"}

func known(named []string) []string {
	return slices.DeleteFunc(slices.Clone(transports), func(t string) bool { return !slices.Contains(named, t) })
}
