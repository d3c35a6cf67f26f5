package live_test

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/live"
)

// node runs a feed over a database until the test ends.
func node(t *testing.T, d *db.DB) *live.Feed {
	t.Helper()
	f := live.New(false)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.Relay(ctx, d, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { stop(); <-ended })
	return f
}

func waits(t *testing.T, s *live.Subscription) {
	t.Helper()
	select {
	case <-s.C:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody told")
	}
}

func TestNodesTellEachOther(t *testing.T) {
	d := dbtest.NewPostgres(t)
	one, two := node(t, d), node(t, d)
	heard, other := two.Subscribe("user:mei"), two.Subscribe("user:leila")
	waits(t, heard) // everybody looks again once the node hears
	waits(t, other)

	one.Publish("user:mei")
	waits(t, heard)
	if woken(other) {
		t.Error("woken by a topic of somebody else")
	}
}

func TestANodeThatWasCutOffLooksAgainAtEverything(t *testing.T) {
	url := dbtest.PostgresURL(t)
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	one := node(t, d)
	heard := one.Subscribe("user:mei")
	waits(t, heard)
	mark := one.Mark("user:mei")

	cut(t, url)
	waits(t, heard)
	if mark.Fresh() {
		t.Error("what was read before is called fresh")
	}
}

// cut ends the connections on which nodes listen.
func cut(t *testing.T, url string) {
	t.Helper()
	pool, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%'`); err != nil {
		t.Fatal(err)
	}
}

func TestMoreThanAWordHoldsIsToldInSeveral(t *testing.T) {
	d := dbtest.NewPostgres(t)
	one, two := node(t, d), node(t, d)
	var topics []string
	var all []*live.Subscription
	for i := range 200 {
		topics = append(topics, "user:usr_01h455vb4pex5vsknk084sn02q"+string(rune('a'+i)))
		all = append(all, two.Subscribe(topics[i]))
	}
	for _, s := range all {
		waits(t, s)
	}
	one.Publish(topics...)
	for _, s := range all {
		waits(t, s)
	}
}
