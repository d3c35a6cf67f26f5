package live_test

import (
	"testing"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/live"
)

func state(t *testing.T, f *live.Feed, want live.State) {
	t.Helper()
	if got, found := f.Receipt("r", "mei"); !found || got != want {
		t.Errorf("%+v, %v; want %+v", got, found, want)
	}
}

func TestAReceiptCountsWhatWasShown(t *testing.T) {
	f, c := live.New(true), clock.At(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	f.Clock = c
	card, page, cache, other := f.Watch("user:mei"), f.Watch("user:mei", "org:a"), f.Subscribe("user:mei"), f.Watch("user:leila")
	defer cache.Close()
	defer other.Close()

	f.Track("r", "mei", "user:mei")
	state(t, f, live.State{Surfaces: 2})
	if !woken(card) || !woken(page) || woken(cache) || woken(other) {
		t.Error("want those woken that show the topic, and nobody else")
	}
	c.Advance(40 * time.Millisecond)
	owed := card.Owed()
	state(t, f, live.State{Surfaces: 2})
	card.Shown(owed)
	card.Shown(card.Owed())
	state(t, f, live.State{Surfaces: 2, Delivered: 1, After: 40 * time.Millisecond})
	page.Close()
	card.Close()
	state(t, f, live.State{Surfaces: 1, Delivered: 1, After: 40 * time.Millisecond, Done: true})
}

func TestAReceiptIsItsOwnersForSomeMinutes(t *testing.T) {
	f, c := live.New(true), clock.At(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	f.Clock = c
	f.Track("r", "mei", "user:mei")
	state(t, f, live.State{Done: true})
	if _, found := f.Receipt("r", "leila"); found {
		t.Error("somebody else has it")
	}
	c.Advance(11 * time.Minute)
	if _, found := f.Receipt("r", "mei"); found {
		t.Error("it is kept for ever")
	}
}
