// Package leakedkey says by which number the filter of leaked passwords knows
// one, to who makes the filter and to who asks it.
package leakedkey

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// Of returns the number of a password, whose letters count as small ones.
func Of(password string) uint64 {
	sum := sha256.Sum256([]byte(strings.ToLower(password)))
	return binary.LittleEndian.Uint64(sum[:])
}
