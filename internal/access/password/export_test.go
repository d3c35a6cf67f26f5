package password

import (
	"context"
	"testing"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/secret"
)

// Renew is what happens after a right password whose hash was this.
func (s *Service) Renew(ctx context.Context, userID, hash string, password secret.Secret) error {
	return s.renew(ctx, guess{user: identity.User{ID: userID}, hash: hash}, password)
}

// HashOf returns the hash of a user's password.
func (s *Service) HashOf(t testing.TB, userID string) string {
	t.Helper()
	hash, err := hashOf.One(t.Context(), s.DB, userID)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}
