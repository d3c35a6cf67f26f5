package provision

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/scim"
)

type group struct {
	ID          string
	DisplayName string
	ExternalID  string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// inGroup is one person in one group.
type inGroup struct {
	GroupID     string
	UserID      string
	DisplayName string // of the group
}

// told is what the provider has told of a group.
func (g group) told(members []string) scim.Object {
	o := scim.Object{"displayName": g.DisplayName}
	if g.ExternalID != "" {
		o["externalId"] = g.ExternalID
	}
	var list []any
	for _, id := range members {
		list = append(list, scim.Object{"value": id})
	}
	if len(list) > 0 {
		o["members"] = list
	}
	return o
}

func (s *Service) groupResource(org string, g group, members []string) scim.Object {
	o := g.told(members)
	for _, m := range scim.Objects(o, "members") {
		m["type"], m["$ref"] = "User", s.Base(org)+"/Users/"+scim.String(m, "value")
	}
	return s.sealed(o, org, groups, "Groups", g.ID, g.CreatedAt, g.UpdatedAt)
}

// Group returns a group, or ErrNone.
func (s *Service) Group(ctx context.Context, c Client, id string) (scim.Object, error) {
	return s.readGroup(ctx, s.DB, c.OrganizationID, id)
}

func (s *Service) readGroup(ctx context.Context, q db.Q, org, id string) (scim.Object, error) {
	g, members, err := findGroup(ctx, q, org, id)
	return s.groupResource(org, g, members), err
}

func findGroup(ctx context.Context, q db.Q, org, id string) (g group, members []string, err error) {
	g, found, err := oneGroup.Maybe(ctx, q, org, id)
	if err != nil {
		return g, nil, err
	}
	if !found {
		return g, nil, ErrNone
	}
	members, err = membersOf.All(ctx, q, id)
	return g, members, err
}

// CreateGroup adds a group. It returns ErrTaken for a name that another one
// has.
func (s *Service) CreateGroup(ctx context.Context, c Client, sent scim.Object) (out scim.Object, err error) {
	now := s.Clock.Now()
	g, err := groupOf(sent)
	if err != nil {
		return nil, err
	}
	g.ID = ids.New(ids.Group, now)
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, c.OrganizationID); err != nil {
			return ErrNone
		}
		_, err := addGroup.Run(ctx, tx, g.ID, c.OrganizationID, g.DisplayName, strings.ToLower(g.DisplayName), g.ExternalID, now)
		if err != nil {
			return orName(err)
		}
		if err := s.fill(ctx, tx, c, g.ID, nil, sent, false); err != nil {
			return err
		}
		if err := s.recordGroup(ctx, tx, c, "scim_group.made", g.ID); err != nil {
			return err
		}
		out, err = s.readGroup(ctx, tx, c.OrganizationID, g.ID)
		return err
	})
	return out, err
}

// orName reads the error of the index of names.
func orName(err error) error {
	if db.Duplicate(err, "scim_groups", "name_key") || db.Duplicate(err, "scim_groups", "organization_id") {
		return ErrTaken
	}
	return err
}

func groupOf(o scim.Object) (g group, err error) {
	g = group{DisplayName: scim.String(o, "displayName"), ExternalID: scim.String(o, "externalId")}
	if g.DisplayName == "" || len(g.DisplayName) > maxTerm || len(g.ExternalID) > maxTerm {
		err = scim.ErrValue.With("Attribute", "displayName")
	}
	return g, err
}

// ReplaceGroup makes a group what the provider sends.
func (s *Service) ReplaceGroup(ctx context.Context, c Client, id, match string, sent scim.Object) (scim.Object, error) {
	return s.changeGroup(ctx, c, id, match, func(scim.Object) (scim.Object, error) { return sent, nil })
}

// PatchGroup changes a group.
func (s *Service) PatchGroup(ctx context.Context, c Client, id, match string, p scim.Patch) (scim.Object, error) {
	return s.changeGroup(ctx, c, id, match, p.Apply)
}

func (s *Service) changeGroup(ctx context.Context, c Client, id, match string, to func(scim.Object) (scim.Object, error)) (out scim.Object, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, members, err := s.heldGroup(ctx, tx, c, id, match)
		if err != nil {
			return err
		}
		after, err := to(before.told(members))
		if err != nil {
			return err
		}
		g, err := groupOf(after)
		if err != nil {
			return err
		}
		_, err = changeGroup.Run(ctx, tx, c.OrganizationID, id, g.DisplayName, strings.ToLower(g.DisplayName), g.ExternalID, s.Clock.Now())
		if err != nil {
			return orName(err)
		}
		if err := s.fill(ctx, tx, c, id, members, after, before.DisplayName != g.DisplayName); err != nil {
			return err
		}
		out, err = s.readGroup(ctx, tx, c.OrganizationID, id)
		return err
	})
	return out, err
}

// heldGroup holds the organization and returns a group in the version that is
// meant.
func (s *Service) heldGroup(ctx context.Context, tx *db.Tx, c Client, id, match string) (g group, members []string, err error) {
	if err := identity.Hold(ctx, tx, c.OrganizationID); err != nil {
		return g, nil, ErrNone
	}
	if g, members, err = findGroup(ctx, tx, c.OrganizationID, id); err != nil || match == "" || match == "*" {
		return g, members, err
	}
	return g, members, matches(match, s.groupResource(c.OrganizationID, g, members))
}

// DeleteGroup removes a group. What it gave is given no more.
func (s *Service) DeleteGroup(ctx context.Context, c Client, id, match string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, members, err := s.heldGroup(ctx, tx, c, id, match)
		if err != nil {
			return err
		}
		if err := s.recordGroup(ctx, tx, c, "scim_group.removed", id); err != nil {
			return err
		}
		if _, err := removeGroup.Run(ctx, tx, c.OrganizationID, id); err != nil {
			return err
		}
		return s.appointAll(ctx, tx, c, members)
	})
}

func (s *Service) recordGroup(ctx context.Context, tx *db.Tx, c Client, action, id string) error {
	return s.Journal.RecordOrganization(ctx, tx, c.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: c.actor(), Target: journal.Thing(id),
	})
}

// fill puts into a group who is to be in it and nobody else, and gives the
// roles that follow. renamed says that the group may give another role now.
func (s *Service) fill(ctx context.Context, tx *db.Tx, c Client, id string, before []string, o scim.Object, renamed bool) error {
	wanted, touched := map[string]bool{}, map[string]bool{}
	for _, m := range scim.Objects(o, "members") {
		wanted[scim.String(m, "value")] = true
	}
	for _, userID := range before {
		if touched[userID] = renamed; wanted[userID] {
			delete(wanted, userID)
			continue
		}
		touched[userID] = true
		if _, err := removeMember.Run(ctx, tx, id, userID); err != nil {
			return err
		}
	}
	for _, userID := range slices.Sorted(maps.Keys(wanted)) {
		if _, err := find(ctx, tx, c.OrganizationID, userID); errors.Is(err, ErrNone) {
			return scim.ErrValue.With("Attribute", "members")
		} else if err != nil {
			return err
		}
		touched[userID] = true
		if _, err := addMember.Run(ctx, tx, id, userID); err != nil {
			return err
		}
	}
	maps.DeleteFunc(touched, func(_ string, is bool) bool { return !is })
	return s.appointAll(ctx, tx, c, slices.Sorted(maps.Keys(touched)))
}

// appointAll gives people the roles that their groups give by now. Owners stay
// what they are, and nobody becomes one.
func (s *Service) appointAll(ctx context.Context, tx *db.Tx, c Client, userIDs []string) error {
	for _, userID := range userIDs {
		role, given, err := s.roleOf(ctx, tx, c.OrganizationID, userID)
		if err != nil {
			return err
		}
		m, err := identity.MemberOf(ctx, tx, c.OrganizationID, userID)
		if errors.Is(err, identity.ErrNoMember) || err == nil && (!given || m.Role == identity.Owner || m.Role == role) {
			continue
		}
		if err != nil {
			return err
		}
		if err := s.appoint(ctx, tx, c, m, role); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) appoint(ctx context.Context, tx *db.Tx, c Client, m identity.Membership, role identity.Role) error {
	if err := identity.SetRole(ctx, tx, m, role, s.Clock.Now()); err != nil {
		return err
	}
	return s.Journal.RecordMember(ctx, tx, m.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: "member.role_changed", Actor: c.actor(), Target: journal.Person(m.UserID), Changes: []string{"role"},
		Details: map[string]string{"before": string(m.Role), "after": string(role), "provider": c.ID},
	})
}

// roleOf is the role that somebody's groups give: that of the first line of the
// list that fits, or else an agent's. Without groups, or without a list, roles
// are given here.
func (s *Service) roleOf(ctx context.Context, q db.Q, org, userID string) (role identity.Role, given bool, err error) {
	list, err := s.Mappings(ctx, q, org)
	if err != nil || len(list) == 0 {
		return "", false, err
	}
	if given, err = s.Gives(ctx, q, org); err != nil || !given {
		return "", false, err
	}
	in, err := groupsOf.All(ctx, q, org, userID, userID)
	for _, m := range list {
		if slices.ContainsFunc(in, func(g inGroup) bool { return m.Role != identity.Owner && strings.EqualFold(g.DisplayName, m.Group) }) {
			return m.Role, true, err
		}
	}
	return identity.Agent, true, err
}

// Gives reports whether a provider keeps groups in an organization, which give
// the roles there then, at sign-in too.
func (s *Service) Gives(ctx context.Context, q db.Q, org string) (bool, error) {
	_, found, err := anyGroup.Maybe(ctx, q, org)
	return found, err
}

// Counts is how much a provider keeps in an organization.
type Counts struct {
	Kept   int64
	Active int64
	Groups int64
}

type lastRow struct{ SyncedAt sql.Null[time.Time] }
