package webauthn

import (
	"crypto/sha256"
	"encoding/binary"
)

// Flags are what a key says of a ceremony and of itself.
type Flags byte

// The flags that matter here.
const (
	Present        Flags = 1 << 0 // somebody has touched the key
	Verified       Flags = 1 << 2 // and it was its user
	BackupEligible Flags = 1 << 3 // the key can be in several places
	BackedUp       Flags = 1 << 4 // and is

	hasCredential Flags = 1 << 6
	hasExtensions Flags = 1 << 7
)

// Has reports whether all of these are set.
func (f Flags) Has(these Flags) bool { return f&these == these }

const (
	headLen = 37 // hash of the party, flags, counter
	nameLen = 18 // AAGUID, length of the id
	minID   = 16
	maxID   = 1023
)

// data is what a key has signed (authenticator data).
type data struct {
	party   [sha256.Size]byte
	flags   Flags
	counter uint32
	id, key []byte // of a new credential
}

func readData(raw []byte) (d data, err error) {
	if len(raw) < headLen {
		return d, refused("%d bytes of data", len(raw))
	}
	copy(d.party[:], raw)
	d.flags, d.counter = Flags(raw[32]), binary.BigEndian.Uint32(raw[33:headLen])
	rest := raw[headLen:]
	if d.flags.Has(hasCredential) {
		if rest, err = d.readCredential(rest); err != nil {
			return d, err
		}
	}
	if d.flags.Has(hasExtensions) {
		var extensions any
		if extensions, rest, err = readCBOR(rest); err != nil {
			return d, refused("extensions: %w", err)
		}
		if _, ok := extensions.(table); !ok {
			return d, refused("extensions of another kind")
		}
	}
	if len(rest) > 0 {
		return d, refused("%d bytes follow the data", len(rest))
	}
	return d, nil
}

func (d *data) readCredential(raw []byte) (rest []byte, err error) {
	if len(raw) < nameLen {
		return nil, refused("the credential is cut off")
	}
	n := int(binary.BigEndian.Uint16(raw[nameLen-2:]))
	raw = raw[nameLen:]
	if n < minID || n > maxID || len(raw) < n {
		return nil, refused("an id of %d bytes", n)
	}
	d.id, raw = raw[:n], raw[n:]
	if _, rest, err = readCBOR(raw); err != nil {
		return nil, refused("key: %w", err)
	}
	d.key = raw[:len(raw)-len(rest)]
	return rest, nil
}

// checks holds data against the party, and flags against each other.
func (p Party) checks(d data, verified bool) error {
	switch {
	case d.party != sha256.Sum256([]byte(p.ID)):
		return refused("it is for another party")
	case !d.flags.Has(Present):
		return refused("nobody was present")
	case verified && !d.flags.Has(Verified):
		return refused("the user was not verified")
	case d.flags.Has(BackedUp) && !d.flags.Has(BackupEligible):
		return refused("it is backed up and can't be")
	}
	return nil
}
