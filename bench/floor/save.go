package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
)

const (
	most        = 64 // saves to a commit
	checkpoints = time.Second
)

// save changes the bio of whoever has the cookie. Who that is was looked up
// once and is remembered.
func (s *server) save(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Bio string `json:"bio"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	user, err := s.writer.known(s.reader, r)
	if err == nil {
		err = s.writer.save(user, body.Bio)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.streams.wake()
	answer(w, s.headers["me"], s.me)
}

// writer commits what waits together.
type writer struct {
	db                     *sql.DB
	begin, update, journal *sql.Stmt
	commit                 *sql.Stmt
	queue                  chan change
	serial                 int
	users                  sync.Map // cookie → user id
}

type change struct {
	user, bio string
	done      chan error
}

func openWriter(file string) (*writer, error) {
	db, err := pool(file)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, queue: make(chan change, 1024)}
	for text, to := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &w.begin,
		"COMMIT":          &w.commit,
		`UPDATE users SET version = version + 1, first_name = first_name, last_name = last_name, full_name = full_name,
			display_name = display_name, bio = $2, phone = phone, pronouns = pronouns, locale = locale, time_zone = time_zone,
			visibility = visibility, updated_at = $3, updated_by = $1, updated_fields = 'bio' WHERE id = $1`: &w.update,
		`INSERT INTO journal_inbox (id, trail, at, actor, action, target, changes, details, origin)
			VALUES ($1, $2, $3, $4, 'profile.updated', $4, 'bio', '{}', 'api 127.0.0.0/24')`: &w.journal,
	} {
		if *to, err = conn.PrepareContext(context.Background(), text); err != nil {
			return nil, err
		}
	}
	go w.run()
	go w.checkpoint()
	return w, nil
}

func (w *writer) known(d *reader, r *http.Request) (string, error) {
	cookie := r.Header.Get("Cookie")
	if id, ok := w.users.Load(cookie); ok {
		return id.(string), nil
	}
	id, err := d.user(r)
	if err == nil {
		w.users.Store(cookie, id)
	}
	return id, err
}

func (w *writer) save(user, bio string) error {
	c := change{user, bio, make(chan error, 1)}
	w.queue <- c
	return <-c.done
}

func (w *writer) run() {
	for first := range w.queue {
		all := []change{first}
		for len(all) < most && len(w.queue) > 0 {
			all = append(all, <-w.queue)
		}
		err := w.batch(all)
		for _, c := range all {
			c.done <- err
		}
	}
}

func (w *writer) batch(all []change) error {
	if _, err := w.begin.Exec(); err != nil {
		return err
	}
	now := clock.System{}.Now().UnixMicro()
	for _, c := range all {
		if err := w.rows(c, now); err != nil {
			return err
		}
	}
	_, err := w.commit.Exec()
	return err
}

// rows are those that Nameplate writes: the user, and an entry in the person's
// trail and in that of the organization. Pseudonyms have as many letters.
func (w *writer) rows(c change, now int64) error {
	if _, err := w.update.Exec(c.user, c.bio, now); err != nil {
		return err
	}
	pseudonym := c.user[4:]
	for _, trail := range []string{pseudonym, "org_" + pseudonym} {
		w.serial++
		if _, err := w.journal.Exec(fmt.Sprintf("jrn_%026d", w.serial), trail, now, pseudonym); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) checkpoint() {
	for range time.Tick(checkpoints) {
		w.db.Exec("PRAGMA wal_checkpoint(PASSIVE)") //nolint:errcheck // the next one tries again
	}
}
