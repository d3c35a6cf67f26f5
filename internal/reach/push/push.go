package push

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/webpush"
)

// most is how many devices a person has. Another one ends the oldest.
const most = 20

// maxAgent is how much of what a browser says of itself is kept.
const maxAgent = 400

// What can go wrong.
var (
	ErrNone = errs.New(errs.NotFound, "no_such_device")
	ErrKeys = errs.New(errs.Invalid, "push_keys").On("keys")
)

var testPushes = limit.Declare("push-test", 20, 15*time.Minute)

// Service knows devices and sends to them. Call Register before the queue runs.
type Service struct {
	DB      *db.DB
	Keys    *secret.Keys
	Clock   clock.Clock
	Queue   *jobs.Queue
	Limit   *limit.Limiter
	Journal *journal.Journal
	Sender  *webpush.Sender
	URL     *url.URL // of this server

	Check func(ctx context.Context, address string) (*url.URL, error)
	Call  func(r *http.Request) (*http.Response, error)
	// Told hears what came of a push about an event, as a whole: whether one of
	// the devices has it.
	Told func(ctx context.Context, organizationID, userID, event string, delivered bool) error
}

// target is where a browser is reached.
type target struct {
	Endpoint string
	Public   []byte // p256dh
	Auth     []byte
}

func place(id string) string { return "push_devices|target|" + id }

// Device is a browser that has allowed push.
type Device struct {
	ID          string
	Agent       device.Agent
	Current     bool // the one that asks
	CreatedAt   time.Time
	DeliveredAt time.Time // zero: not yet
	FailedAt    time.Time // zero: the last try did not fail
	Failure     string    // a code
}

// Allow takes the caller's browser as a device; one that is known is taken
// again, whoever had it. It returns httpout's errors for an address that may
// not be called, and ErrKeys.
func (s *Service) Allow(ctx context.Context, c session.Caller, t target, agent string) (Device, error) {
	if _, err := webpush.ParseKeys(t.Public, t.Auth); err != nil {
		return Device{}, ErrKeys
	}
	if _, err := s.Check(ctx, t.Endpoint); err != nil {
		return Device{}, onEndpoint(err)
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return Device{}, err
	}
	now := s.Clock.Now()
	id, mark := ids.New(ids.PushDevice, now), s.Keys.MAC("push device", []byte(t.Endpoint))
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, known, err := forget.Maybe(ctx, tx, mark)
		if err != nil {
			return err
		}
		if again := known && before.UserID == c.User.ID; again {
			id = before.ID
		}
		if _, err := add.Run(ctx, tx, id, c.User.ID, c.Session.ID, mark, s.Keys.Seal(plain, place(id)), clip(agent), now); err != nil {
			return err
		}
		if _, err := trim.Run(ctx, tx, c.User.ID, most); err != nil || known && before.UserID == c.User.ID {
			return err
		}
		return s.record(ctx, tx, c, "push.allowed")
	})
	return Device{ID: id, Agent: device.Describe(agent), Current: true, CreatedAt: now}, err
}

// onEndpoint says that what is wrong is the address.
func onEndpoint(err error) error {
	var fault *errs.Error
	if errors.As(err, &fault) {
		return fault.On("endpoint")
	}
	return err
}

func clip(agent string) string {
	if runes := []rune(agent); len(runes) > maxAgent {
		return string(runes[:maxAgent])
	}
	return agent
}

// List returns the caller's devices, this one first and then the newest.
func (s *Service) List(ctx context.Context, c session.Caller) ([]Device, error) {
	rows, err := ofUser.All(ctx, s.DB, c.User.ID, s.Clock.Now(), c.Session.ID)
	all := make([]Device, len(rows))
	for i, r := range rows {
		all[i] = Device{
			ID: r.ID, Agent: device.Describe(r.Agent), Current: r.SessionID == c.Session.ID, CreatedAt: r.CreatedAt, DeliveredAt: r.DeliveredAt.V,
			FailedAt: r.FailedAt.V, Failure: r.Failure,
		}
	}
	return all, err
}

// Remove forgets one of the caller's devices, or returns ErrNone.
func (s *Service) Remove(ctx context.Context, c session.Caller, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := remove.Run(ctx, tx, id, c.User.ID)
		if err == nil && n == 0 {
			err = ErrNone
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, c, "push.removed")
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action string) error {
	return s.Journal.RecordAccount(ctx, tx, journal.Act{At: s.Clock.Now(), Action: action, Actor: c.Actor, Target: journal.Person(c.User.ID)})
}

// Devices is how many living devices each member of an organization has that
// has any.
func (s *Service) Devices(ctx context.Context, q db.Q, organizationID string) (map[string]int, error) {
	rows, err := ofMembers.All(ctx, q, organizationID, s.Clock.Now())
	all := map[string]int{}
	for _, r := range rows {
		all[r.UserID] = int(r.Devices)
	}
	return all, err
}

// Public is the key by which browsers know this server.
func (s *Service) Public() string { return s.Sender.Public() }

// keyFact holds the key of the server, sealed, and keyPlace is where it may be
// unsealed.
const (
	keyFact  = "push_key"
	keyPlace = "instance|value|push_key"
)

// Key returns the key by which push services know this server. The first call
// on a database makes it.
func Key(ctx context.Context, d *db.DB, keys *secret.Keys) (plain []byte, err error) {
	kept, set, err := identity.Fact(ctx, d, keyFact)
	if err == nil && !set {
		kept, err = makeKey(ctx, d, keys)
	}
	if err != nil {
		return nil, err
	}
	sealed, err := base64.StdEncoding.DecodeString(kept)
	if err != nil {
		return nil, err
	}
	return keys.Open(sealed, keyPlace)
}

func makeKey(ctx context.Context, d *db.DB, keys *secret.Keys) (kept string, err error) {
	plain, err := webpush.NewKey()
	if err != nil {
		return "", err
	}
	made := base64.StdEncoding.EncodeToString(keys.Seal(plain, keyPlace))
	err = d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := identity.Claim(ctx, tx, keyFact, made); err != nil {
			return err
		}
		kept, _, err = identity.Fact(ctx, tx, keyFact) // another node may have been first
		return err
	})
	return kept, err
}
