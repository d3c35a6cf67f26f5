package channel

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
)

// Standing is what somebody takes on in their main organization now.
type Standing struct {
	Name    string
	Address string            // of the primary e-mail
	Takes   map[string]Taking // by channel, those that were ever set
	Until   time.Time         // end of the focus that takes all of them off; zero: none
}

// Taking is how much of a channel somebody takes now.
type Taking struct {
	Capacity  int // kept while it is not available
	Available bool
}

// standingRow is a channel of somebody.
type standingRow struct {
	UserID      string
	OrgID       string
	Channel     string
	Enabled     bool
	Capacity    int64
	Role        string
	Address     string
	DisplayName string
	FullName    string
	FirstName   string
	LastName    string
	Visibility  string
}

// Standings returns what members take on whose main organization this is, by
// their ids.
func (s *Service) Standings(ctx context.Context, q db.Q, organizationID string) (map[string]Standing, error) {
	rows, err := standings.All(ctx, q, organizationID)
	if err != nil {
		return nil, err
	}
	return s.stand(ctx, q, organizationID, rows)
}

// StandingOf is the same of one user; false where they take nothing on.
func (s *Service) StandingOf(ctx context.Context, q db.Q, userID string) (Standing, bool, error) {
	rows, err := standingsOf.All(ctx, q, userID)
	if err != nil || len(rows) == 0 {
		return Standing{}, false, err
	}
	all, err := s.stand(ctx, q, rows[0].OrgID, rows)
	st, found := all[userID]
	return st, found, err
}

func (s *Service) stand(ctx context.Context, q db.Q, organizationID string, rows []standingRow) (map[string]Standing, error) {
	most, err := bounds(ctx, q, organizationID)
	if err != nil {
		return nil, err
	}
	away, err := s.Away(ctx, q, organizationID)
	if err != nil {
		return nil, err
	}
	all := map[string]Standing{}
	for _, r := range rows {
		st, known := all[r.UserID]
		if !known {
			u := identity.User{DisplayName: r.DisplayName, FullName: r.FullName, FirstName: r.FirstName, LastName: r.LastName, Visibility: r.Visibility}
			st = Standing{Name: identity.ShownName(u, identity.AudiencesOf(u)), Address: r.Address, Takes: map[string]Taking{}, Until: away[r.UserID]}
		}
		bound, err := most(r.Channel, identity.Role(r.Role))
		if err != nil {
			return nil, err
		}
		if bound > 0 {
			st.Takes[r.Channel] = Taking{min(int(r.Capacity), bound), r.Enabled && st.Until.IsZero()}
		}
		all[r.UserID] = st
	}
	return all, nil
}

// bounds returns what an organization allows of a channel, by role.
func bounds(ctx context.Context, q db.Q, organizationID string) (func(channel string, role identity.Role) (int, error), error) {
	book, err := policy.Read(ctx, q, organizationID)
	if err != nil {
		return nil, err
	}
	sets := map[identity.Role]policy.Set{}
	return func(channel string, role identity.Role) (int, error) {
		rules, known := sets[role]
		if !known {
			var err error
			if rules, err = book.Effective(policy.Scope{OrganizationID: organizationID, Role: role}); err != nil {
				return 0, err
			}
			sets[role] = rules
		}
		return policy.CapacityMax(channel).Of(rules), nil
	}, nil
}

// Taker is a member who has a channel on.
type Taker struct {
	UserID   string
	Channel  string
	Capacity int
}

// Takers returns who has which channel on, with room for anything at all.
func (s *Service) Takers(ctx context.Context, organizationID string) (all []Taker, err error) {
	rows, err := takers.All(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	most, err := bounds(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		bound, err := most(r.Channel, identity.Role(r.Role))
		if err != nil {
			return nil, err
		}
		if n := min(int(r.Capacity), bound); n > 0 {
			all = append(all, Taker{r.UserID, r.Channel, n})
		}
	}
	return all, nil
}

// Offered returns the channels that the organization has.
func (s *Service) Offered(ctx context.Context, organizationID string) (names []string, err error) {
	most, err := bounds(ctx, s.DB, organizationID)
	if err != nil {
		return nil, err
	}
	for _, name := range policy.Channels {
		n, err := most(name, identity.Agent)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			names = append(names, name)
		}
	}
	return names, nil
}

type takerRow struct {
	UserID   string
	Channel  string
	Capacity int64
	Role     string
}

var (
	standings = db.Rows[standingRow](`
		SELECT c.user_id, c.organization_id AS org_id, c.channel, c.enabled, c.capacity, m.role, e.address,
			u.display_name, u.full_name, u.first_name, u.last_name, u.visibility
		FROM member_channels c
		JOIN memberships m ON m.organization_id = c.organization_id AND m.user_id = c.user_id AND m.is_main = TRUE
		JOIN users u ON u.id = c.user_id
		JOIN emails e ON e.user_id = c.user_id AND e.is_primary = TRUE
		WHERE c.organization_id = $1 AND u.state = 'active'`)
	standingsOf = db.Rows[standingRow](`
		SELECT c.user_id, c.organization_id AS org_id, c.channel, c.enabled, c.capacity, m.role, e.address,
			u.display_name, u.full_name, u.first_name, u.last_name, u.visibility
		FROM member_channels c
		JOIN memberships m ON m.organization_id = c.organization_id AND m.user_id = c.user_id AND m.is_main = TRUE
		JOIN users u ON u.id = c.user_id
		JOIN emails e ON e.user_id = c.user_id AND e.is_primary = TRUE
		WHERE c.user_id = $1 AND u.state = 'active'`)
	takers = db.Rows[takerRow](`
		SELECT c.user_id, c.channel, c.capacity, m.role
		FROM member_channels c
		JOIN memberships m ON m.organization_id = c.organization_id AND m.user_id = c.user_id
		JOIN users u ON u.id = c.user_id
		WHERE c.organization_id = $1 AND c.enabled = TRUE AND u.state = 'active'`)
)
