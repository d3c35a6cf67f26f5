package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

const (
	tick      = time.Second
	atOnce    = 16               // calls that are under way
	holdFor   = 30 * time.Second // longer than a call takes
	patience  = 4                // tries after which later deliveries don't wait any more
	readMost  = 500              // entries of a trail in one go
	answerLen = 500              // bytes of an answer that are kept
)

// delays are how long after each try the next one comes.
var delays = []time.Duration{
	5 * time.Second, 20 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 8 * time.Hour, 16 * time.Hour,
	24 * time.Hour, 24 * time.Hour,
}

// States of a delivery.
const (
	Waits  = "waits"
	Done   = "done"
	Failed = "failed"
)

// work is what is under way.
type work struct{ calls sync.WaitGroup }

// Run tells what changes until ctx ends.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	free := make(chan struct{}, atOnce)
	for {
		if err := s.pass(ctx, free); err != nil && ctx.Err() == nil {
			s.Log.Error("webhooks were not looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			s.calls.Wait()
			return
		case <-t.C:
		}
	}
}

// Work does what is to be done by now, and waits for it.
func (s *Service) Work(ctx context.Context) error {
	err := s.pass(ctx, make(chan struct{}, atOnce))
	s.calls.Wait()
	return err
}

// pass reads on in the trails and begins the calls that are due.
func (s *Service) pass(ctx context.Context, free chan struct{}) error {
	if err := s.gather(ctx); err != nil {
		return err
	}
	rows, err := due.All(ctx, s.DB, s.Clock.Now(), int64(patience), int64(atOnce-len(free)))
	if err != nil {
		return err
	}
	for _, d := range rows {
		free <- struct{}{}
		s.calls.Go(func() {
			defer func() { <-free }()
			if err := s.try(ctx, d); err != nil && ctx.Err() == nil {
				s.Log.Error("a webhook was not called", "delivery", d.ID, "error", err)
			}
		})
	}
	return nil
}

// gather writes the deliveries of what has happened.
func (s *Service) gather(ctx context.Context) error {
	rows, err := behind.All(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.readOn(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) readOn(ctx context.Context, r row) error {
	found, next, err := change.After(ctx, s.DB, r.OrganizationID, r.Place, readMost)
	if err != nil || next == r.Place {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := move.Run(ctx, tx, r.ID, r.Place, next)
		if err != nil || n == 0 { // another node was first
			return err
		}
		for _, c := range found {
			if !r.wants(c.Type) || !younger(c.ID, r.ID) {
				continue
			}
			if err := s.add(ctx, tx, r.ID, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// younger reports whether an entry was written after a webhook was made. What
// waited to be sealed at that time comes later in the trail.
func younger(entry, webhook string) bool { return suffix(entry) > suffix(webhook) }

func suffix(id string) string { return id[strings.IndexByte(id, '_')+1:] }

func (s *Service) add(ctx context.Context, tx *db.Tx, id string, c change.Change) error {
	now := s.Clock.Now()
	_, err := insertDelivery.Run(ctx, tx, ids.New(ids.Delivery, now), id, c.Seq, c.Type, c.Subject, strings.Join(c.Fields, ","), c.At, now)
	return err
}

// Test sends a ping to a webhook and returns the id of its delivery.
func (s *Service) Test(ctx context.Context, c session.Caller, id string) (string, error) {
	if _, err := s.Find(ctx, c, id); err != nil {
		return "", err
	}
	now := s.Clock.Now()
	sent := ids.New(ids.Delivery, now)
	return sent, s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := insertDelivery.Run(ctx, tx, sent, id, int64(0), ping, id, "", now, now)
		return err
	})
}

// Resend tries a delivery anew, from the first try on.
func (s *Service) Resend(ctx context.Context, c session.Caller, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := again.Run(ctx, tx, id, c.Actor.Membership.OrganizationID, s.Clock.Now())
		if err == nil && n == 0 {
			return ErrNotFound
		}
		return err
	})
}

// outcome is what came of a try.
type outcome struct {
	state  string
	next   time.Time
	took   time.Duration
	status int
	answer string
}

// try makes one call, unless another node makes it.
func (s *Service) try(ctx context.Context, d deliveryRow) error {
	r, found, err := byID.Maybe(ctx, s.DB, d.WebhookID)
	if err != nil || !found {
		return err
	}
	now, mine := s.Clock.Now(), false
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := hold.Run(ctx, tx, d.ID, d.Tries, now, now.Add(holdFor))
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	d.Tries++
	body, err := s.bodyNow(ctx, r, d)
	if err != nil {
		return err
	}
	out, err := s.send(ctx, r, d, body)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		if _, err := finish.Run(ctx, tx, d.ID, d.Tries, out.state, out.next, now, out.took.Milliseconds(), int64(out.status), out.answer); err != nil {
			return err
		}
		if out.status != http.StatusGone {
			return nil
		}
		if _, err := disable.Run(ctx, tx, r.ID, now); err != nil {
			return err
		}
		_, err := giveUp.Run(ctx, tx, r.ID)
		return err
	})
}

// bodyNow is what is sent: what has changed, the same at each try, and what it
// is about as it is now.
func (s *Service) bodyNow(ctx context.Context, r row, d deliveryRow) (_ []byte, err error) {
	c := d.change()
	body := c.Tell(r.OrganizationID)
	if body.Data.Object, err = s.Object(ctx, r.MadeBy, c, r.OrganizationID); err != nil {
		return nil, err
	}
	return json.Marshal(body)
}

// body is what the log shows: what was sent without the object, which is not
// kept.
func (d deliveryRow) body(organizationID string) ([]byte, error) {
	return json.Marshal(d.change().Tell(organizationID))
}

func (d deliveryRow) change() change.Change {
	c := change.Change{ID: d.ID, Seq: d.Seq, Type: d.Type, At: d.HappenedAt, Subject: d.Subject}
	if d.Fields != "" {
		c.Fields = strings.Split(d.Fields, ",")
	}
	return c
}

func (s *Service) send(ctx context.Context, r row, d deliveryRow, body []byte) (outcome, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{}, err
	}
	at := s.Clock.Now()
	signatures, err := s.sign(r, d.ID, at, body)
	if err != nil {
		return outcome{}, err
	}
	h := request.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Nameplate")
	h.Set("webhook-id", d.ID)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", signatures)
	elapsed := clock.Stopwatch()
	response, err := s.Call(request)
	out := outcome{state: Waits, took: elapsed()}
	wait := time.Duration(0)
	if err != nil {
		if ctx.Err() != nil {
			return outcome{}, ctx.Err()
		}
		out.answer = reason(err)
	} else {
		defer response.Body.Close()
		out.status, wait = response.StatusCode, retryAfter(response.Header, at)
		text, _ := io.ReadAll(io.LimitReader(response.Body, answerLen)) // what is there is shown
		out.answer = printable(text)
	}
	out.settle(at, int(d.Tries), wait)
	return out, nil
}

// settle says what is next after so many tries.
func (o *outcome) settle(now time.Time, tries int, wait time.Duration) {
	o.next = now
	switch {
	case o.status >= 200 && o.status < 300:
		o.state = Done
	case o.status == http.StatusGone, tries > len(delays):
		o.state = Failed
	default:
		o.next = now.Add(max(wait, around(delays[tries-1])))
	}
}

// around is d, a tenth more or less, so that what failed together does not come
// back together.
func around(d time.Duration) time.Duration {
	more, err := rand.Int(rand.Reader, big.NewInt(int64(d)/5))
	if err != nil {
		panic("webhook: " + err.Error()) // the reader never fails
	}
	return d - d/10 + time.Duration(more.Int64())
}

// retryAfter is how long an answer asks to wait: at most a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return min(time.Duration(seconds)*time.Second, 24*time.Hour)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), 24*time.Hour)
	}
	return 0
}

// reason says why there was no answer, and nothing of the network beyond.
func reason(err error) string {
	text := err.Error()
	return printable([]byte(text[:min(len(text), answerLen)]))
}

// printable is text that a log can show.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(text), ""))
}

// sign returns the signatures of a message by the secret, and for a while by
// the one of before (Standard Webhooks 1.0.0).
func (s *Service) sign(r row, id string, at time.Time, body []byte) (string, error) {
	sealed := [][]byte{r.Secret}
	if r.OldUntil.Valid && at.Before(r.OldUntil.V) {
		sealed = append(sealed, r.OldSecret)
	}
	signatures := make([]string, len(sealed))
	for i, one := range sealed {
		key, err := s.Keys.Open(one, place(r.ID))
		if err != nil {
			return "", err
		}
		if signatures[i], err = signature(secret.Secret(key), id, at, body); err != nil {
			return "", err
		}
	}
	return strings.Join(signatures, " "), nil
}

func signature(key secret.Secret, id string, at time.Time, body []byte) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key.Reveal(), secretStart))
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, raw)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Delivery is a line of the log.
type Delivery struct {
	ID        string
	Type      string
	State     string
	Tries     int
	Payload   string
	Status    int    // of the last answer; 0: there was none
	Answer    string // its beginning, or why there was none
	Took      time.Duration
	TriedAt   time.Time // zero: not yet
	NextAt    time.Time
	CreatedAt time.Time
}

// last sorts after the id of every delivery, in every collation.
const last = ids.Delivery + "_zzzzzzzzzzzzzzzzzzzzzzzzzz"

// Deliveries returns up to limit deliveries of a webhook, the newest first: those
// before the one of that id, or with an empty one from the end.
func (s *Service) Deliveries(ctx context.Context, c session.Caller, id, before string, limit int) ([]Delivery, error) {
	if _, err := s.Find(ctx, c, id); err != nil {
		return nil, err
	}
	if before == "" {
		before = last
	}
	org := c.Actor.Membership.OrganizationID
	rows, err := deliveries.All(ctx, s.DB, id, org, before, int64(limit))
	if err != nil {
		return nil, err
	}
	list := make([]Delivery, len(rows))
	for i, r := range rows {
		body, err := r.body(org)
		if err != nil {
			return nil, err
		}
		list[i] = Delivery{
			ID: r.ID, Type: r.Type, State: r.State, Tries: int(r.Tries), Payload: string(body), Status: int(r.Status), Answer: r.Answer,
			Took: time.Duration(r.TookMs) * time.Millisecond, TriedAt: r.TriedAt.V, NextAt: r.NextAt, CreatedAt: r.CreatedAt,
		}
	}
	return list, nil
}

// Sweep forgets deliveries that are over for long.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now().Add(-Kept))
	return err
}
