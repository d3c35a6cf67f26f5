package invitation

import (
	"context"
	"net/url"
	"time"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

const (
	// Life is how long a link works.
	Life = 7 * 24 * time.Hour
	// Kept is how long an answered invitation stays in the list.
	Kept = 90 * 24 * time.Hour
	// Most is how many people one call invites.
	Most = 200

	maxDesignation = 128
	purpose        = "invitation"
	idKind         = "inv"
)

// Budgets. What goes to one address is counted over all organizations, known
// address or not.
var (
	toAddress        = limit.Declare("invitation", 5, time.Hour)
	fromOrganization = limit.Declare("invitations", 1000, 24*time.Hour)
)

// State is where an invitation stands.
type State string

// The states. An expired one can be sent again.
const (
	Pending  State = "pending"
	Accepted State = "accepted"
	Revoked  State = "revoked"
	Expired  State = "expired"
)

// What can go wrong.
var (
	ErrNone     = errs.New(errs.NotFound, "no_such_invitation")
	ErrMember   = errs.New(errs.Conflict, "already_member")
	ErrAnswered = errs.New(errs.Conflict, "invitation_answered")
	ErrTwice    = errs.New(errs.Conflict, "invited_twice")
	ErrRole     = errs.New(errs.Invalid, "unknown_role").On("role")
)

// Service invites people and lets them in.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Once     once.Store
	Limit    *limit.Limiter
	Mail     *mail.Mailer
	Sessions session.Store
	Devices  device.Store
	Journal  *journal.Journal
	URL      *url.URL
	Closed   bool // nobody gets a new account

	// Label is what a role is called in its organization.
	Label func(ctx context.Context, m identity.Membership) string
	// Rules says in sentences what holds for whoever has these memberships: for
	// a password, and beside it.
	Rules func(ctx context.Context, all []identity.Membership) (passwords string, others []string, err error)
	// NewPassword holds a password against the rules of an account with these
	// memberships and these words of its own, and returns its hash.
	NewPassword func(ctx context.Context, all []identity.Membership, password secret.Secret, own []string) (string, error)
	// Account adds a user with a verified address and a password.
	Account func(ctx context.Context, tx *db.Tx, n identity.NewUser, passwordHash string) (string, error)
	// Provided reports whether people with an address sign in at an identity
	// provider alone, and so become members there.
	Provided func(ctx context.Context, q db.Q, address string) (bool, error)
	// Offer lists the second factors of a user.
	Offer func(ctx context.Context, q db.Q, userID string) ([]string, error)
}

// Invitee is who shall be invited, and as what.
type Invitee struct {
	Address     string
	Role        identity.Role
	Designation string
}

// Outcome is what became of one of several.
type Outcome struct {
	Invitation Invitation
	Err        error // of Invite
}

// State is where the invitation stands now. One whose sender may not give the
// role any more has expired.
func (i Invitation) State(now time.Time) State {
	if State(i.Stored) != Pending {
		return State(i.Stored)
	}
	if !now.Before(i.ExpiresAt) || !i.InviterRole.MayTouch(i.Role) {
		return Expired
	}
	return Pending
}

// membership is what the invitation leads to.
func (i Invitation) membership() identity.Membership {
	return identity.Membership{
		OrganizationID: i.OrganizationID, OrganizationName: i.OrganizationName, RoleLabels: i.RoleLabels, Role: i.Role, Designation: i.Designation,
	}
}

// List returns up to limit invitations to the caller's organization that
// precede a cursor, the newest first. An empty cursor begins at the newest.
func (s *Service) List(ctx context.Context, m identity.Membership, cursor string, limit int) ([]Invitation, error) {
	if cursor == "" {
		cursor = idKind + "_z" // after every id
	}
	all, err := page.All(ctx, s.DB, m.OrganizationID, cursor, limit)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i, inv := range all {
		name, known := names[inv.InvitedBy]
		if !known {
			if name, err = s.nameOf(ctx, inv.InvitedBy); err != nil {
				return nil, err
			}
			names[inv.InvitedBy] = name
		}
		all[i].InviterName = name
	}
	return all, nil
}

func (s *Service) nameOf(ctx context.Context, userID string) (string, error) {
	if userID == "" {
		return "", nil
	}
	u, err := identity.Get(ctx, s.DB, userID)
	return identity.ShownName(u, identity.AudiencesOf(u)), err
}

// permit refuses what the caller may not do with an invitation to the role.
func permit(c session.Caller, role identity.Role) error {
	if !c.Actor.Can(identity.ManageMembers) || role.Valid() && !c.Actor.Membership.Role.MayTouch(role) {
		return session.ErrDenied
	}
	return nil
}

// permitAll is permit for what sends links. Those to owners and admins need a
// fresh proof.
func (s *Service) permitAll(c session.Caller, all ...identity.Role) error {
	sensitive := false
	for _, role := range all {
		if err := permit(c, role); err != nil {
			return err
		}
		sensitive = sensitive || role == identity.Owner || role == identity.Admin
	}
	if sensitive && !c.Session.Proved(s.Clock.Now()) {
		return session.ErrStale
	}
	return nil
}

// find returns an invitation of the caller's organization, or ErrNone.
func (s *Service) find(ctx context.Context, c session.Caller, id string) (Invitation, error) {
	inv, found, err := byID.Maybe(ctx, s.DB, id)
	if err == nil && (!found || inv.OrganizationID != c.Actor.Membership.OrganizationID) {
		return inv, ErrNone
	}
	return inv, err
}
