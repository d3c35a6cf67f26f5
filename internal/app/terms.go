package app

import (
	"context"
	"strings"

	"nameplate/internal/access/password"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/i18n"
)

// fieldWords are the keys of what the fields of a profile are called.
var fieldWords = map[string]string{
	"first_name": "profile.first_name", "last_name": "profile.last_name", "full_name": "profile.full_name", "display_name": "profile.display_name",
	"bio": "profile.bio", "designation": "profile.designation", "phone": "profile.phone", "pronouns": "profile.pronouns",
	"locale": "profile.language", "time_zone": "profile.time_zone", "email": "profile.email",
}

// fieldWord is what a field is called, or nothing.
func fieldWord(ctx context.Context, name string) string {
	if key, known := fieldWords[name]; known {
		return i18n.T(ctx, key)
	}
	return ""
}

// terms says in sentences what holds for whoever has these memberships: what a
// password needs, and each field that is not free. What is kept per
// organization is that of the first.
func (a *App) terms(ctx context.Context, all []identity.Membership) (passwords string, others []string, err error) {
	set, err := policy.Account(ctx, a.DB, all)
	if err != nil {
		return "", nil, err
	}
	var needs []string
	for _, item := range password.RulesOf(set).Items() {
		needs = append(needs, item.Text(ctx))
	}
	for _, field := range policy.Fields {
		if c := set.Control(field, all[0].Role); !c.Editable {
			others = append(others, i18n.T(ctx, "app.term_field", "Field", fieldWord(ctx, field), "Rule", i18n.T(ctx, "policy.rule."+c.Reason)))
		}
	}
	factor, err := a.factorTerm(ctx, all[0])
	if factor != "" {
		others = append(others, factor)
	}
	return i18n.T(ctx, "app.term_password", "Needs", strings.Join(needs, " · ")), others, err
}

// factorTerm says whether and when a member needs a second factor, or nothing.
func (a *App) factorTerm(ctx context.Context, m identity.Membership) (string, error) {
	set, err := policy.Effective(ctx, a.DB, policy.Scope{OrganizationID: m.OrganizationID, Role: m.Role})
	if err != nil || !policy.MFARequired.Of(set).Has(m.Role) {
		return "", err
	}
	if days := policy.MFAGrace.Of(set); days > 0 {
		return i18n.T(ctx, "app.term_factor_days", "Count", days), nil
	}
	return i18n.T(ctx, "app.term_factor"), nil
}
