// Package hashpool hashes passwords, a few at a time.
//
// Argon2id is made to cost memory and time, so whoever may call it freely may
// use up both. All hashing goes through one [Pool]: as many at once as there
// are processors, 32 more may wait for two seconds, and the rest is turned away
// at once. An unknown account costs the same and waits in the same queue
// ([Pool.VerifyNobody]), or its answer would come sooner.
//
// Passwords are bytes, exactly as typed: nothing is trimmed, folded or
// normalized. Hashes are PHC strings, which carry their own parameters, so that
// these can be raised while people sign in with older ones.
package hashpool

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

const (
	queue    = 32
	patience = 2 * time.Second

	// MaxBytes is the length of the longest password that is hashed.
	MaxBytes = 4 << 10

	saltBytes = 16
	keyBytes  = 32
)

var (
	// ErrBusy says that too many passwords are being hashed.
	ErrBusy = errs.New(errs.Unavailable, "busy").After(patience)
	// ErrTooLong refuses more than [MaxBytes].
	ErrTooLong = errs.New(errs.TooLarge, "password_oversized").On("password")
)

// Pool hashes passwords. It is safe for concurrent use.
type Pool struct {
	params  Params
	slots   chan struct{}
	waiting atomic.Int32
}

// New returns a pool that hashes with params and has a slot for each
// processor. It takes params as they are, and panics if there are none: who
// reads them from a setting holds them against [Params.Validate] first.
func New(params Params) *Pool {
	if params.Memory == 0 || params.Time == 0 || params.Threads == 0 {
		panic("hashpool: no parameters")
	}
	return &Pool{params: params, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// Hash returns the PHC string of pw under a fresh salt. It returns ErrTooLong,
// ErrBusy, or the error of ctx if that ends while it waits.
func (p *Pool) Hash(ctx context.Context, pw secret.Secret) (string, error) {
	h := phc{params: p.params, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(h.salt) // never fails: it ends the process instead
	key, err := p.derive(ctx, pw, h, keyBytes)
	if err != nil {
		return "", err
	}
	h.key = key
	return h.String(), nil
}

// Verify reports whether pw is the password that was hashed, and if it is,
// whether to store a new hash because one costs more by now.
// Errors are those of [Pool.Hash] and [ErrFormat].
func (p *Pool) Verify(ctx context.Context, hashed string, pw secret.Secret) (ok, rehash bool, err error) {
	h, err := parse(hashed)
	if err != nil {
		return false, false, err
	}
	key, err := p.derive(ctx, pw, h, len(h.key))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, h.key) == 1
	weak := h.params.below(p.params) || len(h.salt) < saltBytes || len(h.key) < keyBytes
	return ok, ok && weak, nil
}

// VerifyNobody takes as long as [Pool.Verify] and finds nothing. Call it where
// there is no account, or none with a password. Errors are those of [Pool.Hash].
func (p *Pool) VerifyNobody(ctx context.Context, pw secret.Secret) error {
	_, err := p.derive(ctx, pw, phc{params: p.params, salt: make([]byte, saltBytes)}, keyBytes)
	return err
}

func (p *Pool) derive(ctx context.Context, pw secret.Secret, h phc, length int) ([]byte, error) {
	if len(pw) > MaxBytes {
		return nil, ErrTooLong
	}
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	defer p.leave()
	return argon2.IDKey([]byte(pw.Reveal()), h.salt, h.params.Time, h.params.Memory, h.params.Threads, uint32(length)), nil
}

// enter takes a slot. Those who wait are served in the order they came: a slot
// that falls free goes to the first of them, never to a newcomer.
func (p *Pool) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > queue {
		return ErrBusy
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Pool) leave() { <-p.slots }
