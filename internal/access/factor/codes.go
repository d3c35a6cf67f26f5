package factor

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

const (
	codes   = 10 // backup codes that a person has
	codeLen = 12 // signs of five bits each
	few     = 3  // so many left, or fewer, are worth a warning

	// alphabet has no letter that looks like a digit. It has 32 signs, so a
	// random byte modulo its length favours none.
	alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

	macPurpose = "backup code"
)

func newCodes() []secret.Secret {
	fresh := make([]secret.Secret, codes)
	for i := range fresh {
		var signs [codeLen]byte
		_, _ = rand.Read(signs[:]) // never fails: it ends the process instead
		for j, b := range signs {
			signs[j] = alphabet[int(b)%len(alphabet)]
		}
		fresh[i] = secret.Secret(signs[:])
	}
	return fresh
}

// likeness reads a sign that was mistaken for another one.
var likeness = strings.NewReplacer("o", "0", "i", "1", "l", "1")

// codeOf reads a backup code as people type it.
func codeOf(typed string) (code string, ok bool) {
	code = likeness.Replace(strings.ToLower(bare(typed)))
	return code, len(code) == codeLen && strings.Trim(code, alphabet) == ""
}

func bound(userID, code string) []byte { return fmt.Appendf(nil, "%q %s", userID, code) }

// firstCodes makes the codes that come with the first factor.
func (s *Service) firstCodes(ctx context.Context, tx *db.Tx, userID string) ([]secret.Secret, error) {
	if on, err := confirmed.One(ctx, tx, userID); err != nil || on > 1 {
		return nil, err
	}
	return s.replaceCodes(ctx, tx, userID)
}

// replaceCodes ends the codes of a user and keeps fresh ones.
func (s *Service) replaceCodes(ctx context.Context, tx *db.Tx, userID string) ([]secret.Secret, error) {
	if _, err := dropAll.Run(ctx, tx, userID); err != nil {
		return nil, err
	}
	fresh := newCodes()
	for _, code := range fresh {
		if _, err := addCode.Run(ctx, tx, userID, s.Keys.MAC(macPurpose, bound(userID, code.Reveal())), s.Clock.Now()); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}
