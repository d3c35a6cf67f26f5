package openid

import (
	"context"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
)

// Scopes that an app may ask for, in the order in which they are shown.
const (
	ScopeOpenID  = "openid"
	ScopeProfile = "profile"
	ScopeEmail   = "email"
	ScopePhone   = "phone"
	ScopeOffline = "offline_access"
)

// Scopes lists every scope.
var Scopes = []string{ScopeOpenID, ScopeProfile, ScopeEmail, ScopePhone, ScopeOffline}

// known are the scopes that are asked for in the order of [Scopes]. Others are
// left out, as OpenID Connect Core 1.0 (3.1.2.1) wishes.
func known(asked []string) (scopes []string) {
	for _, s := range Scopes {
		if slices.Contains(asked, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// Levels of assurance (acr), as far as they are known: one proof, or two.
const (
	oneProof  = "aal1"
	twoProofs = "aal2"
)

// proofs are the words of RFC 8176 for how somebody has signed in. A second
// factor is asked for after the password alone, or is a passkey that knows its
// user.
var proofs = map[string][]string{
	"password":    {"pwd"},
	"totp":        {"pwd", "otp", "mfa"},
	"backup_code": {"pwd", "otp", "mfa"},
	"sms":         {"pwd", "sms", "mfa"},
	"webauthn":    {"pop", "user", "mfa"},
}

// assurance is how well somebody is known who has proved themselves this way.
func assurance(method string) (acr string, amr []string) {
	amr = proofs[method]
	if slices.Contains(amr, "mfa") {
		return twoProofs, amr
	}
	return oneProof, amr
}

// subject is somebody as an app of an organization sees them.
type subject struct {
	user   identity.User
	member identity.Membership
	sees   identity.Audiences
	email  identity.Email
}

func (s *Service) subject(ctx context.Context, userID, organizationID string) (p subject, err error) {
	if p.user, err = identity.Get(ctx, s.DB, userID); err != nil {
		return p, err
	}
	all, err := identity.Memberships(ctx, s.DB, userID)
	if err != nil {
		return p, err
	}
	if p.member, err = identity.Pick(all, organizationID); err != nil {
		return p, err
	}
	set, err := policy.Account(ctx, s.DB, identity.First(all, p.member))
	if err != nil {
		return p, err
	}
	p.sees = set.Pin(identity.AudiencesOf(p.user))
	p.email, err = identity.PrimaryEmail(ctx, s.DB, userID)
	return p, err
}

// claims are what the scopes tell of somebody: the card, and the address and
// the number that the person has allowed.
func (s *Service) claims(p subject, scopes []string) map[string]any {
	all := map[string]any{"sub": p.user.ID}
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	if has(ScopeProfile) {
		s.profile(p, all)
	}
	if has(ScopeEmail) {
		all["email"], all["email_verified"] = p.email.Address, !p.email.VerifiedAt.IsZero()
	}
	if has(ScopePhone) && p.user.Phone != "" {
		all["phone_number"], all["phone_number_verified"] = p.user.Phone, false
	}
	return all
}

// profile adds what stands on the card.
func (s *Service) profile(p subject, all map[string]any) {
	shown := p.user
	shown.DisplayName = identity.ShownName(p.user, p.sees)
	put := func(name, text string) {
		if text != "" {
			all[name] = text
		}
	}
	public := func(f identity.Field, text string) string {
		if p.sees[f] != identity.ToPublic {
			return ""
		}
		return text
	}
	put("name", shown.DisplayName)
	put("picture", identity.AvatarOf(s.Issuer(), shown, p.member).URL)
	put("profile", s.Issuer()+"/c/"+p.user.ID)
	put("locale", p.user.Locale)
	put("zoneinfo", public(identity.TimeZone, p.user.TimeZone))
	put("pronouns", public(identity.Pronouns, p.user.Pronouns))
	put("designation", public(identity.Designation, p.member.Designation))
	all["updated_at"] = p.user.UpdatedAt.Unix()
	all["organization"] = p.member.Ref()
	all["role"] = p.member.Role
}

// member reports whether somebody belongs to an organization.
func member(ctx context.Context, q db.Q, organizationID, userID string) (bool, error) {
	all, err := identity.Memberships(ctx, q, userID)
	return slices.ContainsFunc(all, func(m identity.Membership) bool { return m.OrganizationID == organizationID }), err
}

func words(scopes []string) string { return strings.Join(scopes, " ") }
