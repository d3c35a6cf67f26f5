package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// world is the two servers with their data.
type world struct {
	settings
	folder      string // of everything
	ours, floor *process
	people      people
	durability  string
	oursSize    int64 // bytes of the program
}

func (w *world) in(name string) string { return filepath.Join(w.folder, name) }

// prepare builds, fills and starts both.
func (w *world) prepare(ctx context.Context) (err error) {
	w.say("building")
	if err := w.build(ctx); err != nil {
		return err
	}
	w.say("adding %d people", manyPeople)
	if err := w.fill(ctx); err != nil {
		return err
	}
	if w.ours, err = w.startOurs(); err != nil {
		return err
	}
	if err := w.settleFloor(); err != nil {
		return err
	}
	w.floor, err = w.startFloor()
	return err
}

// fill lets Nameplate make its database, adds people to it while it is
// stopped, and gives the floor a copy.
func (w *world) fill(ctx context.Context) error {
	first, err := w.startOurs()
	if err != nil {
		return err
	}
	if err := first.stop(); err != nil {
		return err
	}
	if w.people, err = seed(ctx, w.in("ours")); err != nil {
		return err
	}
	if w.durability, err = durability(ctx, w.in("ours")); err != nil {
		return err
	}
	if err := os.Mkdir(w.in("floor"), 0o700); err != nil {
		return err
	}
	return copyFile(filepath.Join(w.in("ours"), "nameplate.db"), filepath.Join(w.in("floor"), "nameplate.db"))
}

// settleFloor writes down Nameplate's answers, for the floor to give.
func (w *world) settleFloor() error {
	headers := map[string]http.Header{}
	for _, o := range w.all() {
		if o.name == "save" {
			continue
		}
		a, err := w.ours.ask(o.requests(w.ours)[0])
		if err != nil {
			return err
		}
		headers[o.name] = fixed(a.header)
		if err := w.forFloor(o.name, a.body); err != nil {
			return err
		}
		if o.name == "card" {
			if err := w.forFloor("etag", []byte(a.header.Get("Etag"))); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(headers)
	if err != nil {
		return err
	}
	return w.forFloor("headers", text)
}

// fixed leaves out what net/http adds by itself.
func fixed(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{"Date", "Content-Length", "Transfer-Encoding"} {
		h.Del(name)
	}
	return h
}

func (w *world) forFloor(name string, data []byte) error {
	return os.WriteFile(filepath.Join(w.in("floor"), name), data, 0o600)
}

func (w *world) startOurs() (*process, error) {
	return start(w.in("nameplate"), "/healthz", func(addr string) ([]string, []string) {
		return []string{"serve"}, []string{"NAMEPLATE_ADDR=" + addr, "NAMEPLATE_DATA=" + w.in("ours")}
	})
}

func (w *world) startFloor() (*process, error) {
	return start(w.in("floor-server"), "/v1/cards/"+w.people.shown, func(addr string) ([]string, []string) {
		return []string{"-addr", addr, "-data", w.in("floor")}, nil
	})
}

func (w *world) stop() {
	for _, p := range []*process{w.ours, w.floor} {
		if p != nil {
			p.stop() //nolint:errcheck // what it has to say was said before
		}
	}
}

// run measures everything and returns the report.
func (w *world) run(ctx context.Context) (*report, error) {
	r := &report{Durability: w.durability, People: manyPeople}
	if err := w.same(ctx); err != nil {
		return nil, err
	}
	if err := w.operations(ctx, r); err != nil {
		return nil, err
	}
	if w.wants("live") {
		if err := w.watch(ctx, r); err != nil {
			return nil, err
		}
	}
	if w.wants("rings") {
		if err := w.ring(ctx, r); err != nil {
			return nil, fmt.Errorf("rings: %w", err)
		}
	}
	if err := w.rest(r); err != nil || !w.full {
		return r, err
	}
	return r, w.much(ctx, r)
}

// idle is how long a server is left alone before its memory is read.
const idle = 3 * time.Second

// rest measures what one server does alone: memory, start and size.
func (w *world) rest(r *report) error {
	if w.wants("memory") {
		time.Sleep(idle)
		if err := w.ours.memory(&r.BusyMemory); err != nil {
			return err
		}
	}
	if w.wants("start") {
		if err := w.starts(r); err != nil {
			return err
		}
	}
	if w.wants("memory") {
		if err := w.idleMemory(r); err != nil {
			return err
		}
	}
	r.Binary = w.oursSize
	return nil
}

// idleMemory reads the memory of a server that has only started.
func (w *world) idleMemory(r *report) (err error) {
	if err := w.ours.stop(); err != nil {
		return err
	}
	if w.ours, err = w.startOurs(); err != nil {
		return err
	}
	time.Sleep(idle)
	if err := w.ours.memory(&r.IdleMemory); err != nil {
		return fmt.Errorf("read the memory: %w", err)
	}
	return nil
}
