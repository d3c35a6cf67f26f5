package once

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// Tries is how many guesses at a code are looked at.
const Tries = 5

// Kind is the kind of a link's token: "npln_…".
const Kind = "ln"

// What a caller answers when a secret is not taken. Both say the same whether
// it is wrong, used, replaced or too old.
var (
	ErrCode  = errs.New(errs.Invalid, "wrong_code").On("code")
	ErrToken = errs.New(errs.Invalid, "invalid_token")
)

// Store makes, keeps and takes codes and links.
type Store struct {
	Keys  *secret.Keys
	Clock clock.Clock
	Code  func() secret.Secret // makes six digits; nil is [secret.SixDigits]
}

// NewCode returns a fresh code, which nothing knows until [Store.KeepCode].
// The two are apart because a mail is written before a transaction, not in it.
func (s Store) NewCode() secret.Secret {
	if s.Code == nil {
		return secret.SixDigits()
	}
	return s.Code()
}

// KeepCode makes a code that NewCode returned good for the flow. It ends the
// one before, and the count of tries with it: how often a flow may start again
// is for a limit.
func (s Store) KeepCode(ctx context.Context, tx *db.Tx, purpose, flow string, fresh secret.Secret, ttl time.Duration) error {
	hash := s.Keys.MAC(macPurpose, bound(purpose, flow, fresh.Reveal()))
	_, err := issue.Run(ctx, tx, purpose, flow, code, hash, s.Clock.Now().Add(ttl))
	return err
}

// TakeCode uses the code up and reports whether it was the right one. Spaces
// and dashes in what was typed don't matter. A wrong one is counted only if tx
// commits: see the package comment. What can't be a code costs no try.
func (s Store) TakeCode(ctx context.Context, tx *db.Tx, purpose, flow, typed string) (ok bool, err error) {
	digits, could := Digits(typed)
	if !could {
		return false, nil
	}
	newest, before := s.macs(purpose, flow, digits)
	right, found, err := takeCode.Maybe(ctx, tx, purpose, flow, code, s.Clock.Now(), newest, before, Tries)
	return right && found, err
}

// RightCode reports whether this is the code of the flow. It uses nothing up
// and counts nothing, so it is for a flow whose several codes share one count:
// the caller counts the try in tx first, in a statement that locks the flow.
func (s Store) RightCode(ctx context.Context, tx *db.Tx, purpose, flow, typed string) (bool, error) {
	digits, could := Digits(typed)
	if !could {
		return false, nil
	}
	newest, before := s.macs(purpose, flow, digits)
	_, right, err := rightCode.Maybe(ctx, tx, purpose, flow, code, s.Clock.Now(), newest, before)
	return right, err
}

// macs are the forms in which a code may be kept: it outlives one change of
// the key.
func (s Store) macs(purpose, flow, digits string) (newest, before []byte) {
	all := s.Keys.MACs(macPurpose, bound(purpose, flow, digits))
	return all[0], all[min(1, len(all)-1)]
}

// NewLink returns a fresh token, which nothing knows until [Store.KeepLink].
func (s Store) NewLink() secret.Secret { return secret.NewToken(Kind) }

// KeepLink makes a token that NewLink returned good for the flow. It ends the
// one before.
func (s Store) KeepLink(ctx context.Context, tx *db.Tx, purpose, flow string, fresh secret.Secret, ttl time.Duration) error {
	_, err := issue.Run(ctx, tx, purpose, flow, link, secret.Hash(fresh), s.Clock.Now().Add(ttl))
	return err
}

// TakeLink uses the token up and returns the flow that it was issued for.
func (s Store) TakeLink(ctx context.Context, tx *db.Tx, purpose, token string) (flow string, ok bool, err error) {
	hash, could := secret.ParseToken(Kind, token)
	if !could {
		return "", false, nil
	}
	return takeLink.Maybe(ctx, tx, purpose, link, hash, s.Clock.Now())
}

// PeekLink returns what [Store.TakeLink] would, and uses nothing up: for the
// page that opens from a mail.
func (s Store) PeekLink(ctx context.Context, q db.Q, purpose, token string) (flow string, ok bool, err error) {
	hash, could := secret.ParseToken(Kind, token)
	if !could {
		return "", false, nil
	}
	return peekLink.Maybe(ctx, q, purpose, link, hash, s.Clock.Now())
}

// Void ends the code and the link of a flow.
func (s Store) Void(ctx context.Context, tx *db.Tx, purpose, flow string) error {
	_, err := void.Run(ctx, tx, purpose, flow)
	return err
}

// Sweep removes what has expired.
func (s Store) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}

const macPurpose = "one-time code"

// bound is what the HMAC of a code covers: it is good in its place alone.
func bound(purpose, flow, digits string) []byte {
	return fmt.Appendf(nil, "%q %q %s", purpose, flow, digits)
}

// Digits reads a code as people type it: "123 456", "123-456".
func Digits(typed string) (digits string, ok bool) {
	digits = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, typed)
	return digits, len(digits) == 6 && strings.Trim(digits, "0123456789") == ""
}
