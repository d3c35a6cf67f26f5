package invitation

import (
	"context"
	"errors"
	"net/http"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

const maxName = 64

// What can go wrong beside a dead link.
var (
	ErrSomebodyElse = errs.New(errs.Denied, "invitation_for_another") // the caller is not whose address it is
	ErrClosed       = errs.New(errs.Denied, "signup_closed")
)

// Acceptance is what somebody accepts with. A new address needs a password.
type Acceptance struct {
	Token       string
	DisplayName string
	Password    secret.Secret
	Device      string // cookie by which accounts know the browser
}

// Joined is what an acceptance has come to.
type Joined struct {
	Organization identity.OrganizationRef
	Session      secret.Secret // the token of a new session; empty: the caller keeps theirs
	Device       secret.Secret // cookie by which a new account knows the browser
}

// Standing is how somebody stands to an invitation.
type Standing uint8

// The standings.
const (
	New     Standing = iota // the address has no account
	Unknown                 // it has one, and nobody is signed in
	Invited                 // the caller is whose address it is
	Member                  // and belongs to the organization already
	Another                 // somebody else is signed in
)

// Look returns the invitation of a link, and how the caller stands to it. It
// uses nothing up. It returns once.ErrToken for a dead link, whoever asks.
func (s *Service) Look(ctx context.Context, c session.Caller, token string) (Invitation, Standing, error) {
	inv, err := s.alive(ctx, token)
	if err != nil {
		return inv, New, err
	}
	who, err := standing(ctx, s.DB, c, inv)
	if err == nil && who != New && who != Invited {
		_, err = s.alive(ctx, token) // it may just have been used, which comes first
	}
	return inv, who, err
}

// alive returns the invitation of a link that works.
func (s *Service) alive(ctx context.Context, token string) (Invitation, error) {
	id, ok, err := s.Once.PeekLink(ctx, s.DB, purpose, token)
	if err != nil || !ok {
		return Invitation{}, orDead(err)
	}
	inv, found, err := byID.Maybe(ctx, s.DB, id)
	if err != nil || !found || inv.State(s.Clock.Now()) != Pending {
		return Invitation{}, orDead(err)
	}
	inv.InviterName, err = s.nameOf(ctx, inv.InvitedBy)
	return inv, err
}

func orDead(err error) error {
	if err == nil {
		return once.ErrToken
	}
	return err
}

func standing(ctx context.Context, q db.Q, c session.Caller, inv Invitation) (Standing, error) {
	owner, known, err := identity.FindEmail(ctx, q, inv.Normalized)
	switch {
	case err != nil:
		return New, err
	case !c.Actor.SignedIn() && known:
		return Unknown, nil
	case !c.Actor.SignedIn():
		return New, nil
	case owner.UserID != c.User.ID:
		return Another, nil
	}
	all, err := identity.Memberships(ctx, q, c.User.ID)
	if _, none := identity.Pick(all, inv.OrganizationID); err == nil && none == nil {
		return Member, nil
	}
	return Invited, err
}

// Accept makes a member of whoever was invited. It returns once.ErrToken for a
// dead link, before it looks at the caller; then ErrSomebodyElse, ErrMember,
// ErrClosed, policy.ErrElsewhere, errs.Fields or hashpool.ErrBusy.
func (s *Service) Accept(ctx context.Context, c session.Caller, o session.Opening, a Acceptance) (Joined, error) {
	inv, who, err := s.Look(ctx, c, a.Token)
	if err != nil {
		return Joined{}, err
	}
	switch who {
	case Invited:
		return s.join(ctx, c, inv, a.Token)
	case Member:
		return Joined{}, ErrMember
	case New:
		if provided, err := s.Provided(ctx, s.DB, inv.Address); err != nil || provided {
			return Joined{}, orElsewhere(err)
		}
		return s.signUp(ctx, c.Actor, o, inv, a)
	}
	return Joined{}, ErrSomebodyElse
}

// orElsewhere is the error of somebody who becomes a member by signing in at the
// provider of the organization that has the address's domain.
func orElsewhere(err error) error {
	if err == nil {
		return policy.ErrElsewhere
	}
	return err
}

// join adds a membership to the caller's account. The link is a proof that
// somebody without a second factor is who they are, and not a second factor.
func (s *Service) join(ctx context.Context, c session.Caller, inv Invitation, token string) (Joined, error) {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.take(ctx, tx, inv, token); err != nil {
			return err
		}
		who, err := standing(ctx, tx, c, inv)
		if err != nil {
			return err
		}
		if who != Invited {
			return ErrSomebodyElse
		}
		if err := s.admit(ctx, tx, c.Actor, inv); err != nil {
			return err
		}
		if err := s.Sessions.Switch(ctx, tx, c.Session.ID, inv.OrganizationID); err != nil {
			return err
		}
		factors, err := s.Offer(ctx, tx, c.User.ID)
		if err != nil || len(factors) > 0 {
			return err
		}
		return s.Sessions.Prove(ctx, tx, c.Session.ID, purpose)
	})
	return Joined{Organization: inv.membership().Ref()}, err
}

// signUp makes an account whose address counts as verified, and signs in.
func (s *Service) signUp(ctx context.Context, actor identity.Actor, o session.Opening, inv Invitation, a Acceptance) (Joined, error) {
	if s.Closed {
		return Joined{}, ErrClosed
	}
	name, hash, err := s.credentials(ctx, inv, a)
	if err != nil {
		return Joined{}, err
	}
	out := Joined{Organization: inv.membership().Ref()}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if err := s.take(ctx, tx, inv, a.Token); err != nil {
			return err
		}
		if actor.UserID, err = s.Account(ctx, tx, identity.NewUser{Address: inv.Address, DisplayName: name}, hash); err != nil {
			return err
		}
		err = s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: s.Clock.Now(), Action: "account.created", Actor: actor, Target: journal.Person(actor.UserID),
		})
		if err != nil {
			return err
		}
		if err := s.admit(ctx, tx, actor, inv); err != nil {
			return err
		}
		return s.enter(ctx, tx, actor.UserID, o, a.Device, &out)
	})
	if errors.Is(err, identity.ErrEmailTaken) {
		err = ErrSomebodyElse // an account was made meanwhile, by another way
	}
	return out, err
}

// credentials checks what a new person has typed and hashes the password.
func (s *Service) credentials(ctx context.Context, inv Invitation, a Acceptance) (name, hash string, err error) {
	var faults errs.Fields
	if name, err = identity.Line("display_name", a.DisplayName, maxName); faults.Add(err) != nil {
		return "", "", err
	}
	m := inv.membership()
	hash, err = s.NewPassword(ctx, []identity.Membership{m}, a.Password, []string{inv.Address, a.DisplayName, m.OrganizationName})
	if faults.Add(err) != nil {
		return "", "", err
	}
	return name, hash, faults.OrNil()
}

// take uses the invitation and its link up. Of several at once one goes on.
func (s *Service) take(ctx context.Context, tx *db.Tx, inv Invitation, token string) error {
	if err := identity.Hold(ctx, tx, inv.OrganizationID); errors.Is(err, identity.ErrNoMember) {
		return once.ErrToken
	} else if err != nil {
		return err
	}
	n, err := accept.Run(ctx, tx, inv.ID, s.Clock.Now())
	if err != nil || n == 0 {
		return orDead(err)
	}
	id, ok, err := s.Once.TakeLink(ctx, tx, purpose, token)
	if err != nil || !ok || id != inv.ID {
		return orDead(err)
	}
	// The sender may have lost the right since it was looked at.
	now, err := byID.One(ctx, tx, inv.ID)
	if err == nil && !now.InviterRole.MayTouch(now.Role) {
		err = once.ErrToken
	}
	return err
}

// admit makes the actor a member.
func (s *Service) admit(ctx context.Context, tx *db.Tx, actor identity.Actor, inv Invitation) error {
	now, m := s.Clock.Now(), inv.membership()
	m.UserID = actor.UserID
	if err := identity.AddMember(ctx, tx, m, now); err != nil {
		return err
	}
	return s.Journal.RecordMember(ctx, tx, inv.OrganizationID, journal.Act{
		At: now, Action: "member.joined", Actor: actor, Target: journal.Person(actor.UserID), Details: map[string]string{"role": string(m.Role)},
	})
}

// enter signs a new user in.
func (s *Service) enter(ctx context.Context, tx *db.Tx, userID string, o session.Opening, browser string, out *Joined) (err error) {
	if err := identity.NoteSignIn(ctx, tx, userID, s.Clock.Now()); err != nil {
		return err
	}
	if o.User, err = identity.Get(ctx, tx, userID); err != nil {
		return err
	}
	if out.Device, err = s.Devices.Remember(ctx, tx, o.User, browser); err != nil {
		return err
	}
	o.Level, o.Method = session.Full, "password"
	out.Session, err = s.Sessions.Open(ctx, tx, o)
	return err
}

// give sets the cookies of a new session, if there is one.
func (j Joined) give(w http.ResponseWriter, secure bool) {
	if j.Session != "" {
		session.SetCookie(w, secure, j.Session)
		device.SetCookie(w, secure, j.Device)
	}
}
