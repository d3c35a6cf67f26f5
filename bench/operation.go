package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	readers = 16 // connections that read
	savers  = 64 // connections that save, each as a person of its own
)

// operation is one that both servers can do.
type operation struct {
	name, title string
	status      int
	requests    func(p *process) []request // one for each connection
	goal        func(r *result) goal
}

func (w *world) all() []operation {
	card := "/v1/cards/" + w.people.shown
	etag := ""
	if a, err := w.ours.ask(get(w.ours, card, "")); err == nil {
		etag = a.header.Get("Etag")
	}
	same := func(n int, path, token string, header ...string) func(p *process) []request {
		return func(p *process) []request { return slices.Repeat([]request{get(p, path, token, header...)}, n) }
	}
	me := w.people.tokens[0]
	return []operation{
		{"card", "public card", 200, same(readers, card, ""), ofFloor(0.90)},
		{"304", "public card, unchanged", 304, same(readers, card, "", "If-None-Match: "+etag), ofFloor(0.90)},
		{"picture", "picture, 8 KiB", 200, same(readers, "/avatars/"+pictureName+"/256.webp", ""), ofFloor(0.90)},
		{"save", "save a profile", 200, w.saves, ofFloorWithin(0.70, 25*time.Millisecond)},
		{"me", "own profile", 200, same(readers, "/v1/me", me), ofFloor(0.90)},
		{"page", "settings page", 200, same(readers, "/settings/profile", me), pageGoal},
	}
}

func (w *world) saves(p *process) []request {
	all := make([]request, savers)
	for i := range all {
		all[i] = patch(p, w.people.tokens[i])
	}
	return all
}

// operations times every operation on both servers in turn.
func (w *world) operations(ctx context.Context, r *report) error {
	for _, o := range w.all() {
		if !w.wants(o.name) {
			continue
		}
		w.say("%s", o.title)
		one, err := w.time(ctx, o)
		if err != nil {
			return fmt.Errorf("%s: %w", o.title, err)
		}
		r.Operations = append(r.Operations, one)
	}
	return nil
}

func (w *world) time(ctx context.Context, o operation) (*result, error) {
	servers := []*process{w.ours, w.floor}
	rounds := make([][]round, len(servers))
	for n := -1; n < w.rounds; n++ {
		for i, p := range servers {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			one, err := play(p, o.requests(p), o.status, w.span)
			if err != nil {
				return nil, err
			}
			if n >= 0 { // the first is for warming up
				rounds[i] = append(rounds[i], one)
			}
		}
	}
	out := &result{Name: o.name, Title: o.title, Ours: sideOf(rounds[0]), Floor: sideOf(rounds[1])}
	out.compare(rounds[0], rounds[1])
	out.Goal = o.goal(out)
	return out, nil
}
