package member

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// designationMost is the most characters of a designation.
const designationMost = 128

// Change is what to change of a membership; nil leaves it as it is.
type Change struct {
	Role        *identity.Role
	Designation *string
	Tag         string // of the membership that the change was made from; empty: any
}

// Tag tells states of a membership apart, as far as Change can change it.
func (m Member) Tag() string { return tag(m.Membership) }

func tag(m identity.Membership) string {
	sum := sha256.Sum256([]byte(string(m.Role) + "\n" + m.Designation))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
}

// Change gives a member another role or designation. It returns ErrNone,
// session.ErrDenied for whoever is above the caller or would be, ErrStale,
// identity.ErrLastOwner, or what is wrong with the fields.
func (s *Service) Change(ctx context.Context, c session.Caller, userID string, ch Change) (Member, error) {
	target, err := s.touchable(ctx, s.DB, c, userID)
	if err != nil {
		return Member{}, err
	}
	if err := s.gives(ctx, s.DB, c, ch.Role); err != nil {
		return Member{}, err
	}
	if ch, err = clean(ch); err != nil {
		return Member{}, err
	}
	var letter *mail.Message
	if ch.Role != nil && userID != c.User.ID {
		if letter, err = s.roleLetter(ctx, c, target, *ch.Role); err != nil {
			return Member{}, err
		}
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := s.held(ctx, tx, c, userID)
		if err != nil {
			return err
		}
		if err := s.gives(ctx, tx, c, ch.Role); err != nil {
			return err
		}
		if ch.Tag != "" && ch.Tag != tag(before) {
			return ErrStale
		}
		return s.write(ctx, tx, c, before, ch, letter)
	})
	if err != nil {
		return Member{}, err
	}
	if userID == c.User.ID { // what the caller sees depends on the own role
		if c.Actor.Membership, err = s.member(ctx, s.DB, c, userID); err != nil {
			return Member{}, err
		}
	}
	return s.Get(ctx, c, userID)
}

func clean(ch Change) (Change, error) {
	if ch.Role != nil && !ch.Role.Valid() {
		return ch, ErrRole
	}
	if ch.Designation != nil {
		text, err := identity.Line("designation", *ch.Designation, designationMost)
		if err != nil {
			return ch, err
		}
		ch.Designation = &text
	}
	return ch, nil
}

func (s *Service) write(ctx context.Context, tx *db.Tx, c session.Caller, before identity.Membership, ch Change, letter *mail.Message) error {
	act := journal.Act{At: s.Clock.Now(), Action: "profile.updated", Actor: c.Actor, Target: journal.Person(before.UserID)}
	if ch.Designation != nil && *ch.Designation != before.Designation {
		act.Changes = append(act.Changes, "designation")
		if err := s.designate(ctx, tx, c, before, *ch.Designation); err != nil {
			return err
		}
	}
	if ch.Role != nil && *ch.Role != before.Role {
		act.Action, act.Changes = "member.role_changed", append(act.Changes, "role")
		act.Details = map[string]string{"before": string(before.Role), "after": string(*ch.Role)}
		if err := s.appoint(ctx, tx, before, *ch.Role, letter); err != nil {
			return err
		}
	}
	if len(act.Changes) == 0 {
		return nil
	}
	return s.Journal.RecordMember(ctx, tx, before.OrganizationID, act)
}

// designate sets a designation. The person's profile gets a new version first,
// in the order in which the person's own save takes the rows.
func (s *Service) designate(ctx context.Context, tx *db.Tx, c session.Caller, m identity.Membership, text string) error {
	if _, err := touchProfile.Run(ctx, tx, m.UserID, s.Clock.Now(), c.User.ID); err != nil {
		return err
	}
	_, err := setDesignation.Run(ctx, tx, m.OrganizationID, m.UserID, text)
	return err
}

func (s *Service) appoint(ctx context.Context, tx *db.Tx, m identity.Membership, role identity.Role, letter *mail.Message) error {
	if err := identity.SetRole(ctx, tx, m, role, s.Clock.Now()); err != nil || letter == nil {
		return err
	}
	return s.Mail.Send(ctx, tx, *letter)
}

// Remove ends a membership: the caller's own, or that of somebody whom the
// caller may act on. It returns ErrNone, session.ErrDenied or
// identity.ErrLastOwner.
func (s *Service) Remove(ctx context.Context, c session.Caller, userID string) error {
	var letter *mail.Message
	if userID != c.User.ID {
		target, err := s.touchable(ctx, s.DB, c, userID)
		if err != nil {
			return err
		}
		if letter, err = s.removedLetter(ctx, c, target); err != nil {
			return err
		}
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := s.leaving(ctx, tx, c, userID)
		if err != nil {
			return err
		}
		// Named before the row goes, and undone with it if it stays.
		err = s.Journal.RecordMember(ctx, tx, m.OrganizationID, journal.Act{
			At: s.Clock.Now(), Action: "member.left", Actor: c.Actor, Target: journal.Person(userID), Details: map[string]string{"role": string(m.Role)},
		})
		if err != nil {
			return err
		}
		if err := identity.RemoveMember(ctx, tx, m); err != nil || letter == nil {
			return err
		}
		return s.Mail.Send(ctx, tx, *letter)
	})
}

// leaving is held for a membership that ends: everybody may end the own one.
func (s *Service) leaving(ctx context.Context, tx *db.Tx, c session.Caller, userID string) (identity.Membership, error) {
	if userID != c.User.ID {
		return s.held(ctx, tx, c, userID)
	}
	if err := identity.Hold(ctx, tx, c.Actor.Membership.OrganizationID); err != nil {
		return identity.Membership{}, session.ErrNotFound
	}
	return s.member(ctx, tx, c, userID)
}

// held holds the organization and returns the member as touchable does.
func (s *Service) held(ctx context.Context, tx *db.Tx, c session.Caller, userID string) (identity.Membership, error) {
	if err := identity.Hold(ctx, tx, c.Actor.Membership.OrganizationID); err != nil {
		return identity.Membership{}, session.ErrNotFound
	}
	return s.touchable(ctx, tx, c, userID)
}

// touchable returns a member on whom the caller may act by the roles that both
// have now, which are not always those of the request's beginning. It returns
// session.ErrDenied or ErrNone.
func (s *Service) touchable(ctx context.Context, q db.Q, c session.Caller, userID string) (identity.Membership, error) {
	own, err := s.member(ctx, q, c, c.User.ID)
	if err != nil {
		return own, err
	}
	if !own.Role.May(identity.ManageMembers) {
		return own, session.ErrDenied
	}
	target, err := s.member(ctx, q, c, userID)
	if err == nil && !own.Role.MayTouch(target.Role) {
		err = session.ErrDenied
	}
	return target, err
}

// gives refuses a role above the one that the caller has now.
func (s *Service) gives(ctx context.Context, q db.Q, c session.Caller, role *identity.Role) error {
	if role == nil {
		return nil
	}
	own, err := s.member(ctx, q, c, c.User.ID)
	if err == nil && !own.Role.MayTouch(*role) {
		err = session.ErrDenied
	}
	return err
}

// inLanguageOf is the context in which a letter to somebody is written.
func inLanguageOf(ctx context.Context, u identity.User) context.Context {
	if u.Locale == "" {
		return ctx
	}
	return i18n.With(ctx, u.Locale)
}
