package journal

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"nameplate/internal/platform/db"
)

// Filter narrows a trail. What is empty narrows nothing.
type Filter struct {
	Actors  []string // pseudonyms, Operator or System: any of these
	Actions []string // any of these
	From    time.Time
	To      time.Time // not included
}

// skew is how far the times of entries may be out of the order of their seq: a
// transaction notes its time some while before the sealer sees it.
const skew = time.Hour

// forever is later than any entry.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Search is Before for the entries that a filter lets through. It reads no more
// than limit entries for each actor and action, however long the trail is.
func Search(ctx context.Context, q db.Q, trail string, f Filter, seq int64, limit int) ([]Entry, error) {
	if seq == 0 {
		seq = 1<<63 - 1
	}
	low, high, err := span(ctx, q, trail, f)
	if err != nil {
		return nil, err
	}
	to := f.To
	if to.IsZero() {
		to = forever
	}
	common := []any{trail, low, min(seq, high), f.From, to, limit}
	var all []row
	for _, one := range f.each() {
		rows, err := one.query.All(ctx, q, append(common, one.args...)...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b row) int { return cmp.Compare(b.Seq, a.Seq) })
	return read(all[:min(limit, len(all))], nil)
}

// part is a filter with at most one actor and one action.
type part struct {
	query db.Query[row]
	args  []any
}

// each takes a filter apart into what an index answers at once.
func (f Filter) each() (all []part) {
	switch {
	case len(f.Actors) == 0 && len(f.Actions) == 0:
		return []part{{found, nil}}
	case len(f.Actions) == 0:
		for _, actor := range f.Actors {
			all = append(all, part{foundActor, []any{actor}})
		}
		return all
	case len(f.Actors) == 0:
		for _, action := range f.Actions {
			all = append(all, part{foundAction, []any{action}})
		}
		return all
	}
	for _, actor := range f.Actors {
		for _, action := range f.Actions {
			all = append(all, part{foundBoth, []any{actor, action}})
		}
	}
	return all
}

// span returns the seqs between which all entries of the filter's time are,
// without including them.
func span(ctx context.Context, q db.Q, trail string, f Filter) (low, high int64, err error) {
	last, err := Last(ctx, q, trail)
	if err != nil {
		return 0, 0, err
	}
	low, high = 0, last.Seq+1
	if !f.From.IsZero() {
		low, err = firstAt(ctx, q, trail, f.From.Add(-skew), last.Seq)
		low--
	}
	if err == nil && !f.To.IsZero() {
		high, err = firstAt(ctx, q, trail, f.To.Add(skew), last.Seq)
	}
	return low, high, err
}

// firstAt returns about the first seq of a trail whose entry is not before t,
// or the one after last. It looks at some twenty entries of a million.
func firstAt(ctx context.Context, q db.Q, trail string, t time.Time, last int64) (int64, error) {
	var failed error
	n := sort.Search(int(last), func(i int) bool {
		at, found, err := timeFrom.Maybe(ctx, q, trail, int64(i)+1)
		failed = errors.Join(failed, err)
		return !found || !at.Before(t)
	})
	return int64(n) + 1, failed
}

// Last returns the last entry of a trail; one that is empty has a zero one.
func Last(ctx context.Context, q db.Q, trail string) (Entry, error) {
	last, err := Before(ctx, q, trail, 0, 1)
	if err != nil || len(last) == 0 {
		return Entry{}, err
	}
	return last[0], nil
}

// Actions returns every action that stands in a trail, sorted.
func Actions(ctx context.Context, q db.Q, trail string) (all []string, err error) {
	for next, found := "", true; ; {
		if next, found, err = nextAction.Maybe(ctx, q, trail, next); err != nil || !found {
			return all, err
		}
		all = append(all, next)
	}
}

// NameIn returns the user's pseudonym in a trail, and whether there is one.
func NameIn(ctx context.Context, q db.Q, trail, userID string) (string, bool, error) {
	return pseudonym.Maybe(ctx, q, userID, trail)
}
