package app

import (
	"context"
	"time"

	"nameplate/internal/access/password"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

// Changed is what a command has done to a user.
type Changed struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Changed   bool   `json:"changed"`              // false: it was so before
	SignedOut int64  `json:"signed_out,omitempty"` // sessions that ended
}

// change finds a user and does something to them.
func (a *App) change(ctx context.Context, in WhichUser, do func(u identity.User, out *Changed) error) (Changed, error) {
	u, err := a.meant(ctx, in)
	if err != nil {
		return Changed{}, err
	}
	email, err := identity.PrimaryEmail(ctx, a.DB, u.ID)
	if err != nil {
		return Changed{}, err
	}
	out := Changed{ID: u.ID, Email: email.Address, Changed: true}
	if err := do(u, &out); err != nil {
		return Changed{}, err
	}
	return out, nil
}

// unlockUser ends every wait and every lock that wrong passwords and codes have
// brought about.
func (a *App) unlockUser(ctx context.Context, in WhichUser) (Changed, error) {
	return a.change(ctx, in, func(u identity.User, _ *Changed) error {
		return a.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := a.Password.Unlock(ctx, tx, u); err != nil {
				return err
			}
			if err := a.Factors.Unlock(ctx, tx, u.ID); err != nil {
				return err
			}
			return a.record(ctx, tx, u, "account.unlocked")
		})
	})
}

func (a *App) resetFactors(ctx context.Context, in WhichUser) (Changed, error) {
	return a.change(ctx, in, func(u identity.User, _ *Changed) error { return a.Factors.Reset(ctx, operator, u) })
}

func (a *App) signOutUser(ctx context.Context, in WhichUser) (Changed, error) {
	return a.change(ctx, in, func(u identity.User, out *Changed) (err error) {
		out.SignedOut, err = a.Devices.EndAll(ctx, operator, u.ID)
		return err
	})
}

// disableUser lets nobody in any more: what is open ends, and what waits to be
// used is void.
func (a *App) disableUser(ctx context.Context, in WhichUser) (Changed, error) {
	return a.change(ctx, in, func(u identity.User, out *Changed) error {
		return a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			if out.SignedOut, err = a.Sessions.CountOthers(ctx, tx, u.ID, ""); err != nil {
				return err
			}
			if out.Changed, err = identity.SetState(ctx, tx, u.ID, identity.Deactivated); err != nil || !out.Changed {
				return err
			}
			if _, err := a.Sessions.EndEverything(ctx, tx, u.ID, ""); err != nil {
				return err
			}
			if err := a.Changes.EndResets(ctx, tx, u.ID); err != nil {
				return err
			}
			return a.record(ctx, tx, u, "account.disabled")
		})
	})
}

func (a *App) enableUser(ctx context.Context, in WhichUser) (Changed, error) {
	return a.change(ctx, in, func(u identity.User, out *Changed) error {
		return a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			if out.Changed, err = identity.SetState(ctx, tx, u.ID, identity.Active); err != nil || !out.Changed {
				return err
			}
			return a.record(ctx, tx, u, "account.enabled")
		})
	})
}

func (a *App) record(ctx context.Context, tx *db.Tx, u identity.User, action string) error {
	return a.Journal.RecordAccount(ctx, tx, journal.Act{At: a.Clock.Now(), Action: action, Actor: operator, Target: journal.Person(u.ID)})
}

// ResetLink is a link by which a user sets a new password.
type ResetLink struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Link      string    `json:"link"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (a *App) resetLink(ctx context.Context, in WhichUser) (ResetLink, error) {
	var link secret.Secret
	done, err := a.change(ctx, in, func(u identity.User, _ *Changed) (err error) {
		link, err = a.Changes.Link(ctx, operator, u)
		return err
	})
	return ResetLink{done.ID, done.Email, link.Reveal(), a.Clock.Now().Add(password.ResetLife).UTC()}, err
}
