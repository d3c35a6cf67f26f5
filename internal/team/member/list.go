package member

import (
	"context"
	"encoding/base64"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/i18n"
)

// textMost is the most characters that are looked for.
const textMost = 100

// Query asks for a page of the list.
type Query struct {
	Text  string        // in a name, or for whoever manages members in the address
	Role  identity.Role // empty: every role
	Limit int
	After string // Next of the page before
}

// Page is a part of the list, by name.
type Page struct {
	Items []Member
	Next  string // empty: this was the last one
}

// List returns members of the caller's organization. It returns ErrRole or
// api.ErrMalformed for a cursor that is none of ours.
func (s *Service) List(ctx context.Context, c session.Caller, q Query) (out Page, err error) {
	if q.Role != "" && !q.Role.Valid() {
		return out, ErrRole
	}
	text, err := identity.Line("q", q.Text, textMost)
	if err != nil {
		return out, err
	}
	org := c.Actor.Membership.OrganizationID
	name, user, err := s.place(org, q.After)
	if err != nil {
		return out, err
	}
	inName, inAddress := containing(text), ""
	if manages(c) {
		inAddress = inName
	}
	found, err := some.All(ctx, s.DB, org, name, user, string(q.Role), inName, inAddress, q.Limit+1)
	if err != nil {
		return out, err
	}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		last := found[q.Limit-1]
		out.Next = s.cursor(org, last.SortKey, last.UserID)
	}
	out.Items, err = s.views(ctx, c, found)
	return out, err
}

// views are the lines of the list as the caller may see them.
func (s *Service) views(ctx context.Context, c session.Caller, found []row) ([]Member, error) {
	all, rules := make([]Member, len(found)), map[identity.Role]policy.Set{}
	for i, r := range found {
		set, known := rules[r.Role]
		if !known {
			var err error
			if set, err = policy.Effective(ctx, s.DB, policy.Scope{OrganizationID: c.Actor.Membership.OrganizationID, Role: r.Role}); err != nil {
				return nil, err
			}
			rules[r.Role] = set
		}
		m := c.Actor.Membership
		m.UserID, m.Role, m.Designation, m.Since = r.UserID, r.Role, r.Designation, r.Since
		all[i] = s.view(c, r.user(), m, set.Pin(identity.AudiencesOf(r.user())))
		if !manages(c) {
			continue
		}
		protected, err := s.Protected(ctx, s.DB, r.UserID)
		if err != nil {
			return nil, err
		}
		all[i].SignIn = SignIn{Known: true, Address: r.Address, State: r.State, LastAt: r.LastSignInAt.V, SecondFactor: protected}
	}
	return all, nil
}

// Counts returns how many members have each role.
func (s *Service) Counts(ctx context.Context, c session.Caller) (map[identity.Role]int, error) {
	found, err := roles.All(ctx, s.DB, c.Actor.Membership.OrganizationID)
	all := map[identity.Role]int{}
	for _, f := range found {
		all[f.Role] = int(f.Count)
	}
	return all, err
}

// containing is the pattern of what holds text; empty for no text.
func containing(text string) string {
	if text == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(i18n.Fold(text)) + "%"
}

// cursor names a place in the list. It holds somebody's name, so it is sealed,
// and that makes a forged one plain.
func (s *Service) cursor(org, name, user string) string {
	return base64.RawURLEncoding.EncodeToString(s.Keys.Seal([]byte(name+"\n"+user), cursorOf(org)))
}

func (s *Service) place(org, cursor string) (name, user string, err error) {
	if cursor == "" {
		return "", "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", "", api.ErrMalformed
	}
	plain, err := s.Keys.Open(sealed, cursorOf(org))
	if err != nil {
		return "", "", api.ErrMalformed
	}
	i := strings.LastIndexByte(string(plain), '\n')
	return string(plain[:i]), string(plain[i+1:]), nil
}

func cursorOf(org string) string { return "members|cursor|" + org }
