package password

import (
	"context"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/hashpool"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

// How many passwords are compared: of everybody for an address, and of each
// browser that the account knows.
var (
	strangers = limit.Declare("signin", 10, 15*time.Minute)
	known     = limit.Declare("signin-known-browser", 10, 15*time.Minute)
)

// InARow is how many wrong passwords by one lane, without a right one between
// them, disable the password for it.
const InARow = 100

// lane is the way by which a password comes.
type lane struct {
	rule    limit.Rule
	subject string
	device  string // id of the known browser; empty: the lane of everybody else
}

// guess is a password that is about to be compared.
type guess struct {
	lane
	user   identity.User // nobody, if there is nothing to compare with
	hash   string
	inARow int64
}

// Whose returns the active user with this normalized address and password, or
// nobody. device is the cookie of the browser that asks. It returns
// limit.ErrThrottled, hashpool.ErrBusy or hashpool.ErrTooLong.
func (s *Service) Whose(ctx context.Context, address, device string, password secret.Secret) (identity.User, error) {
	g, err := s.begin(ctx, address, device)
	if err != nil {
		return identity.User{}, err
	}
	ok, renew, err := s.compare(ctx, g.hash, password)
	switch {
	case err != nil:
		return identity.User{}, err
	case !ok:
		return identity.User{}, s.wrong(ctx, g)
	}
	if err := s.right(ctx, g); err != nil || !renew {
		return g.user, err
	}
	return g.user, s.renew(ctx, g, password)
}

// begin counts a guess before anything is compared. It asks the same questions
// of the database whether the address is known or not.
func (s *Service) begin(ctx context.Context, address, device string) (g guess, err error) {
	id, err := s.Devices.Find(ctx, s.DB, address, device)
	if err != nil {
		return g, err
	}
	g.lane = lane{strangers, address, ""}
	if id != "" {
		g.lane = lane{known, id, id}
	}
	return g, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Limit.TakeIn(ctx, tx, g.rule, g.subject); err != nil {
			return err
		}
		user, _, err := identity.FindUser(ctx, tx, address)
		if err != nil {
			return err
		}
		if user.State == identity.Active {
			g.user = user
		}
		return s.count(ctx, tx, &g)
	})
}

// kept is a hash, and how many wrong passwords it was compared with in a row.
type kept struct {
	Hash     string
	Failures int64
}

// count takes one of the guesses in a row. Where none is left, or nobody to
// have it, no hash is given away.
func (s *Service) count(ctx context.Context, tx *db.Tx, g *guess) error {
	if g.device == "" {
		k, _, err := fail.Maybe(ctx, tx, g.user.ID, InARow)
		g.hash, g.inARow = k.Hash, k.Failures
		return err
	}
	n, counted, err := s.Devices.Fail(ctx, tx, g.device, InARow)
	if err != nil || !counted {
		return err
	}
	g.inARow = n
	g.hash, _, err = hashOf.Maybe(ctx, tx, g.user.ID)
	return err
}

// compare takes as long without a hash, and finds nothing.
func (s *Service) compare(ctx context.Context, hash string, password secret.Secret) (ok, renew bool, err error) {
	if hash == "" {
		return false, false, s.Pool.VerifyNobody(ctx, password)
	}
	return s.Pool.Verify(ctx, hash, password)
}

// right ends the count of the lane that the right password came by.
func (s *Service) right(ctx context.Context, g guess) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Limit.ClearIn(ctx, tx, g.rule, g.subject); err != nil {
			return err
		}
		if g.device != "" {
			return s.Devices.Forgive(ctx, tx, g.device)
		}
		_, err := forgive.Run(ctx, tx, g.user.ID)
		return err
	})
}

// wrong tells the owner, once, when the password has just been disabled for a
// lane.
func (s *Service) wrong(ctx context.Context, g guess) error {
	if g.inARow != InARow {
		return nil
	}
	told, err := s.Notices.Write(ctx, g.user, "password.disabled", func(ctx context.Context) notice.Words { return disabled(ctx, g.device != "") })
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		err := s.Journal.RecordAccount(ctx, tx, journal.Act{At: s.Clock.Now(), Action: "password.disabled", Target: journal.Person(g.user.ID)})
		if err != nil {
			return err
		}
		return s.Notices.Send(ctx, tx, told)
	})
}

// renew hashes a right password anew where a hash costs more by now than when
// it was made. A full pool keeps nobody out: the next sign-in tries again.
func (s *Service) renew(ctx context.Context, g guess, password secret.Secret) error {
	fresh, err := s.Pool.Hash(ctx, password)
	if errors.Is(err, hashpool.ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := replace.Run(ctx, tx, g.user.ID, g.hash, fresh)
		return err
	})
}

// Unlock lets passwords be compared and links be asked for again, however many
// there were.
func (s *Service) Unlock(ctx context.Context, tx *db.Tx, user identity.User) error {
	emails, err := identity.Emails(ctx, tx, user.ID)
	if err != nil {
		return err
	}
	devices, err := s.Devices.All(ctx, tx, user)
	if err != nil {
		return err
	}
	for _, e := range emails {
		for _, rule := range []limit.Rule{strangers, asks} {
			if err := s.Limit.ClearIn(ctx, tx, rule, e.Normalized); err != nil {
				return err
			}
		}
	}
	for _, id := range devices {
		if err := s.Limit.ClearIn(ctx, tx, known, id); err != nil {
			return err
		}
	}
	return s.forgive(ctx, tx, user.ID)
}

// forgive ends every row of wrong passwords.
func (s *Service) forgive(ctx context.Context, tx *db.Tx, userID string) error {
	if _, err := forgive.Run(ctx, tx, userID); err != nil {
		return err
	}
	return s.Devices.ForgiveAll(ctx, tx, userID)
}

// Disabled reports whether the password signs in no browser that is new to the
// account.
func (s *Service) Disabled(ctx context.Context, q db.Q, userID string) (bool, error) {
	n, _, err := failures.Maybe(ctx, q, userID)
	return n >= InARow, err
}
