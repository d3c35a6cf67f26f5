package token

import (
	"context"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/i18n"
)

// ScopeWords say what a scope allows: "Read your profile".
func ScopeWords(ctx context.Context, scope string) string {
	return i18n.T(ctx, "scope."+strings.ReplaceAll(scope, ":", "_"))
}

// may lists what a token may do.
func (t Token) may(ctx context.Context) string {
	all := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		all[i] = ScopeWords(ctx, s.Name)
	}
	return strings.Join(all, ", ")
}

// standard are the scopes of a token that is made in one click.
var standard = []string{identity.ProfileRead, identity.ProfileWrite}
