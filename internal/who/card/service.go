package card

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash/maphash"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/live"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/sse"
)

// ErrNone means that there is no such card, or none for the caller.
var ErrNone = errs.New(errs.NotFound, "no_such_card")

// kept bounds the cards in memory. When it is reached, all are dropped: what
// is in use is back within a request each.
const kept = 20_000

// Service reads cards.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Feed  *live.Feed
	URL   *url.URL
	Keys  *secret.Keys

	// Back is when a user who wants to be left alone is there again; zero: now.
	Back func(ctx context.Context, q db.Q, userID string) (time.Time, error)
	// Digital is the digital employee with an id, and whether there is one.
	Digital func(ctx context.Context, q db.Q, id string) (Digital, bool, error)

	cards  sync.Map // key → *entry
	count  atomic.Int64
	making [64]sync.Mutex // held while a card is made anew, so that it is made once
}

// Rendered is a card as it is sent.
type Rendered struct {
	Topics []string // of the live feed: a change on one of them may change the card
	Card   Card
	Body   []byte    // one line of JSON
	ETag   string    // quoted
	Until  time.Time // when it changes by itself; zero: it does not
	header http.Header
	event  []byte // of the stream
}

type entry struct {
	Rendered
	mark  live.Mark
	until time.Time // zero: until it changes
}

// key is what a kept card depends on, as far as the request says.
type key struct{ user, organization, token string }

// Get returns the card of a user in the organization, or in the main one if
// that is empty. It returns ErrNone for whoever may not be seen.
func (s *Service) Get(ctx context.Context, user, organization, token string) (Rendered, error) {
	k := key{user, organization, token}
	if r, ok := s.known(k); ok {
		return r, nil
	}
	if !s.Feed.Mark().Fresh() {
		return s.load(ctx, k) // nothing is kept here, so nobody need wait
	}
	making := &s.making[maphash.Comparable(seed, k)%uint64(len(s.making))]
	making.Lock()
	defer making.Unlock()
	if r, ok := s.known(k); ok {
		return r, nil
	}
	return s.load(ctx, k)
}

var seed = maphash.MakeSeed()

// known returns a kept card that is still right.
func (s *Service) known(k key) (Rendered, bool) {
	v, ok := s.cards.Load(k)
	if !ok {
		return Rendered{}, false
	}
	e := v.(*entry)
	return e.Rendered, e.mark.Fresh() && (e.until.IsZero() || s.Clock.Now().Before(e.until))
}

func (s *Service) load(ctx context.Context, k key) (Rendered, error) {
	if ids.Valid(ids.Digital, k.user) {
		return s.loadDigital(ctx, k)
	}
	if !ids.Valid(ids.User, k.user) {
		return Rendered{}, ErrNone
	}
	mark := s.Feed.Mark("user:"+k.user, "instance")
	all, err := identity.Memberships(ctx, s.DB, k.user)
	if err != nil {
		return Rendered{}, err
	}
	// The organizations are marked before what they say is read.
	mark = mark.With(s.Feed.Mark(topics(all)...))
	src, err := s.source(ctx, k)
	if err != nil {
		return Rendered{}, err
	}
	r, err := render(Make(src))
	r.Topics = append(topics(src.All), "user:"+k.user, "instance")
	if r.Card.Availability != nil {
		r.Until = src.Back
	}
	if err == nil {
		s.keep(k, r, mark, src.Now)
	}
	return r, err
}

func (s *Service) source(ctx context.Context, k key) (Source, error) {
	user, err := identity.Get(ctx, s.DB, k.user)
	if errors.Is(err, identity.ErrNoUser) || err == nil && user.State != identity.Active {
		return Source{}, ErrNone
	}
	if err != nil {
		return Source{}, err
	}
	all, err := identity.Memberships(ctx, s.DB, k.user)
	if err != nil {
		return Source{}, err
	}
	m, err := identity.Pick(all, k.organization)
	if err != nil {
		return Source{}, ErrNone
	}
	rules, err := policy.Account(ctx, s.DB, identity.First(all, m))
	if err != nil {
		return Source{}, err
	}
	if !s.shown(policy.CardAccess.Of(rules), k) {
		return Source{}, ErrNone
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, k.user)
	if err != nil {
		return Source{}, err
	}
	back, err := s.Back(ctx, s.DB, k.user)
	if err != nil {
		return Source{}, err
	}
	return Source{
		Back: back, User: user, Email: email.Address, Membership: m, All: all, Sees: rules.Pin(identity.AudiencesOf(user)), Base: s.base(), Now: s.Clock.Now(),
	}, nil
}

func (s *Service) base() string { return (&url.URL{Scheme: s.URL.Scheme, Host: s.URL.Host}).String() }

// keep remembers a card unless it went stale while it was made.
func (s *Service) keep(k key, r Rendered, mark live.Mark, now time.Time) {
	if !mark.Fresh() {
		return
	}
	e := &entry{Rendered: r, mark: mark, until: r.Until}
	if next := now.Truncate(time.Minute).Add(time.Minute); r.Card.LocalTime != "" && (e.until.IsZero() || next.Before(e.until)) {
		e.until = next
	}
	if _, known := s.cards.Swap(k, e); !known && s.count.Add(1) > kept {
		s.cards.Clear()
		s.count.Store(0)
	}
}

func render(c Card) (Rendered, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return Rendered{}, err
	}
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return Rendered{Card: c, Body: body, ETag: etag, header: http.Header{
		"Etag": {etag}, "Content-Type": {"application/json; charset=utf-8"}, "Content-Length": {strconv.Itoa(len(body))},
	}, event: sse.Event("card", etag, body)}, nil
}

// shown reports whether the organization's rule lets the card be seen.
func (s *Service) shown(access string, k key) bool {
	switch access {
	case "public":
		return true
	case "signed":
		return subtle.ConstantTimeCompare([]byte(k.token), []byte(s.Token(k.user))) == 1
	}
	return false
}

// Token is what opens a card where the organization wants cards to be signed.
func (s *Service) Token(user string) string {
	return base64.RawURLEncoding.EncodeToString(s.Keys.MAC("card", []byte(user)))
}
