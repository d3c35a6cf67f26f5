package preferences

import (
	"context"

	"nameplate/internal/platform/db"
)

// kept is of how many people each is remembered: nearly every page asks.
const kept = 1024

var (
	interactionOf = db.Rows[Interaction](`
		SELECT theme, avatar_output, audio_output, email, whatsapp_phone, whatsapp_at, version
		FROM interactions WHERE user_id = $1`).Kept(kept)
	keepInteraction = db.Exec(`
		INSERT INTO interactions (user_id, theme, avatar_output, audio_output, email, whatsapp_phone, whatsapp_at, version)
		VALUES ($1, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (user_id) DO UPDATE SET theme = excluded.theme, avatar_output = excluded.avatar_output,
			audio_output = excluded.audio_output, email = excluded.email, whatsapp_phone = excluded.whatsapp_phone,
			whatsapp_at = excluded.whatsapp_at, version = excluded.version
		WHERE interactions.version = $2`)

	configurationOf = db.Rows[Configuration](`
		SELECT start_page, clock, first_day_of_week, density, shortcuts, send_with_enter, draft_language, version
		FROM configurations WHERE user_id = $1`).Kept(kept)
	keepConfiguration = db.Exec(`
		INSERT INTO configurations (user_id, start_page, clock, first_day_of_week, density, shortcuts, send_with_enter, draft_language, version)
		VALUES ($1, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (user_id) DO UPDATE SET start_page = excluded.start_page, clock = excluded.clock,
			first_day_of_week = excluded.first_day_of_week, density = excluded.density, shortcuts = excluded.shortcuts,
			send_with_enter = excluded.send_with_enter, draft_language = excluded.draft_language, version = excluded.version
		WHERE configurations.version = $2`)
)

// writeInteraction writes over the version that was read. It returns 0 if there
// is another one by now.
func writeInteraction(ctx context.Context, tx *db.Tx, userID string, i Interaction, was int64) (int64, error) {
	return keepInteraction.Run(ctx, tx, userID, was, i.Theme, i.AvatarOutput, i.AudioOutput, i.Email, i.WhatsappPhone, i.WhatsappAt, i.Version)
}

// writeConfiguration likewise.
func writeConfiguration(ctx context.Context, tx *db.Tx, userID string, c Configuration, was int64) (int64, error) {
	return keepConfiguration.Run(ctx, tx, userID, was, c.StartPage, c.Clock, c.FirstDayOfWeek, c.Density, c.Shortcuts, c.SendWithEnter,
		c.DraftLanguage, c.Version)
}
