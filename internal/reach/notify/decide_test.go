package notify

import (
	"fmt"
	"testing"
	"time"
)

// noon is on a Monday.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// quietFrom is quiet every day between two hours.
func quietFrom(from, to string) Quiet {
	q := Quiet{Days: map[string]Span{}}
	for _, day := range Days {
		q.Days[day] = Span{from, to}
	}
	return q
}

// TestEachRuleDecides changes one thing of a case in which everything goes out.
func TestEachRuleDecides(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Case)
		want   string // sound, mail, push
	}{
		"all of it":           {func(*Case) {}, "sent wanted, sent wanted, sent wanted"},
		"too old":             {func(c *Case) { c.Old = true }, "dropped too_old, dropped too_old, dropped too_old"},
		"one's own":           {func(c *Case) { c.Own = true }, "dropped own_act, dropped own_act, dropped own_act"},
		"read":                {func(c *Case) { c.Read = true }, "dropped read, dropped read, dropped read"},
		"another kind":        {func(c *Case) { c.Kind = Resolution }, "sent wanted, dropped not_wanted, dropped not_wanted"},
		"no part in it":       {func(c *Case) { c.Kind, c.Assigned = "", false }, "dropped sounds_others, dropped not_concerned, dropped not_concerned"},
		"sounds off":          {func(c *Case) { c.Settings.Audio.Mode = ModeNone }, "dropped sounds_off, sent wanted, sent wanted"},
		"not mine":            {func(c *Case) { c.Assigned = false }, "dropped sounds_others, sent wanted, sent wanted"},
		"a mention":           {func(c *Case) { c.Kind, c.Assigned = Mention, false }, "sent wanted, sent wanted, dropped not_wanted"},
		"nobody's":            {func(c *Case) { c.Assigned, c.Unassigned, c.Settings.Audio.Mode = false, true, ModeMineAndUnassigned }, "sent wanted, sent wanted, sent wanted"},
		"somebody else's":     {func(c *Case) { c.Assigned, c.Settings.Audio.Mode = false, ModeMineAndUnassigned }, "dropped sounds_others, sent wanted, sent wanted"},
		"all conversations":   {func(c *Case) { c.Assigned, c.Kind, c.Settings.Audio.Mode = false, "", ModeAll }, "sent wanted, dropped not_concerned, dropped not_concerned"},
		"no page":             {func(c *Case) { c.Pages = 0 }, "dropped no_page, sent wanted, sent wanted"},
		"no device":           {func(c *Case) { c.Devices = 0 }, "sent wanted, sent wanted, dropped no_device"},
		"focus":               {func(c *Case) { c.FocusUntil = noon.Add(time.Hour) }, "dropped focus, held focus, held focus"},
		"focus that is over":  {func(c *Case) { c.FocusUntil = noon }, "sent wanted, sent wanted, sent wanted"},
		"quiet hours":         {func(c *Case) { c.Settings.Quiet = quietFrom("11:00", "13:00") }, "dropped quiet_hours, held quiet_hours, held quiet_hours"},
		"other hours":         {func(c *Case) { c.Settings.Quiet = quietFrom("12:01", "12:00") }, "sent wanted, sent wanted, sent wanted"},
		"both, focus later":   {func(c *Case) { c.Settings.Quiet, c.FocusUntil = quietFrom("11:00", "13:00"), noon.Add(2*time.Hour) }, "dropped focus, held focus, held focus"},
		"both, quiet later":   {func(c *Case) { c.Settings.Quiet, c.FocusUntil = quietFrom("11:00", "13:00"), noon.Add(time.Minute) }, "dropped quiet_hours, held quiet_hours, held quiet_hours"},
		"old goes before all": {func(c *Case) { c.Old, c.Read, c.FocusUntil = true, true, noon.Add(time.Hour) }, "dropped too_old, dropped too_old, dropped too_old"},
	} {
		kinds := []Kind{AssignedMessage, Mention}
		one := Case{
			Kind: AssignedMessage, Assigned: true, Now: noon, Home: time.UTC, Pages: 1, Devices: 1,
			Settings: Settings{Audio: Sound{Mode: ModeMine}, Email: kinds, Push: kinds[:1]},
		}
		c.change(&one)
		got := ""
		for i, d := range Decide(one) {
			if d.Channel != order[i] || (d.Outcome == Held) != !d.Until.IsZero() {
				t.Errorf("%s: %+v", name, d)
			}
			if i > 0 {
				got += ", "
			}
			got += d.Outcome + " " + d.Rule
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestQuietHoursEndWhereTheClockSaysSo(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, oslo)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	night := quietFrom("18:00", "07:00")
	weekend := Quiet{Days: map[string]Span{"friday": {"18:00", "00:00"}, "saturday": {"00:00", "00:00"}, "sunday": {"00:00", "24:00"}, "monday": {"00:00", "07:00"}}}
	for _, c := range []struct {
		q        Quiet
		at, want string
	}{
		{night, "2026-11-23 17:59", ""},
		{night, "2026-11-23 18:00", "2026-11-24 07:00"},
		{night, "2026-11-24 06:59", "2026-11-24 07:00"},
		{night, "2026-11-24 07:00", ""},
		{night, "2026-10-25 01:00", "2026-10-25 07:00"}, // the night has an hour more
		{night, "2026-03-28 23:00", "2026-03-29 07:00"}, // and here one less
		{weekend, "2026-11-27 18:00", "2026-11-30 07:00"},
		{weekend, "2026-11-29 12:00", "2026-11-30 07:00"},
		{weekend, "2026-11-27 17:00", ""},
		{Quiet{Days: map[string]Span{"monday": {"12:00", "13:00"}}}, "2026-11-24 12:30", ""},
		{Quiet{}, "2026-11-24 12:30", ""},
		{Quiet{Zone: "Asia/Tokyo", Days: map[string]Span{"monday": {"20:00", "21:00"}}}, "2026-11-23 12:30", "2026-11-23 13:00"},
	} {
		want := ""
		if c.want != "" {
			want = at(c.want).UTC().String()
		}
		got := ""
		if end := c.q.Until(at(c.at), oslo); !end.IsZero() {
			got = end.UTC().String()
		}
		if got != want {
			t.Errorf("%s: quiet until %q, want %q", c.at, got, want)
		}
	}
	if end := quietFrom("00:00", "00:00").Until(at("2026-11-23 12:00"), oslo); end.Sub(at("2026-11-23 12:00")) < 7*24*time.Hour {
		t.Errorf("a week without an end ends at %v", end)
	}
}

func TestAnEventIsToEachWhatTheirPartInItIs(t *testing.T) {
	const me, other = "usr_me", "usr_other"
	for _, c := range []struct {
		e    Event
		want Kind
	}{
		{Event{Type: Created}, ConversationCreated},
		{Event{Type: Assigned, Assignee: me}, ConversationAssigned},
		{Event{Type: Assigned, Assignee: other}, ""},
		{Event{Type: Message, Assignee: me}, AssignedMessage},
		{Event{Type: Message, Assignee: me, Mentioned: []string{other, me}}, Mention},
		{Event{Type: Message, Assignee: other, Participants: []string{me}}, ParticipatingMessage},
		{Event{Type: Message, Assignee: other}, ""},
		{Event{Type: Missed, SLA: "next_response", Assignee: me}, NextReply},
		{Event{Type: Missed, SLA: "resolution"}, Resolution},
		{Event{Type: Missed, SLA: "resolution", Assignee: other}, ""},
		{Event{Type: Read, Reader: me}, ""},
	} {
		if got := c.e.kindFor(me); got != c.want {
			t.Errorf("%s is %q, want %q", fmt.Sprintf("%+v", c.e), got, c.want)
		}
	}
}
