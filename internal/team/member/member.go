package member

import (
	"context"
	"errors"
	"net/url"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// What can go wrong.
var (
	ErrNone      = errs.New(errs.NotFound, "no_such_member")
	ErrRole      = errs.New(errs.Invalid, "member_role").On("role")
	ErrElsewhere = errs.New(errs.Conflict, "member_elsewhere")
	ErrNoFactor  = errs.New(errs.Conflict, "no_factor")
	ErrStale     = api.ErrStale
)

// Service reads and changes members. Each method is about the organization of
// the caller's membership.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Sessions session.Store
	Journal  *journal.Journal
	Notices  *notice.Notices
	Mail     *mail.Mailer
	Keys     *secret.Keys
	URL      *url.URL

	// Role names the role of a membership in the organization's own words.
	Role func(ctx context.Context, m identity.Membership) string
	// Protected reports whether a person has a second factor on.
	Protected func(ctx context.Context, q db.Q, userID string) (bool, error)
	// RemoveFactors takes every second factor of a person away.
	RemoveFactors func(ctx context.Context, tx *db.Tx, userID string) error
	// Reset writes the mail with the link of a password reset; what it returns
	// sends that.
	Reset func(ctx context.Context, address string) func(tx *db.Tx, userID string) error
	// Domains are those that an organization has verified, in ASCII and lower
	// case.
	Domains func(ctx context.Context, q db.Q, organizationID string) ([]string, error)
	// Authority returns the organization that has proved the domain of an
	// address, or nothing.
	Authority func(ctx context.Context, q db.Q, address string) (string, error)
	// Assign makes an address the primary one of a person. It returns
	// identity.ErrEmailTaken.
	Assign func(ctx context.Context, tx *db.Tx, userID, address string) error
	// Takes sets channels of a member, as the actor may.
	Takes func(ctx context.Context, tx *db.Tx, actor identity.Actor, userID string, channels map[string]Taking) error
}

// Member is somebody of the organization, as the caller may see them.
type Member struct {
	User       identity.User // without what the caller may not see
	Name       string        // empty: the person has told none
	Membership identity.Membership
	Own        bool      // the caller
	SignIn     SignIn    // zero for those who don't manage members
	Obstacles  Obstacles // what keeps the caller from changing a field; nil where the caller may not act at all
	tag        string
}

// SignIn is what whoever manages members sees of how somebody signs in.
type SignIn struct {
	Known        bool // whether the caller may see it
	Address      string
	State        string
	LastAt       time.Time // zero: never
	SecondFactor bool
	Devices      int       // only on a member's own page, as what follows
	BouncedAt    time.Time // since when mails to the address come back; zero: they don't
	Bounce       string    // why, in the words of the mail server's codes
}

// manages reports whether the caller sees how members sign in.
func manages(c session.Caller) bool { return c.Actor.Can(identity.ManageMembers) }

// Get returns a member of the caller's organization, or ErrNone.
func (s *Service) Get(ctx context.Context, c session.Caller, userID string) (Member, error) {
	m, err := s.member(ctx, s.DB, c, userID)
	if err != nil {
		return Member{}, err
	}
	u, err := identity.Get(ctx, s.DB, userID)
	if err != nil {
		return Member{}, err
	}
	all, err := identity.Memberships(ctx, s.DB, userID)
	if err != nil {
		return Member{}, err
	}
	set, err := policy.Account(ctx, s.DB, identity.First(all, m))
	if err != nil {
		return Member{}, err
	}
	sees := set.Pin(identity.AudiencesOf(u))
	out := s.view(c, u, m, sees)
	now, err := s.standing(ctx, s.DB, m)
	if err != nil {
		return Member{}, err
	}
	out.tag = s.tagOf(now)
	if manages(c) {
		err = s.managed(ctx, c, u, &out)
	}
	return out, err
}

// managed adds what whoever manages members sees: how the person signs in, and
// what the organization has in its hands.
func (s *Service) managed(ctx context.Context, c session.Caller, u identity.User, out *Member) (err error) {
	if out.SignIn, err = s.signIn(ctx, u); err != nil || !c.Actor.Membership.Role.MayTouch(out.Membership.Role) {
		return err
	}
	if out.Obstacles, err = s.obstacles(ctx, s.DB, c, out.Membership); err != nil {
		return err
	}
	if out.Obstacles[identity.Phone] == nil {
		out.User.Phone = u.Phone
	}
	return nil
}

// view is what the caller may see of a person beside how they sign in: what is
// private is left out. A designation is the organization's too, so whoever
// manages members always sees it.
func (s *Service) view(c session.Caller, u identity.User, m identity.Membership, sees identity.Audiences) Member {
	open := func(f identity.Field, text string) string {
		if sees[f] == identity.ToPrivate {
			return ""
		}
		return text
	}
	out := Member{Name: identity.ShownName(u, sees), Membership: m, Own: u.ID == c.User.ID}
	out.User = identity.User{
		ID: u.ID, DisplayName: u.DisplayName, FirstName: open(identity.FirstName, u.FirstName), LastName: open(identity.LastName, u.LastName),
		FullName: open(identity.FullName, u.Full()), Bio: open(identity.Bio, u.Bio), Phone: open(identity.Phone, u.Phone),
		Pronouns: open(identity.Pronouns, u.Pronouns), Locale: open(identity.Locale, u.Locale), TimeZone: open(identity.TimeZone, u.TimeZone),
		Picture: u.Picture,
	}
	if !manages(c) {
		out.Membership.Designation = open(identity.Designation, m.Designation)
	}
	return out
}

// Avatar is what stands for the member, under the base address.
func (m Member) Avatar(base string) identity.Avatar {
	return identity.AvatarOf(base, identity.User{ID: m.User.ID, DisplayName: m.Name, Picture: m.User.Picture}, m.Membership)
}

// member finds a membership in the caller's organization.
func (s *Service) member(ctx context.Context, q db.Q, c session.Caller, userID string) (identity.Membership, error) {
	m, err := identity.MemberOf(ctx, q, c.Actor.Membership.OrganizationID, userID)
	if errors.Is(err, identity.ErrNoMember) {
		return m, ErrNone
	}
	return m, err
}

func (s *Service) signIn(ctx context.Context, u identity.User) (in SignIn, err error) {
	email, err := identity.PrimaryEmail(ctx, s.DB, u.ID)
	if err != nil {
		return in, err
	}
	devices, err := s.Sessions.Devices(ctx, s.DB, u.ID)
	if err != nil {
		return in, err
	}
	in = SignIn{Known: true, Address: email.Address, State: u.State, LastAt: u.LastSignInAt.V, Devices: len(devices)}
	in.BouncedAt, in.Bounce = email.BouncedAt.V, email.Bounce
	in.SecondFactor, err = s.Protected(ctx, s.DB, u.ID)
	return in, err
}
