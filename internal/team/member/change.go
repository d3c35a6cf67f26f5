package member

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
)

// designationMost is the most characters of a designation.
const designationMost = 128

// Change is what to change of a membership; nil leaves it as it is.
type Change struct {
	Role        *identity.Role
	Designation *string
	Phone       *string
	Email       *string
	Channels    map[string]Taking // by name
	Tag         string            // of the membership that the change was made from; empty: any
}

// Taking is what a member takes on of a channel; nil leaves it as it is.
type Taking struct {
	Enabled  *bool
	Capacity *int
}

// standing is what Change can change of a member.
type standing struct {
	identity.Membership
	phone string
	email identity.Email
}

func (s *Service) standing(ctx context.Context, q db.Q, m identity.Membership) (out standing, err error) {
	out.Membership = m
	if out.phone, err = phoneOf.One(ctx, q, m.UserID); err != nil {
		return out, err
	}
	out.email, err = identity.PrimaryEmail(ctx, q, m.UserID)
	return out, err
}

// Tag tells states of a member apart, as far as Change can change them.
func (m Member) Tag() string { return m.tag }

// tagOf is a MAC, because some of it is not for everybody who sees the tag.
func (s *Service) tagOf(now standing) string {
	text := strings.Join([]string{string(now.Role), now.Designation, now.phone, now.email.Normalized}, "\n")
	return `"` + base64.RawURLEncoding.EncodeToString(s.Keys.MAC("member", []byte(text))[:9]) + `"`
}

// Change gives a member another role, designation, phone number or address, or
// other channels, all or nothing. It returns what Takes does, ErrNone, session.ErrDenied for whoever is above the caller or would
// be, what stands in the way of a field, ErrStale, identity.ErrLastOwner,
// identity.ErrEmailTaken, or what is wrong with the fields.
func (s *Service) Change(ctx context.Context, c session.Caller, userID string, ch Change) (Member, error) {
	target, err := s.touchable(ctx, s.DB, c, userID)
	if err != nil {
		return Member{}, err
	}
	if err := s.gives(ctx, s.DB, c, ch.Role); err != nil {
		return Member{}, err
	}
	if err := s.allowed(ctx, s.DB, c, target, ch); err != nil {
		return Member{}, err
	}
	if ch, err = clean(ch); err != nil {
		return Member{}, err
	}
	if ch.Email != nil {
		if err := s.mayHave(ctx, s.DB, target.OrganizationID, *ch.Email); err != nil {
			return Member{}, err
		}
	}
	l, err := s.letters(ctx, c, target, ch)
	if err != nil {
		return Member{}, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := s.held(ctx, tx, c, userID)
		if err != nil {
			return err
		}
		if err := s.gives(ctx, tx, c, ch.Role); err != nil {
			return err
		}
		if err := s.allowed(ctx, tx, c, m, ch); err != nil {
			return err
		}
		before, err := s.standing(ctx, tx, m)
		if err != nil {
			return err
		}
		if ch.Tag != "" && ch.Tag != s.tagOf(before) {
			return ErrStale
		}
		if err := s.write(ctx, tx, c, before, ch, l); err != nil || len(ch.Channels) == 0 {
			return err
		}
		return s.Takes(ctx, tx, c.Actor, userID, ch.Channels)
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

// allowed returns what stands in the way of a change that the rules can forbid.
func (s *Service) allowed(ctx context.Context, q db.Q, c session.Caller, target identity.Membership, ch Change) error {
	if ch.Designation == nil && ch.Phone == nil && ch.Email == nil {
		return nil
	}
	all, err := s.obstacles(ctx, q, c, target)
	if err != nil {
		return err
	}
	return all.first(ch)
}

func clean(ch Change) (Change, error) {
	var faults errs.Fields
	if ch.Role != nil && !ch.Role.Valid() {
		faults = append(faults, ErrRole)
	}
	for _, one := range []struct {
		text  **string
		clean func(string) (string, error)
	}{{&ch.Designation, designation}, {&ch.Phone, phone}, {&ch.Email, address}} {
		if *one.text == nil {
			continue
		}
		text, err := one.clean(**one.text)
		if err := faults.Add(err); err != nil {
			return ch, err
		}
		*one.text = &text
	}
	return ch, faults.OrNil()
}

func designation(text string) (string, error) {
	return identity.Line(string(identity.Designation), text, designationMost)
}

func phone(text string) (string, error) {
	return identity.PhoneNumber(string(identity.Phone), text)
}

func address(text string) (string, error) {
	clean, err := mail.ParseAddress(text)
	if err != nil {
		return "", mail.ErrAddress.On(string(identity.EmailField))
	}
	return clean, nil
}

func (s *Service) write(ctx context.Context, tx *db.Tx, c session.Caller, before standing, ch Change, l letters) (err error) {
	act := journal.Act{At: s.Clock.Now(), Action: "profile.updated", Actor: c.Actor, Target: journal.Person(before.UserID)}
	if act.Changes, err = s.reach(ctx, tx, c, before, ch, l); err != nil {
		return err
	}
	if slices.Contains(act.Changes, string(identity.EmailField)) {
		act.Action = "email.changed"
	}
	if ch.Designation != nil && *ch.Designation != before.Designation {
		act.Changes = append(act.Changes, "designation")
		if err := s.designate(ctx, tx, c, before.Membership, *ch.Designation); err != nil {
			return err
		}
	}
	if ch.Role != nil && *ch.Role != before.Role {
		if act.Changes = append(act.Changes, "role"); act.Action != "email.changed" {
			act.Action = "member.role_changed"
		}
		act.Details = map[string]string{"before": string(before.Role), "after": string(*ch.Role)}
		if err := s.appoint(ctx, tx, before.Membership, *ch.Role, l.role); err != nil {
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
