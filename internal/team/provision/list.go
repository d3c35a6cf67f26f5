package provision

import (
	"context"
	"errors"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/scim"
)

// mostResults are in one answer.
const mostResults = 200

// Query asks for a part of a list.
type Query struct {
	Filter string
	Start  int // of the first, from 1
	Count  int
}

// Page is a part of a list.
type Page struct {
	Total int
	Start int
	Items []scim.Object
}

// part cuts what is asked for out of all.
func part[T any](q Query, all []T) ([]T, Page) {
	out := Page{Total: len(all), Start: max(q.Start, 1)}
	from := min(out.Start-1, len(all))
	return all[from:min(from+min(max(q.Count, 0), mostResults), len(all))], out
}

// User returns somebody of the organization, or ErrNone.
func (s *Service) User(ctx context.Context, c Client, id string) (scim.Object, error) {
	return s.read(ctx, s.DB, c.OrganizationID, id)
}

// Users returns those of the organization whom a filter means: its members, and
// those whom the provider keeps. It returns scim.ErrFilter.
func (s *Service) Users(ctx context.Context, c Client, q Query) (Page, error) {
	f, err := users.ParseFilter(q.Filter)
	if err != nil {
		return Page{}, err
	}
	if q.Filter == "" {
		return s.everybody(ctx, c, q)
	}
	found, err := s.candidates(ctx, c.OrganizationID, f)
	if err != nil {
		return Page{}, err
	}
	items, err := s.resources(ctx, c.OrganizationID, found)
	if err != nil {
		return Page{}, err
	}
	return chosen(q, f, items), nil
}

func chosen(q Query, f scim.Filter, all []scim.Object) Page {
	meant := []scim.Object{}
	for _, o := range all {
		if f.Match(o) {
			meant = append(meant, o)
		}
	}
	items, out := part(q, meant)
	out.Items = items
	return out
}

// everybody reads no more than the part that is asked for.
func (s *Service) everybody(ctx context.Context, c Client, q Query) (Page, error) {
	known, err := idsOf.All(ctx, s.DB, c.OrganizationID)
	if err != nil {
		return Page{}, err
	}
	few, out := part(q, known)
	found, err := s.several(ctx, c.OrganizationID, few)
	if err != nil {
		return Page{}, err
	}
	out.Items, err = s.resources(ctx, c.OrganizationID, found)
	return out, err
}

// candidates are those whom a filter can mean. What providers ask all day, who
// has a name or an id, goes by an index.
func (s *Service) candidates(ctx context.Context, org string, f scim.Filter) ([]person, error) {
	if id, ok := f.Equal("id"); ok {
		return s.several(ctx, org, []string{id})
	}
	if id, ok := f.Equal("externalId"); ok {
		known, err := byExternal.All(ctx, s.DB, org, id)
		if err != nil {
			return nil, err
		}
		return s.several(ctx, org, known)
	}
	if name, ok := f.Equal("userName"); ok {
		return s.called(ctx, org, name)
	}
	return all.All(ctx, s.DB, org)
}

// called are those whom the provider calls so, or a member with that address.
func (s *Service) called(ctx context.Context, org, name string) ([]person, error) {
	known, err := byKey.All(ctx, s.DB, org, strings.ToLower(name))
	if err != nil {
		return nil, err
	}
	email, found, err := identity.FindEmail(ctx, s.DB, name)
	if err != nil {
		return nil, err
	}
	if found && (len(known) == 0 || known[0] != email.UserID) {
		known = append(known, email.UserID)
	}
	return s.several(ctx, org, known)
}

// several reads those of some people who are of the organization.
func (s *Service) several(ctx context.Context, org string, ids []string) (found []person, err error) {
	for _, id := range ids {
		p, err := find(ctx, s.DB, org, id)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	slices.SortFunc(found, func(a, b person) int { return strings.Compare(a.UserID, b.UserID) })
	return found, nil
}

// resources are people as answers show them, in the order of their ids.
func (s *Service) resources(ctx context.Context, org string, found []person) ([]scim.Object, error) {
	out := []scim.Object{}
	if len(found) == 0 {
		return out, nil
	}
	in, err := groupsOf.All(ctx, s.DB, org, found[0].UserID, found[len(found)-1].UserID)
	if err != nil {
		return nil, err
	}
	of := map[string][]inGroup{}
	for _, g := range in {
		of[g.UserID] = append(of[g.UserID], g)
	}
	for _, p := range found {
		out = append(out, s.resource(org, p, of[p.UserID]))
	}
	return out, nil
}

// Groups returns the groups that a filter means.
func (s *Service) Groups(ctx context.Context, c Client, q Query) (Page, error) {
	f, err := groups.ParseFilter(q.Filter)
	if err != nil {
		return Page{}, err
	}
	known, err := allGroups.All(ctx, s.DB, c.OrganizationID)
	if err != nil {
		return Page{}, err
	}
	members, err := groupMembers(ctx, s.DB, c.OrganizationID)
	if err != nil {
		return Page{}, err
	}
	var items []scim.Object
	for _, g := range known {
		items = append(items, s.groupResource(c.OrganizationID, g, members[g.ID]))
	}
	return chosen(q, f, items), nil
}

func groupMembers(ctx context.Context, q db.Q, org string) (map[string][]string, error) {
	in, err := allMembers.All(ctx, q, org)
	of := map[string][]string{}
	for _, m := range in {
		of[m.GroupID] = append(of[m.GroupID], m.UserID)
	}
	return of, err
}
