package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
)

// Entry is a sealed entry.
type Entry struct {
	ID           string
	Seq          int64 // in its trail, from 1
	At           time.Time
	Actor        string // a pseudonym, the id of a client, Operator or System
	ActorUser    string // id of the user; empty if the actor is none or was forgotten
	Action       string
	Target       string // a pseudonym or the id of a thing
	TargetUser   string // as ActorUser
	Changes      []string
	Details      map[string]string
	Origin       string // page, api, cli or job, and after a space the prefix of the network
	Hash         []byte
	PreviousHash []byte
}

// After returns up to limit entries of a trail that follow seq, oldest first.
func After(ctx context.Context, q db.Q, trail string, seq int64, limit int) ([]Entry, error) {
	return read(entriesAfter.All(ctx, q, trail, seq, limit))
}

// Before returns up to limit entries of a trail that precede seq, newest
// first. With seq 0 it begins at the end.
func Before(ctx context.Context, q db.Q, trail string, seq int64, limit int) ([]Entry, error) {
	if seq == 0 {
		seq = 1<<63 - 1
	}
	return read(entriesBefore.All(ctx, q, trail, seq, limit))
}

// last sorts after the id of every entry, in every collation.
const last = ids.Entry + "_zzzzzzzzzzzzzzzzzzzzzzzzzz"

// Of returns up to limit entries about one kind of act in a trail, newest
// first: those before the entry of that id, or with an empty one from the end.
// Those that wait to be sealed are among them, without seq and hashes.
func Of(ctx context.Context, q db.Q, trail, action, before string, limit int) ([]Entry, error) {
	if before == "" {
		before = last
	}
	return read(entriesOf.All(ctx, q, trail, action, before, limit))
}

// Find returns an entry about one kind of act in a trail, sealed or not, and
// whether there is one.
func Find(ctx context.Context, q db.Q, trail, action, id string) (Entry, bool, error) {
	r, found, err := entryByID.Maybe(ctx, q, trail, action, id)
	if err != nil || !found {
		return Entry{}, false, err
	}
	e, err := r.entry()
	return e, err == nil, err
}

func read(rows []row, err error) ([]Entry, error) {
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(rows))
	for i, r := range rows {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		entries[i] = e
	}
	return entries, nil
}

func (r row) entry() (Entry, error) {
	e := Entry{
		ID: r.ID, Seq: r.Seq, At: r.At, Actor: r.Actor, ActorUser: r.ActorUser, Action: r.Action,
		Target: r.Target, TargetUser: r.TargetUser, Origin: r.Origin, Hash: r.Hash, PreviousHash: r.PreviousHash,
	}
	if r.Changes != "" {
		e.Changes = strings.Split(r.Changes, ",")
	}
	if err := json.Unmarshal([]byte(r.Details), &e.Details); err != nil {
		return Entry{}, fmt.Errorf("details of %s: %w", r.ID, err)
	}
	return e, nil
}
