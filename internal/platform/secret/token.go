package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
)

const (
	tokenBytes  = 32
	bodyLen     = 43 // 62⁴³ > 2²⁵⁶
	checksumLen = 6  // 62⁶ > 2³²
	base62      = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// NewToken returns a fresh token of 256 random bits. Its kind is two small
// letters: "se" gives "npse_", 43 signs and a checksum of 6.
func NewToken(kind string) Secret {
	var random [tokenBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	text := tokenPrefix(kind) + inBase62(new(big.Int).SetBytes(random[:]), bodyLen)
	return Secret(text + checksum(text))
}

// ParseToken returns the hash by which a token of that kind is stored. It
// reports false for whatever [NewToken] cannot have made: another kind, length
// or sign, or a checksum that is not the token's.
func ParseToken(kind, text string) (hash []byte, ok bool) {
	body, ok := strings.CutPrefix(text, tokenPrefix(kind))
	if !ok || len(body) != bodyLen+checksumLen || strings.Trim(body, base62) != "" {
		return nil, false
	}
	signed, sum := text[:len(text)-checksumLen], text[len(text)-checksumLen:]
	if checksum(signed) != sum {
		return nil, false
	}
	return Hash(Secret(text)), true
}

// Hash returns the SHA-256 of s, 32 bytes. It is for secrets of 128 random bits
// and more; anything shorter needs [Keys.MAC].
func Hash(s Secret) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// SixDigits returns a fresh code from 000000 to 999999, each as likely as the
// others.
func SixDigits() Secret {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic("secret: " + err.Error()) // the reader never fails
	}
	return Secret(fmt.Sprintf("%06d", n))
}

func tokenPrefix(kind string) string { return "np" + kind + "_" }

func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return inBase62(new(big.Int).SetUint64(uint64(sum)), checksumLen)
}

func inBase62(n *big.Int, length int) string {
	digits := n.Text(len(base62))
	return strings.Repeat("0", length-len(digits)) + digits
}
