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
	used    kind = "backup_code.used"
	// suspected: the counter of a passkey went backwards.
	suspected kind = "factor.suspected"
	reset     kind = "factors.reset"
)

// words tell the person what has changed. of is the kind of the factor.
func words(ctx context.Context, k kind, of string) notice.Words {
	subject, lead := i18n.T(ctx, "factor.mail_codes_subject"), i18n.T(ctx, "factor.mail_codes_lead")
	switch {
	case k == suspected:
		subject, lead = i18n.T(ctx, "factor.mail_suspected_subject"), i18n.T(ctx, "factor.mail_suspected_lead")
	case k == added && of == WebAuthn:
		subject, lead = i18n.T(ctx, "factor.mail_passkey_added_subject"), i18n.T(ctx, "factor.mail_passkey_added_lead")
	case k == removed && of == WebAuthn:
		subject, lead = i18n.T(ctx, "factor.mail_passkey_removed_subject"), i18n.T(ctx, "factor.mail_passkey_removed_lead")
	case k == added && of == SMS:
		subject, lead = i18n.T(ctx, "factor.mail_phone_added_subject"), i18n.T(ctx, "factor.mail_phone_added_lead")
	case k == removed && of == SMS:
		subject, lead = i18n.T(ctx, "factor.mail_phone_removed_subject"), i18n.T(ctx, "factor.mail_phone_removed_lead")
	case k == added:
		subject, lead = i18n.T(ctx, "factor.mail_added_subject"), i18n.T(ctx, "factor.mail_added_lead")
	case k == removed:
		subject, lead = i18n.T(ctx, "factor.mail_removed_subject"), i18n.T(ctx, "factor.mail_removed_lead")
	case k == reset:
		subject, lead = i18n.T(ctx, "factor.mail_reset_subject"), i18n.T(ctx, "factor.mail_reset_lead")
	}
	return notice.Words{Subject: subject, Lead: []string{lead}}
}
