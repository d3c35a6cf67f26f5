package limit

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// ErrThrottled says that a limit is reached, and when to try again.
var ErrThrottled = errs.New(errs.Throttled, "too_many_requests")

// Rule is a limit: at most Most tries, one or more, in any Span of time.
type Rule struct {
	Name string // tells rules apart, for good
	Most int64
	Span time.Duration
}

var rules []Rule

// Declare returns a rule of the program and lists it. Call it only to
// initialise package variables.
func Declare(name string, most int64, span time.Duration) Rule {
	for _, r := range rules {
		if r.Name == name {
			panic("limit: two rules are called " + name)
		}
	}
	r := Rule{name, most, span}
	rules = append(rules, r)
	return r
}

// Rules lists the rules of the program.
func Rules() []Rule { return slices.Clone(rules) }

// Limiter keeps count.
type Limiter struct {
	DB    *db.DB
	Keys  *secret.Keys
	Clock clock.Clock
}

// Take counts a try in a transaction of its own, or returns [ErrThrottled].
// The subject must be normalized: one that is spelled otherwise is another.
func (l *Limiter) Take(ctx context.Context, rule Rule, subject string) error {
	var refused error
	err := l.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		refused, err = l.take(ctx, tx, rule, subject)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// TakeIn is [Limiter.Take] in the caller's transaction: the try counts if that
// commits. Its row is locked until then.
func (l *Limiter) TakeIn(ctx context.Context, tx *db.Tx, rule Rule, subject string) error {
	refused, err := l.take(ctx, tx, rule, subject)
	if err != nil {
		return err
	}
	return refused
}

// Clear forgets the tries of subject, as after a success.
func (l *Limiter) Clear(ctx context.Context, rule Rule, subject string) error {
	return l.DB.Tx(ctx, func(tx *db.Tx) error { return l.ClearIn(ctx, tx, rule, subject) })
}

// ClearIn is [Limiter.Clear] in the caller's transaction.
func (l *Limiter) ClearIn(ctx context.Context, tx *db.Tx, rule Rule, subject string) error {
	_, err := forget.Run(ctx, tx, l.key(rule, subject))
	return err
}

// Sweep removes the counts that no longer matter.
func (l *Limiter) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, l.Clock.Now())
	return err
}

func (l *Limiter) take(ctx context.Context, tx *db.Tx, rule Rule, subject string) (refused, err error) {
	key, now := l.key(rule, subject), l.Clock.Now()
	_, taken, err := take.Maybe(ctx, tx, key, now, now.Add(rule.Span), now.Add(-rule.Span), rule.Most)
	if err != nil || taken {
		return nil, err
	}
	w, _, err := read.Maybe(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	return ErrThrottled.After(w.wait(rule, now)), nil
}

// key covers the span too: a window of another length is another window. When
// the server's key changes, counts begin anew.
func (l *Limiter) key(rule Rule, subject string) string {
	return hex.EncodeToString(l.Keys.MAC("limit", fmt.Appendf(nil, "%q %d %s", rule.Name, rule.Span, subject)))
}

// wait returns when the next try is taken if none comes before, in whole
// seconds and at least one: either the span ends and leaves room, or all tries
// fall out of the window.
func (w window) wait(rule Rule, now time.Time) time.Duration {
	until := w.ExpiresAt
	if ends := w.StartedAt.Add(rule.Span); ends.After(now) && w.Taken < rule.Most {
		until = ends
	}
	seconds := (until.Sub(now) + time.Second - 1).Truncate(time.Second)
	return max(seconds, time.Second)
}
