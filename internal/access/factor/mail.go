package factor

import (
	"context"

	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/i18n"
)

// kind is a change of factors, as the journal and the mail call it.
type kind string

const (
	added   kind = "factor.added"
	removed kind = "factor.removed"
	renewed kind = "backup_codes.renewed"
)

// words tell the person what has changed.
func words(ctx context.Context, k kind) notice.Words {
	subject, lead := i18n.T(ctx, "factor.mail_codes_subject"), i18n.T(ctx, "factor.mail_codes_lead")
	switch k {
	case added:
		subject, lead = i18n.T(ctx, "factor.mail_added_subject"), i18n.T(ctx, "factor.mail_added_lead")
	case removed:
		subject, lead = i18n.T(ctx, "factor.mail_removed_subject"), i18n.T(ctx, "factor.mail_removed_lead")
	}
	return notice.Words{Subject: subject, Lead: []string{lead}}
}
