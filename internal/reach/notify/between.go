package notify

import (
	"context"
	"encoding/json"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

// Stretch is a time in which somebody is not to be told.
type Stretch struct{ From, To time.Time }

// Between returns the quiet hours that touch a time, by the clock of their own
// place, whatever that does at night. home is the person's time zone.
func (q Quiet) Between(from, to time.Time, home *time.Location) (all []Stretch) {
	if place, err := clock.Place(q.Zone); err == nil && q.Zone != "" {
		home = place
	}
	for day := from.In(home).AddDate(0, 0, -1); ; day = day.AddDate(0, 0, 1) {
		noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, home)
		if noon.Add(-36 * time.Hour).After(to) {
			return all
		}
		s, quiet := q.Days[Days[noon.Weekday()]]
		if !quiet {
			continue
		}
		if begin, end := s.on(noon); begin.Before(to) && end.After(from) {
			all = append(all, Stretch{begin, end})
		}
	}
}

// Hours are somebody's quiet hours, and whose day they follow.
type Hours struct {
	Quiet Quiet
	Home  *time.Location
	Key   string // the same for all who have the same hours
}

// HoursIn returns the quiet hours of an organization's members, by their ids.
// Who has none is not among them.
func (s *Service) HoursIn(ctx context.Context, organizationID string) (map[string]Hours, error) {
	rows, err := hoursIn.All(ctx, s.DB, organizationID)
	all, known := make(map[string]Hours, len(rows)), map[string]Hours{}
	for _, r := range rows {
		key := r.TimeZone + " " + r.QuietHours
		h, seen := known[key]
		if !seen {
			h = Hours{Home: identity.User{TimeZone: r.TimeZone}.Place(), Key: key}
			json.Unmarshal([]byte(r.QuietHours), &h.Quiet) //nolint:errcheck // only ever written by keep
			known[key] = h
		}
		if len(h.Quiet.Days) > 0 {
			all[r.UserID] = h
		}
	}
	return all, err
}

var hoursIn = db.Rows[struct{ UserID, TimeZone, QuietHours string }](`
	SELECT s.user_id, u.time_zone, s.quiet_hours
	FROM notification_settings s JOIN users u ON u.id = s.user_id
	WHERE s.organization_id = $1 AND s.quiet_hours <> '{}'`)
