package coverage_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/reach/coverage"
	"nameplate/internal/reach/notify"
)

type object = map[string]any

type week struct {
	TimeZone string `json:"time_zone"`
	From, To time.Time
	Items    []struct {
		Channel  string
		Members  int
		People   []int
		Capacity []int
		Gaps     []struct{ From, To time.Time }
	}
}

// at is the index of a slot that begins at a moment.
func (w week) at(t time.Time) int { return int(t.Sub(w.From) / coverage.Step) }

func TestCoverageFollowsFromQuietHoursChannelsAndFocus(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		boss := s.Member("boss@example.com", org, identity.Admin)
		boss.JSON(http.MethodPatch, "/v1/orgs/"+org, object{"time_zone": "Europe/Oslo"}).Want(200)
		day, night := s.Member("day@example.com", org, identity.Agent), s.Member("night@example.com", org, identity.Agent)
		for _, one := range []apptest.Somebody{day, night} {
			one.JSON(http.MethodPut, "/v1/me/channels/chat", object{"enabled": true, "capacity": 3}).Want(200)
		}
		quiet := func(zone, from, to string) object {
			days := object{}
			for _, d := range notify.Days {
				days[d] = object{"from": from, "to": to}
			}
			return object{"quiet_hours": object{"time_zone": zone, "days": days}}
		}
		day.JSON(http.MethodPatch, "/v1/me/notifications", quiet("Europe/Oslo", "18:00", "08:10")).Want(200)
		night.JSON(http.MethodPatch, "/v1/me/notifications", quiet("America/New_York", "00:00", "12:00")).Want(200) // 6 to 18 in Oslo
		path := "/v1/orgs/" + org + "/coverage?channel=chat&from=2026-11-25"
		var w week
		boss.Get(path).Want(200).To(&w)
		oslo, err := time.LoadLocation("Europe/Oslo")
		if err != nil {
			t.Fatal(err)
		}
		monday := time.Date(2026, 11, 23, 0, 0, 0, 0, oslo)
		if w.TimeZone != "Europe/Oslo" || !w.From.Equal(monday) || len(w.Items) != 1 || w.Items[0].Members != 2 || len(w.Items[0].People) != 336 {
			t.Fatalf("%+v", w)
		}
		chat := w.Items[0]
		for clock, want := range map[string]int{"05:30": 1, "06:00": 0, "07:30": 0, "08:00": 0, "08:30": 1, "17:30": 1, "18:00": 1, "23:00": 1} {
			at, err := time.ParseInLocation("15:04", clock, oslo)
			if err != nil {
				t.Fatal(err)
			}
			i := w.at(monday.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute))
			if chat.People[i] != want || chat.Capacity[i] != 3*want {
				t.Errorf("at %s %d people for %d", clock, chat.People[i], chat.Capacity[i])
			}
		}
		if len(chat.Gaps) != 7 || chat.Gaps[0].To.Sub(chat.Gaps[0].From) != 150*time.Minute {
			t.Errorf("%+v", chat.Gaps)
		}
		boss.Get("/settings/channels/coverage?from=2026-11-25").Want(200).Contains("Monday 06:00 to Monday 08:30").Contains("Nobody for 2.5 h")

		// It is 9:30 in UTC on Monday the 23rd: an hour of focus takes the day away.
		day.JSON(http.MethodPut, "/v1/me/focus", object{"until": s.Clock.Now().Add(time.Hour), "message": ""}).Want(200)
		boss.Get(path).To(&w)
		if i := w.at(s.Clock.Now()); w.Items[0].People[i] != 0 || w.Items[0].People[i-1] != 1 || w.Items[0].People[i+2] != 1 {
			t.Errorf("around the focus: %v", w.Items[0].People[i-2:i+4])
		}
		boss.Get("/v1/orgs/"+org+"/coverage?from=soon").Refused(422, "validation_failed", "from")
		day.Get("/v1/orgs/"+org+"/coverage").Refused(403, "forbidden")
	})
}

// of returns a service of made-up members.
func of(zone string, takers []coverage.Taker, away map[string]coverage.Away, now time.Time) *coverage.Service {
	return &coverage.Service{
		Clock:    clock.At(now),
		Channels: func(context.Context, string) ([]string, error) { return []string{"chat"}, nil },
		Takers:   func(context.Context, string) ([]coverage.Taker, error) { return takers, nil },
		Away:     func(context.Context, string) (map[string]coverage.Away, error) { return away, nil },
		Zone:     func(context.Context, string) (*time.Location, error) { return time.LoadLocation(zone) },
	}
}

func TestAWeekHasTheHalfHoursThatItReallyHas(t *testing.T) {
	nights := notify.Quiet{Days: map[string]notify.Span{}}
	for _, d := range notify.Days {
		nights.Days[d] = notify.Span{From: "22:00", To: "06:00"}
	}
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	away := map[string]coverage.Away{"a": {Key: "nights", Hours: func(from, to time.Time) (all []coverage.Stretch) {
		for _, s := range nights.Between(from, to, oslo) {
			all = append(all, coverage.Stretch(s))
		}
		return all
	}}}
	for day, want := range map[string]struct{ slots, sunday int }{"2027-03-28": {334, 16}, "2027-10-31": {338, 16}, "2027-06-01": {336, 16}} {
		s := of("Europe/Oslo", []coverage.Taker{{UserID: "a", Channel: "chat", Capacity: 1}}, away, time.Date(2027, 1, 4, 12, 0, 0, 0, time.UTC))
		w, err := s.Week(t.Context(), "", day)
		if err != nil {
			t.Fatal(err)
		}
		slots := w.Channels[0].Slots
		heard := 0
		for _, slot := range slots {
			if slot.At.In(oslo).Weekday() == time.Sunday {
				heard += slot.People
			}
			if hour := slot.At.In(oslo).Hour(); (slot.People == 0) != (hour < 6 || hour >= 22) {
				t.Errorf("%s: %d people at %s", day, slot.People, slot.At.In(oslo))
			}
		}
		if len(slots) != want.slots || heard != want.sunday*2 {
			t.Errorf("%s: %d slots, of Sunday %d are heard", day, len(slots), heard)
		}
	}
}

func TestTenThousandMembersTakeNoTime(t *testing.T) {
	takers, away := make([]coverage.Taker, 10_000), map[string]coverage.Away{}
	for i := range takers {
		id := fmt.Sprint("usr_", i)
		takers[i] = coverage.Taker{UserID: id, Channel: "chat", Capacity: 1}
		hours := coverage.Stretch{From: time.Date(2026, 11, 23, i%24, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
		away[id] = coverage.Away{Key: fmt.Sprint(i % 24), Hours: func(time.Time, time.Time) []coverage.Stretch { return []coverage.Stretch{hours} }}
	}
	w, err := of("UTC", takers, away, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)).Week(t.Context(), "", "")
	if err != nil || w.Channels[0].Members != 10_000 {
		t.Fatal(err)
	}
	if first := w.Channels[0].Slots[0].People; first != 10_000-417 || !slices.ContainsFunc(w.Channels[0].Slots, func(s coverage.Slot) bool { return s.People == 10_000 }) {
		t.Errorf("%d hear at first", first)
	}
}
