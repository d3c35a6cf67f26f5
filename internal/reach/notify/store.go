package notify

import (
	"database/sql"
	"encoding/json"
	"time"

	"nameplate/internal/platform/db"
)

// settingsRow is what is kept of a member's settings.
type settingsRow struct {
	AudioMode      string
	Tone           string
	Volume         int64
	OnlyWhenHidden bool
	RepeatSound    bool
	Email          string
	Push           string
	HideContent    bool
	QuietHours     string
	Version        int64
}

func (r settingsRow) settings() Settings {
	s := Settings{
		Audio: Sound{r.AudioMode, r.Tone, int(r.Volume), r.OnlyWhenHidden, r.RepeatSound},
		Email: split(r.Email), Push: split(r.Push), HideContent: r.HideContent, Version: r.Version,
	}
	json.Unmarshal([]byte(r.QuietHours), &s.Quiet) //nolint:errcheck // only ever written by keep
	return s
}

// member is somebody who may be told, with what they have chosen.
type member struct {
	UserID         string
	TimeZone       string
	Chosen         bool // all that follows was chosen
	AudioMode      string
	Tone           string
	Volume         int64
	OnlyWhenHidden bool
	RepeatSound    bool
	Email          string
	Push           string
	HideContent    bool
	QuietHours     string
	Version        int64
}

// hearsOf reports whether an event may reach a member at all. It is asked of
// everybody for each event, so it is quick.
func (m member) hearsOf(e Event) bool {
	few := !m.Chosen || m.AudioMode == ModeMine || m.AudioMode == ModeNone
	return !few || e.kindFor(m.UserID) != "" || e.names(m.UserID)
}

func (m member) settings() Settings {
	if !m.Chosen {
		return newSettings()
	}
	return settingsRow{
		m.AudioMode, m.Tone, m.Volume, m.OnlyWhenHidden, m.RepeatSound, m.Email, m.Push, m.HideContent, m.QuietHours, m.Version,
	}.settings()
}

// decided is a line of the ledger.
type decided struct {
	Event     string
	Channel   string
	Kind      string
	Outcome   string
	Rule      string
	Until     sql.Null[time.Time]
	DecidedAt time.Time
}

// waiting is a mail that waits.
type waiting struct {
	ID           string
	Event        string
	Conversation string
	Content      []byte // sealed
	OccurredAt   time.Time
	DueAt        time.Time
	Held         bool
}

// accepted is an event that was taken.
type accepted struct {
	Type       string
	ReceivedAt time.Time
}

var (
	settingsOf = db.Rows[settingsRow](`
		SELECT audio_mode, tone, volume, only_when_hidden, repeat_sound, email, push, hide_content, quiet_hours, version
		FROM notification_settings WHERE organization_id = $1 AND user_id = $2`)
	keepSettings = db.Exec(`
		INSERT INTO notification_settings (organization_id, user_id, audio_mode, tone, volume, only_when_hidden, repeat_sound,
			email, push, hide_content, quiet_hours, version)
		VALUES ($1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET audio_mode = excluded.audio_mode, tone = excluded.tone, volume = excluded.volume,
			only_when_hidden = excluded.only_when_hidden, repeat_sound = excluded.repeat_sound, email = excluded.email, push = excluded.push,
			hide_content = excluded.hide_content, quiet_hours = excluded.quiet_hours, version = excluded.version
		WHERE notification_settings.version = $3`)
	members = db.Rows[member](`
		SELECT m.user_id, u.time_zone, s.version IS NOT NULL AS chosen, COALESCE(s.audio_mode, '') AS audio_mode, COALESCE(s.tone, '') AS tone,
			COALESCE(s.volume, 0) AS volume, COALESCE(s.only_when_hidden, FALSE) AS only_when_hidden,
			COALESCE(s.repeat_sound, FALSE) AS repeat_sound, COALESCE(s.email, '') AS email, COALESCE(s.push, '') AS push,
			COALESCE(s.hide_content, FALSE) AS hide_content, COALESCE(s.quiet_hours, '') AS quiet_hours, COALESCE(s.version, 0) AS version
		FROM memberships m JOIN users u ON u.id = m.user_id
		LEFT JOIN notification_settings s ON s.organization_id = m.organization_id AND s.user_id = m.user_id
		WHERE m.organization_id = $1 AND m.role <> 'billing' AND u.state = 'active'
		ORDER BY m.user_id`).Kept(256)  // always in the same order, in which rows are held

	takeEvent = db.Exec(`
		INSERT INTO events (organization_id, id, type, received_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (organization_id, id) DO NOTHING`)
	eventOf = db.Rows[accepted](`SELECT type, received_at FROM events WHERE organization_id = $1 AND id = $2`)

	noteRead = db.Exec(`
		INSERT INTO conversation_reads (organization_id, user_id, conversation, read_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (organization_id, user_id, conversation) DO UPDATE SET read_at = excluded.read_at
		WHERE conversation_reads.read_at < excluded.read_at`)
	readersOf = db.Rows[string](`
		SELECT user_id FROM conversation_reads WHERE organization_id = $1 AND conversation = $2 AND read_at >= $3`)
	readMails = db.Rows[string](`
		DELETE FROM notification_mails
		WHERE organization_id = $1 AND user_id = $2 AND conversation = $3 AND occurred_at <= $4 RETURNING event`)

	decide = db.Exec(`
		INSERT INTO notification_decisions (organization_id, user_id, event, channel, kind, outcome, rule, until, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organization_id, user_id, event, channel) DO NOTHING`)
	revise = db.Exec(`
		UPDATE notification_decisions SET outcome = $5, rule = $6, until = $7, decided_at = $8
		WHERE organization_id = $1 AND user_id = $2 AND event = $3 AND channel = $4`)
	cameLate = db.Exec(`
		UPDATE notification_decisions SET outcome = $5, rule = $6, decided_at = $7
		WHERE organization_id = $1 AND user_id = $2 AND event = $3 AND channel = $4 AND rule = $8`)
	ledgerOf = db.Rows[decided](`
		SELECT event, channel, kind, outcome, rule, until, decided_at FROM notification_decisions
		WHERE organization_id = $1 AND user_id = $2 AND event = $3`)
	latest = db.Rows[decided](`
		SELECT event, channel, kind, outcome, rule, until, decided_at FROM notification_decisions
		WHERE organization_id = $1 AND user_id = $2 ORDER BY decided_at DESC, event LIMIT $3`)

	holdMail = db.Exec(`
		INSERT INTO notification_mails (id, organization_id, user_id, event, conversation, content, occurred_at, due_at, held)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organization_id, user_id, event) DO NOTHING`)
	waitingFor = db.Rows[waiting](`
		SELECT id, event, conversation, content, occurred_at, due_at, held FROM notification_mails
		WHERE organization_id = $1 AND user_id = $2 ORDER BY occurred_at, id`)
	dropMail = db.Exec(`DELETE FROM notification_mails WHERE id = $1`)
	postpone = db.Exec(`UPDATE notification_mails SET due_at = $2, held = TRUE WHERE id = $1`)
	free     = db.Exec(`UPDATE notification_mails SET due_at = $2 WHERE user_id = $1 AND held = TRUE AND due_at > $2`)

	holdPush = db.Exec(`
		INSERT INTO notification_pushes (organization_id, user_id, event, conversation, occurred_at, due_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organization_id, user_id, event) DO NOTHING`)
	readPushes = db.Rows[string](`
		DELETE FROM notification_pushes
		WHERE organization_id = $1 AND user_id = $2 AND conversation = $3 AND occurred_at <= $4 RETURNING event`)
	takePushes = db.Rows[string](`
		DELETE FROM notification_pushes WHERE organization_id = $1 AND user_id = $2 AND due_at <= $3 RETURNING event`)
	postponePushes = db.Rows[string](`
		UPDATE notification_pushes SET due_at = $4 WHERE organization_id = $1 AND user_id = $2 AND due_at <= $3 RETURNING event`)
	freePushes = db.Exec(`UPDATE notification_pushes SET due_at = $2 WHERE user_id = $1 AND due_at > $2`)

	sweepPushes    = db.Exec(`DELETE FROM notification_pushes WHERE due_at <= $1`)
	sweepMails     = db.Exec(`DELETE FROM notification_mails WHERE due_at <= $1`)
	sweepEvents    = db.Exec(`DELETE FROM events WHERE received_at <= $1`)
	sweepReads     = db.Exec(`DELETE FROM conversation_reads WHERE read_at <= $1`)
	sweepDecisions = db.Exec(`DELETE FROM notification_decisions WHERE decided_at <= $1`)
)
