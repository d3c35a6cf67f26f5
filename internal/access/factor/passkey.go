package factor

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/webauthn"
)

const (
	mostPasskeys  = 20
	challengeLife = 5 * time.Minute
)

// What a challenge is for. Its flow is the session that asked; strangers have
// none, and get a flow of their own.
const (
	toAdd   = "passkey.add"
	toProve = "passkey.prove"
	toEnter = "passkey.enter"
)

// What can go wrong with passkeys.
var (
	ErrPasskey       = errs.New(errs.Invalid, "wrong_passkey").On("credential")
	ErrNotAdded      = errs.New(errs.Invalid, "passkey_not_added").On("credential")
	ErrPasskeyTaken  = errs.New(errs.Conflict, "passkey_taken")
	ErrNoPasskey     = errs.New(errs.Conflict, "no_passkey")
	ErrPasskeysOff   = errs.New(errs.Conflict, "passkeys_off")
	ErrPasskeysOffIP = errs.New(errs.Conflict, "passkeys_off_ip")
)

// Obstacle says why no passkey can be used at this server's address: one of
// the words of webauthn.Obstacle, or nothing.
func (s *Service) Obstacle() string { return webauthn.Obstacle(s.URL) }

func (s *Service) possible() error {
	switch s.Obstacle() {
	case "":
		return nil
	case webauthn.IPAddress:
		return ErrPasskeysOffIP
	}
	return ErrPasskeysOff
}

func (s *Service) party() webauthn.Party { return webauthn.PartyOf(mail.Product, s.URL) }

// BeginPasskey returns the options for a new passkey of the caller. It returns
// ErrMany, or ErrPasskeysOff and ErrPasskeysOffIP where none can be used.
func (s *Service) BeginPasskey(ctx context.Context, c session.Caller) (webauthn.CreationOptions, error) {
	var none webauthn.CreationOptions
	if err := s.possible(); err != nil {
		return none, err
	}
	known, err := passkeysOf.All(ctx, s.DB, c.User.ID)
	if err != nil {
		return none, err
	}
	if len(known) >= mostPasskeys {
		return none, ErrMany
	}
	email, err := identity.PrimaryEmail(ctx, s.DB, c.User.ID)
	if err != nil {
		return none, err
	}
	challenge, err := s.challenge(ctx, toAdd, c.Session.ID)
	user := webauthn.UserEntity{ID: []byte(c.User.ID), Name: email.Address, DisplayName: c.User.Name()}
	return s.party().Creation(user, challenge, credentials(known)), err
}

// AddPasskey adds the passkey that a browser has made, under a name or what it
// is. All that follows is as for Confirm. It returns ErrNotAdded,
// ErrPasskeyTaken, ErrMany or what is wrong with the name.
func (s *Service) AddPasskey(ctx context.Context, c session.Caller, name string, answer []byte) (f Factor, done Changed, err error) {
	if f.Name, err = identity.Line("name", name, maxName); err != nil {
		return f, done, err
	}
	key, err := s.registered(ctx, c, answer)
	if err != nil {
		return f, done, err
	}
	f.ID, f.Kind, f.Flags, f.Transports = ids.New(ids.Factor, s.Clock.Now()), WebAuthn, int64(key.Flags), strings.Join(key.Transports, " ")
	if f.Name == "" {
		f.Name = f.what(ctx)
	}
	done, err = s.change(ctx, c, added, WebAuthn, func(tx *db.Tx) ([]secret.Secret, error) {
		f.CreatedAt, f.ConfirmedAt = s.Clock.Now(), sql.Null[time.Time]{V: s.Clock.Now(), Valid: true}
		if err := s.keepPasskey(ctx, tx, c.User.ID, f, key); err != nil {
			return nil, err
		}
		return s.firstCodes(ctx, tx, c.User.ID)
	})
	return f, done, err
}

// registered checks the answer of a browser that was asked for a passkey.
func (s *Service) registered(ctx context.Context, c session.Caller, answer []byte) (webauthn.Credential, error) {
	var none webauthn.Credential
	r, err := webauthn.ReadRegistration(answer)
	if err != nil {
		return none, ErrNotAdded.Because(err)
	}
	if ok, err := s.answered(ctx, toAdd, c.Session.ID, r.Challenge); err != nil || !ok {
		return none, cmp.Or[error](err, ErrNotAdded)
	}
	key, err := s.party().Register(r)
	if err != nil {
		return none, ErrNotAdded.Because(err)
	}
	return key, nil
}

func (s *Service) keepPasskey(ctx context.Context, tx *db.Tx, userID string, f Factor, key webauthn.Credential) error {
	has, err := passkeysOf.All(ctx, tx, userID)
	if err != nil {
		return err
	}
	if len(has) >= mostPasskeys {
		return ErrMany
	}
	if _, err := addFactor.Run(ctx, tx, f.ID, userID, WebAuthn, f.Name, []byte{}, f.CreatedAt); err != nil {
		return err
	}
	n, err := addPasskey.Run(ctx, tx, f.ID, key.ID, key.PublicKey, int64(key.Counter), f.Flags, f.Transports)
	if err == nil && n == 0 {
		return ErrPasskeyTaken
	}
	return err
}

// AskPasskey returns the options for a proof: by a passkey of the caller, who
// has signed in or is half-way there, and otherwise by any passkey that
// verifies its user. The latter are the same for everybody, and alone asks for
// them in any case. It returns ErrNoPasskey, ErrPasskeysOff or
// ErrPasskeysOffIP.
func (s *Service) AskPasskey(ctx context.Context, c session.Caller, alone bool) (webauthn.RequestOptions, error) {
	var none webauthn.RequestOptions
	if err := s.possible(); err != nil {
		return none, err
	}
	if alone || c.Session.ID == "" {
		challenge, err := s.challenge(ctx, toEnter, rand.Text())
		return s.party().Request(challenge, webauthn.Required, nil), err
	}
	has, err := passkeysOf.All(ctx, s.DB, c.User.ID)
	if err != nil {
		return none, err
	}
	if len(has) == 0 {
		return none, ErrNoPasskey
	}
	challenge, err := s.challenge(ctx, toProve, c.Session.ID)
	return s.party().Request(challenge, webauthn.Preferred, credentials(has)), err
}

// Enter returns whose passkey it is that answers, as they were before it was
// checked. The passkey has verified its user, and has done so before: when it
// was added, or beside the password. It returns ErrPasskey. Stranger is the
// caller, who may have a session all the same.
func (s *Service) Enter(ctx context.Context, stranger session.Caller, answer []byte) (identity.User, error) {
	var nobody identity.User
	a, err := webauthn.ReadAssertion(answer)
	if err != nil {
		return nobody, ErrPasskey.Because(err)
	}
	if ok, err := s.answered(ctx, toEnter, "", a.Challenge); err != nil || !ok {
		return nobody, cmp.Or[error](err, ErrPasskey)
	}
	k, found, err := passkeyBy.Maybe(ctx, s.DB, a.ID)
	if err != nil || !found || string(a.UserHandle) != k.UserID {
		return nobody, cmp.Or[error](err, ErrPasskey)
	}
	user, err := identity.Get(ctx, s.DB, k.UserID)
	if err != nil {
		return nobody, err
	}
	stranger.User = user
	if ok, err := s.use(ctx, stranger, k, a, alone); err != nil || !ok {
		return nobody, cmp.Or[error](err, ErrPasskey)
	}
	return user, nil
}

// takePasskey checks the answer of one of the caller's passkeys.
func (s *Service) takePasskey(ctx context.Context, c session.Caller, answer string) (bool, error) {
	a, err := webauthn.ReadAssertion([]byte(answer))
	if err != nil {
		return false, nil
	}
	if ok, err := s.answered(ctx, toProve, c.Session.ID, a.Challenge); err != nil || !ok {
		return false, err
	}
	k, found, err := passkeyBy.Maybe(ctx, s.DB, a.ID)
	if err != nil || !found || k.UserID != c.User.ID {
		return false, err
	}
	if len(a.UserHandle) > 0 && string(a.UserHandle) != k.UserID {
		return false, nil
	}
	return s.use(ctx, c, k, a, beside(c))
}

// trust is what an answer has to show, and what it may bring about.
type trust struct {
	verified bool // the passkey must have verified its user
	vouched  bool // that it did counts from now on
}

// alone is for a passkey that is the only proof.
var alone = trust{verified: true}

// beside is for a passkey that follows another proof. Whoever has just given
// the password may let the passkey verify from now on; whoever finds an open
// session may not.
func beside(c session.Caller) trust { return trust{vouched: c.Session.Level == session.Half} }

// use checks what a passkey has signed and keeps what it told of itself.
func (s *Service) use(ctx context.Context, c session.Caller, k passkey, a webauthn.Assertion, t trust) (ok bool, err error) {
	now, err := s.party().Assert(a, k.credential(), t.verified, t.vouched)
	if errors.Is(err, webauthn.ErrCounter) {
		return false, s.suspect(ctx, c)
	}
	if err != nil {
		return false, nil
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := noteUse.Run(ctx, tx, k.FactorID, int64(now.Counter), int64(now.Flags))
		if ok = n == 1; err != nil || !ok {
			return err
		}
		_, err = touch.Run(ctx, tx, k.FactorID, s.Clock.Now())
		return err
	})
	return ok, err
}

// suspect tells the person that a passkey may have been copied.
func (s *Service) suspect(ctx context.Context, c session.Caller) error {
	told, err := s.notice(ctx, c, suspected, WebAuthn)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.record(ctx, tx, c, string(suspected)); err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
}

// challenge makes one that can be answered once.
func (s *Service) challenge(ctx context.Context, purpose, flow string) ([]byte, error) {
	fresh := s.Once.NewLink()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Once.KeepLink(ctx, tx, purpose, flow, fresh, challengeLife) })
	return []byte(fresh.Reveal()), err
}

// answered uses a challenge up, right or wrong as its answer may be, and
// reports whether it was given out for this. An empty flow is anybody's.
func (s *Service) answered(ctx context.Context, purpose, flow string, challenge []byte) (ok bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		of, found, err := s.Once.TakeLink(ctx, tx, purpose, string(challenge))
		ok = found && (flow == "" || of == flow)
		return err
	})
	return ok, err
}

// what says what a factor is, where it has no name.
func (f Factor) what(ctx context.Context) string {
	switch {
	case f.Kind == TOTP:
		return i18n.T(ctx, "factor.app")
	case f.roams():
		return i18n.T(ctx, "factor.security_key")
	}
	return i18n.T(ctx, "factor.passkey")
}

// roams reports whether a passkey is a thing of its own, such as a USB key, and
// not part of a device or an account.
func (f Factor) roams() bool {
	ways := strings.Fields(f.Transports)
	return !webauthn.Flags(f.Flags).Has(webauthn.BackupEligible) && !slices.Contains(ways, "internal") && !slices.Contains(ways, "hybrid")
}
