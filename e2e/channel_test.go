package e2e

import (
	"net/http"
	"testing"
	"time"

	"nameplate/internal/platform/clock"
)

// busy takes conversations on three channels, and has some.
func busy(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Mei Tanaka")
	for channel, capacity := range map[string]int{"chat": 5, "voice": 1, "email": 8} {
		p.must(t, http.MethodPut, "/v1/me/channels/"+channel, map[string]any{"enabled": true, "capacity": capacity}, nil)
	}
	p.must(t, http.MethodPut, "/v1/me/channels/sms", map[string]any{"enabled": false, "capacity": 4}, nil)
	for _, c := range [][2]string{{"chat", "4812"}, {"chat", "4813"}, {"chat", "4820"}, {"voice", "4801"}} {
		p.must(t, http.MethodPost, "/v1/orgs/"+p.office(t)+"/reservations", map[string]any{"channel": c[0], "conversation": c[1]}, nil)
	}
	return p
}

// office is the id of the person's own organization.
func (p *person) office(t testing.TB) string {
	t.Helper()
	id, err := p.organization()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// locked has numbers that supervisors set.
func locked(t testing.TB) *person {
	t.Helper()
	p := busy(t)
	p.rule(t, map[string]any{"capacity.self": "readonly"})
	return p
}

// away is in focus.
func away(t testing.TB) *person {
	t.Helper()
	p := busy(t)
	p.must(t, http.MethodPut, "/v1/me/focus", map[string]any{"until": clock.System{}.Now().Add(3 * time.Hour), "message": "Training"}, nil)
	return p
}

func TestAChannelIsSwitchedOffAndFocusIsOnTheCard(t *testing.T) {
	t.Parallel()
	p := busy(t)
	b := as(t, p)
	b.open("/settings/channels")
	b.sees("3 of 5 in use", "1 of 1 in use, no room", "keeps its 4")
	b.the("switch", en("channel.name.chat")).click()
	b.the("button", en("channel.more", "Channel", en("channel.name.voice"))).click()
	b.sees(unsaved(en("channel.name.voice") + " and " + en("channel.name.chat")))
	b.leaves(b.the("button", en("channel.save")).click)
	b.sees(en("preferences.saved"), en("channel.off_keeps", "Count", 5), "1 of 2 in use")

	b.the("combobox", en("focus.how_long")).choose(en("focus.minutes", "Count", 60))
	b.leaves(b.the("button", en("focus.begin")).click)
	b.sees(en("focus.said_begun"))
	card := stranger(t, p.Server)
	card.open("/c/" + p.ID)
	card.sees("Back at ")
	b.leaves(b.the("button", en("focus.end")).click)
	b.sees(en("focus.said_ended"))
	card.seesNot("Back at ")
}
