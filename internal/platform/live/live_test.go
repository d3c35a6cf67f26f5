package live_test

import (
	"testing"

	"nameplate/internal/platform/live"
)

func woken(s *live.Subscription) bool {
	select {
	case _, open := <-s.C:
		return open
	default:
		return false
	}
}

func TestABurstWakesASubscriberOnce(t *testing.T) {
	f := live.New(true)
	s := f.Subscribe("user:a", "org:b")
	defer s.Close()
	f.Publish("user:a", "org:b")
	f.Publish("user:a")
	if !woken(s) || woken(s) {
		t.Fatal("want exactly one wake")
	}
	f.Publish("user:c")
	if woken(s) {
		t.Fatal("woken by a topic of somebody else")
	}
}

func TestAClosedSubscriptionIsNotWoken(t *testing.T) {
	f := live.New(true)
	s := f.Subscribe("user:a")
	s.Close()
	f.Publish("user:a")
	if woken(s) {
		t.Fatal("woken after Close")
	}
}

func TestClosingTheFeedEndsEveryStream(t *testing.T) {
	f := live.New(true)
	before := f.Subscribe("user:a", "org:b")
	f.Close()
	f.Close()
	after := f.Subscribe("user:a")
	for _, s := range []*live.Subscription{before, after} {
		if _, open := <-s.C; open {
			t.Fatal("still open")
		}
		s.Close()
	}
}

func TestAMarkIsFreshUntilItsTopicChanges(t *testing.T) {
	f := live.New(true)
	m := f.Mark("user:a")
	if !m.Fresh() {
		t.Fatal("not fresh at once")
	}
	f.Publish("user:a")
	if m.Fresh() {
		t.Fatal("fresh after a change")
	}
}

func TestAPartialFeedNeverVouchesForACache(t *testing.T) {
	if live.New(false).Mark("user:a").Fresh() {
		t.Fatal("a node that does not hear everything called its cache fresh")
	}
}
