package factor

import (
	"context"

	"nameplate/internal/platform/i18n"
)

// about is what the page of a factor says of its kind.
type about struct {
	Lead        string
	RemoveTitle string
	RemoveLead  string
	Remove      string
}

func (f Factor) about(ctx context.Context) about {
	switch f.Kind {
	case SMS:
		return about{
			i18n.T(ctx, "factor.one_phone_lead"), i18n.T(ctx, "factor.remove_phone_title"),
			i18n.T(ctx, "factor.remove_lead"), i18n.T(ctx, "factor.remove_phone"),
		}
	case WebAuthn:
		return about{
			i18n.T(ctx, "factor.passkey_lead"), i18n.T(ctx, "factor.passkey_remove_title"),
			i18n.T(ctx, "factor.passkey_remove_lead"), i18n.T(ctx, "factor.passkey_remove"),
		}
	}
	return about{
		i18n.T(ctx, "factor.one_lead"), i18n.T(ctx, "factor.remove_title"), i18n.T(ctx, "factor.remove_lead"), i18n.T(ctx, "factor.remove"),
	}
}
