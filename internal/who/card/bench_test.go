package card_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/app/apptest"
	"nameplate/internal/config"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/live"
	"nameplate/internal/platform/secret"
	"nameplate/internal/who/card"
)

// What does not drift with the machine is held here: how much a card costs.

// always is for a person who is never away.
func always(context.Context, db.Q, string) (time.Time, error) { return time.Time{}, nil }

func TestACardThatHasNotChangedAsksTheDatabaseNothing(t *testing.T) {
	d := dbtest.NewSQLite(t)
	keys, err := secret.ParseKeys(secret.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	s := &card.Service{DB: d, Clock: clock.At(apptest.Began), Feed: live.New(true), URL: &url.URL{Scheme: "http", Host: "localhost"}, Keys: keys, Back: always}
	var id string
	err = d.Tx(t.Context(), func(tx *db.Tx) (err error) {
		id, err = identity.Add(t.Context(), tx, identity.NewUser{Address: "ada@example.com", DisplayName: "Ada"}, apptest.Began)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Get(t.Context(), id, "", "")
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := renamed.Run(t.Context(), tx, id, "Ada L.")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Get(t.Context(), id, "", "")
	if err != nil || !bytes.Equal(again.Body, first.Body) {
		t.Errorf("got %s, %v although nobody said that it has changed", again.Body, err)
	}
	s.Feed.Publish("user:" + id)
	if again, err = s.Get(t.Context(), id, "", ""); err != nil || !bytes.Contains(again.Body, []byte("Ada L.")) {
		t.Errorf("got %s, %v after it has changed", again.Body, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if last, err := s.Get(t.Context(), id, "", ""); err != nil || !bytes.Equal(last.Body, again.Body) {
		t.Errorf("got %s, %v without a database", last.Body, err)
	}
}

// renamed changes a name and tells nobody.
var renamed = db.Exec(`UPDATE users SET display_name = $2 WHERE id = $1`)

// most is how many allocations the answer to one request may take, from the
// first line of ours to the last; those of net/http come on top.
const most = 16

func TestACardCostsFewAllocations(t *testing.T) {
	s := apptest.OnSQLite(t, unlogged)
	me := person(s)
	for name, header := range map[string]http.Header{
		"whole":     {"Accept-Encoding": {"gzip"}, "Accept-Language": {"de-DE,de;q=0.9,en;q=0.8"}},
		"unchanged": {"If-None-Match": {s.Browser().Get("/v1/cards/" + me.ID).Header.Get("ETag")}},
	} {
		t.Run(name, func(t *testing.T) {
			ask := asking(s, "/v1/cards/"+me.ID, header)
			if n := testing.AllocsPerRun(1000, ask); n > most {
				t.Errorf("%.0f allocations, and not %d at most", n, most)
			}
		})
	}
}

func BenchmarkACard(b *testing.B) {
	s := apptest.OnSQLite(b, unlogged)
	ask := asking(s, "/v1/cards/"+person(s).ID, http.Header{})
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}

func unlogged(_ *config.Config, o *app.Options) { o.Log = slog.New(slog.DiscardHandler) }

// asking returns a function that asks the server's handler for path.
func asking(s *apptest.Server, path string, header http.Header) func() {
	r := httptest.NewRequest(http.MethodGet, s.URL+path, nil)
	r.Header = header
	r.RemoteAddr = "127.0.0.1:40000"
	h, w := s.Handler(), sink{}
	return func() {
		clear(w)
		h.ServeHTTP(w, r)
	}
}

// sink takes an answer and keeps nothing of it.
type sink http.Header

func (s sink) Header() http.Header         { return http.Header(s) }
func (s sink) Write(b []byte) (int, error) { return len(b), nil }
func (s sink) WriteHeader(int)             {}
