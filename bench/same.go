package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// same fails unless both servers answer alike and write the same rows.
func (w *world) same(ctx context.Context) error {
	for _, o := range w.all() {
		if o.name == "save" {
			continue
		}
		ours, err := w.ours.ask(o.requests(w.ours)[0])
		if err != nil {
			return err
		}
		floor, err := w.floor.ask(o.requests(w.floor)[0])
		if err != nil {
			return err
		}
		if ours.status != o.status || floor.status != o.status || !alike(ours, floor) {
			return fmt.Errorf("%s: the answers differ: %d with %d bytes, and %d with %d", o.title, ours.status, len(ours.body), floor.status, len(floor.body))
		}
	}
	return w.sameRows(ctx)
}

// alike compares bodies and headers, but for the number of the request.
func alike(a, b answer) bool {
	ours, floor := fixed(a.header), fixed(b.header)
	ours.Del("X-Request-Id")
	floor.Del("X-Request-Id")
	return bytes.Equal(a.body, b.body) && maps.EqualFunc(ours, floor, slices.Equal)
}

// written is what a save leaves behind.
type written struct {
	Bio              string
	Version, Entries int64
}

func (w *world) sameRows(ctx context.Context) error {
	var left [2]written
	for i, p := range []*process{w.ours, w.floor} {
		save := patch(p, w.people.tokens[0])
		save.number(1)
		a, err := p.ask(save)
		if err != nil {
			return err
		}
		if a.status != 200 {
			return fmt.Errorf("a save was answered with %d: %s", a.status, a.body)
		}
		if left[i], err = wrote(ctx, w.in([]string{"ours", "floor"}[i]), w.people.ids[0]); err != nil {
			return err
		}
	}
	if left[0] != left[1] || left[0].Version < 2 {
		return fmt.Errorf("a save left %+v, and on the floor %+v", left[0], left[1])
	}
	return nil
}

// wrote looks at the database of a running server from outside.
func wrote(ctx context.Context, folder, user string) (row written, err error) {
	d, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "nameplate.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return row, err
	}
	defer d.Close()
	err = d.QueryRowContext(ctx, `
		SELECT bio, version, (SELECT count(*) FROM journal_inbox) + (SELECT count(*) FROM journal) FROM users WHERE id = $1`,
		user).Scan(&row.Bio, &row.Version, &row.Entries)
	return row, err
}
