package organization

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// offerLife is how long an offer of ownership waits.
const offerLife = 7 * 24 * time.Hour

// What can go wrong with an offer of ownership.
var (
	ErrNoOffer  = errs.New(errs.NotFound, "no_transfer")
	ErrReceiver = errs.New(errs.Invalid, "transfer_receiver").On("user")
	ErrOwner    = errs.New(errs.Conflict, "transfer_to_owner")
)

// Offer is an ownership that waits for its receiver.
type Offer struct {
	From, To  string // ids of the people
	ExpiresAt time.Time
	Mine      bool // the caller is the receiver
}

// Offer offers the caller's ownership to a member, who is told by mail. A newer
// offer takes the place of the one before. It returns session.ErrDenied,
// ErrReceiver or ErrOwner.
func (s *Service) Offer(ctx context.Context, c session.Caller, userID string) (Offer, error) {
	now := s.Clock.Now()
	o := Offer{From: c.User.ID, To: userID, ExpiresAt: now.Add(offerLife)}
	letter, err := s.offerLetter(ctx, c, userID)
	if err != nil {
		return o, err
	}
	return o, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.owns(ctx, tx, c); err != nil {
			return err
		}
		id := c.Actor.Membership.OrganizationID
		to, err := identity.MemberOf(ctx, tx, id, userID)
		switch {
		case err != nil:
			return receiver(err)
		case to.Role == identity.Owner:
			return ErrOwner
		}
		if _, err := putOffer.Run(ctx, tx, id, o.From, o.To, now, o.ExpiresAt); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, journal.Act{Action: "ownership.offered", Target: journal.Person(userID)}); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, letter)
	})
}

// receiver blames the field for somebody who is no member.
func receiver(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return ErrReceiver
	}
	return err
}

// Pending returns the offer that waits, to owners and its receiver. It returns
// ErrNoOffer.
func (s *Service) Pending(ctx context.Context, c session.Caller) (Offer, error) {
	found, ok, err := offerOf.Maybe(ctx, s.DB, c.Actor.Membership.OrganizationID, s.Clock.Now())
	if err != nil {
		return Offer{}, err
	}
	mine := found.ToUser == c.User.ID
	if !ok || !mine && !c.Actor.Can(identity.ManageOwners) {
		return Offer{}, ErrNoOffer
	}
	return Offer{found.FromUser, found.ToUser, found.ExpiresAt, mine}, nil
}

// Accept makes the caller, who is the receiver, an owner, and the giver an
// admin. It returns ErrNoOffer, also where the giver owns no more.
func (s *Service) Accept(ctx context.Context, c session.Caller) error {
	offered, err := s.Pending(ctx, c)
	if err != nil {
		return err
	}
	letter, err := s.acceptedLetter(ctx, c, offered.From)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.hand(ctx, tx, c); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, journal.Act{Action: "ownership.transferred", Target: journal.Person(c.User.ID), Changes: []string{"role"}}); err != nil {
			return err
		}
		return s.Mail.Send(ctx, tx, letter)
	})
}

// hand uses the offer up and changes both roles.
func (s *Service) hand(ctx context.Context, tx *db.Tx, c session.Caller) error {
	id := c.Actor.Membership.OrganizationID
	if err := identity.Hold(ctx, tx, id); err != nil {
		return gone(err)
	}
	giver, ok, err := takeOffer.Maybe(ctx, tx, id, c.User.ID, s.Clock.Now())
	if err != nil || !ok {
		return orNone(err)
	}
	from, err := identity.MemberOf(ctx, tx, id, giver)
	if err != nil || from.Role != identity.Owner {
		return orNone(err)
	}
	to, err := identity.MemberOf(ctx, tx, id, c.User.ID)
	if err != nil {
		return orNone(err)
	}
	if err := identity.SetRole(ctx, tx, to, identity.Owner, s.Clock.Now()); err != nil {
		return err
	}
	return identity.SetRole(ctx, tx, from, identity.Admin, s.Clock.Now())
}

// orNone says that there is no offer where nothing else went wrong.
func orNone(err error) error {
	if err == nil || errs.KindOf(err) == errs.NotFound {
		return ErrNoOffer
	}
	return err
}

// Withdraw ends the offer that waits: an owner takes it back, or its receiver
// declines. It returns ErrNoOffer.
func (s *Service) Withdraw(ctx context.Context, c session.Caller) error {
	offered, err := s.Pending(ctx, c)
	if err != nil {
		return err
	}
	action := "ownership.offer_withdrawn"
	if offered.Mine {
		action = "ownership.offer_declined"
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := dropOffer.Run(ctx, tx, c.Actor.Membership.OrganizationID)
		if err != nil || n == 0 {
			return orNone(err)
		}
		return s.record(ctx, tx, c, journal.Act{Action: action, Target: journal.Person(offered.To)})
	})
}

// Sweep removes offers that have expired.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweep.Run(ctx, tx, s.Clock.Now())
	return err
}
