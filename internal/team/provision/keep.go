package provision

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/provenance"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/scim"
)

// What can stand in the way of a change.
var (
	ErrTaken   = errs.New(errs.Conflict, "scim_taken")
	ErrAddress = errs.New(errs.Malformed, "scim_address")
	ErrMoves   = errs.New(errs.Malformed, "scim_address_moves")
	ErrDomain  = errs.New(errs.Malformed, "scim_domain")
	ErrRemoved = errs.New(errs.Conflict, "scim_removed_here")
	ErrClosed  = errs.New(errs.Conflict, "scim_deactivated")
	ErrAbove   = errs.New(errs.Denied, "scim_owner")
)

// Replace makes a person what the provider sends. What it does not say of being
// active stays.
func (s *Service) Replace(ctx context.Context, c Client, id, match string, sent scim.Object) (scim.Object, error) {
	return s.change(ctx, c, id, match, func(before scim.Object) (scim.Object, error) {
		if _, said := sent["active"]; !said {
			sent["active"] = before["active"]
		}
		return sent, nil
	})
}

// Patch changes a person.
func (s *Service) Patch(ctx context.Context, c Client, id, match string, p scim.Patch) (scim.Object, error) {
	return s.change(ctx, c, id, match, p.Apply)
}

// change makes of what the provider has told of somebody something else, and
// does what follows from it. It returns ErrNone, api.ErrStale for a version that
// is not the present one, or what stands in the way.
func (s *Service) change(ctx context.Context, c Client, id, match string, to func(scim.Object) (scim.Object, error)) (out scim.Object, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, c.OrganizationID); err != nil {
			return ErrNone
		}
		p, err := find(ctx, tx, c.OrganizationID, id)
		if err != nil {
			return err
		}
		if err := s.fresh(ctx, tx, c, p, match); err != nil {
			return err
		}
		after, err := to(p.told())
		if err != nil {
			return err
		}
		w, err := wanted(after)
		if err != nil {
			return err
		}
		if err := s.settle(ctx, tx, c, p, w); err != nil {
			return err
		}
		out, err = s.read(ctx, tx, c.OrganizationID, id)
		return err
	})
	return out, err
}

// fresh returns api.ErrStale unless match, if there is one, is the version that
// somebody is in.
func (s *Service) fresh(ctx context.Context, q db.Q, c Client, p person, match string) error {
	if match == "" || match == "*" {
		return nil
	}
	in, err := groupsOf.All(ctx, q, c.OrganizationID, p.UserID, p.UserID)
	if err != nil {
		return err
	}
	return matches(match, s.resource(c.OrganizationID, p, in))
}

func matches(match string, o scim.Object) error {
	for _, tag := range strings.Split(match, ",") {
		if strings.TrimSpace(tag) == scim.String(o, "meta", "version") {
			return nil
		}
	}
	return api.ErrStale
}

// read is somebody as answers show them.
func (s *Service) read(ctx context.Context, q db.Q, org, id string) (scim.Object, error) {
	p, err := find(ctx, q, org, id)
	if err != nil {
		return nil, err
	}
	in, err := groupsOf.All(ctx, q, org, id, id)
	return s.resource(org, p, in), err
}

// settle makes somebody what is wanted.
func (s *Service) settle(ctx context.Context, tx *db.Tx, c Client, p person, w want) error {
	if err := stays(p, w); err != nil {
		return err
	}
	if err := s.record(ctx, tx, c, p.UserID, w); err != nil {
		return err
	}
	var err error
	switch {
	case p.member() && !w.active:
		err = s.suspend(ctx, tx, c, p)
	case !p.member() && w.active:
		err = s.resume(ctx, tx, c, p)
	}
	if err != nil || !w.active {
		return err
	}
	// What was held is given back, or was given anew here: once.
	if _, err := hold.Run(ctx, tx, c.OrganizationID, p.UserID, "", ""); err != nil {
		return err
	}
	return s.tell(ctx, tx, c, p.UserID, p.Address, w.values)
}

// stays refuses to move an address: it opens the account, and is the person's.
// What the provider has always said may differ from it.
func stays(p person, w want) error {
	var before scim.Object
	if p.kept() {
		json.Unmarshal([]byte(p.Attributes.V), &before) //nolint:errcheck // written by spell alone
	}
	switch identity.NormalEmail(w.address) {
	case "", identity.NormalEmail(p.Address), identity.NormalEmail(mainOf(scim.Objects(before, "emails"))):
		return nil
	}
	return ErrMoves
}

// record keeps what the provider has told. It returns ErrTaken for a userName
// that is somebody else's in the organization.
func (s *Service) record(ctx context.Context, tx *db.Tx, c Client, userID string, w want) error {
	other, found, err := byKey.Maybe(ctx, tx, c.OrganizationID, w.key)
	if err != nil {
		return err
	}
	if found && other != userID {
		return ErrTaken
	}
	if err := s.unnamed(ctx, tx, c, userID, w.key); err != nil {
		return err
	}
	text, err := spell(w.told)
	if err != nil {
		return err
	}
	_, err = keep.Run(ctx, tx, c.OrganizationID, userID, w.key, w.external, text, w.active, s.Clock.Now())
	return err
}

// unnamed returns ErrTaken for the address of somebody else of the organization:
// whom the provider does not keep is called by that.
func (s *Service) unnamed(ctx context.Context, q db.Q, c Client, userID, key string) error {
	held, found, err := identity.FindEmail(ctx, q, key)
	if err != nil || !found || held.UserID == userID {
		return err
	}
	p, err := find(ctx, q, c.OrganizationID, held.UserID)
	switch {
	case errors.Is(err, ErrNone), err == nil && p.kept():
		return nil
	}
	return orTaken(err)
}

// tell gives the profile what the provider has of it.
func (s *Service) tell(ctx context.Context, tx *db.Tx, c Client, userID, address string, v provenance.Values) error {
	owner, err := s.Owner(ctx, tx, address)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	changed, err := provenance.Write(ctx, tx, provenance.Source{
		OrganizationID: c.OrganizationID, UserID: userID, Way: provenance.SCIM, Provider: c.Name,
	}, v, owner == c.OrganizationID, now)
	if err != nil || len(changed) == 0 {
		return err
	}
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: now, Action: "profile.updated", Actor: c.actor(), Target: journal.Person(userID), Changes: changed,
	})
}

// Delete ends what a provider keeps of somebody, and the membership. The person
// stays.
func (s *Service) Delete(ctx context.Context, c Client, id, match string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, c.OrganizationID); err != nil {
			return ErrNone
		}
		p, err := find(ctx, tx, c.OrganizationID, id)
		if err != nil {
			return err
		}
		if err := s.fresh(ctx, tx, c, p, match); err != nil {
			return err
		}
		if p.member() {
			if err := s.suspend(ctx, tx, c, p); err != nil {
				return err
			}
		}
		if _, err := leaveGroups.Run(ctx, tx, c.OrganizationID, id); err != nil {
			return err
		}
		if _, err := forget.Run(ctx, tx, c.OrganizationID, id); err != nil {
			return err
		}
		return provenance.Drop(ctx, tx, c.OrganizationID, id, provenance.SCIM)
	})
}
