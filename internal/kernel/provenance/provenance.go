package provenance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// Ways by which a provider tells.
const (
	SignIn = "sign_in"
	SCIM   = "scim"
)

// Source is who tells something of a person.
type Source struct {
	OrganizationID string
	UserID         string
	Way            string
	Provider       string // what people call it
}

// Provided is what one source has told.
type Provided struct {
	OrganizationID string
	Way            string
	Provider       string
	Fields         string // with commas between
	SyncedAt       time.Time
}

// Values are fields as a provider has them.
type Values map[identity.Field]string

// order lists what a provider can have, with the most characters of each.
var order = []struct {
	field identity.Field
	most  int
}{
	{identity.FirstName, 64}, {identity.LastName, 64}, {identity.FullName, 128}, {identity.DisplayName, 64},
	{identity.Phone, 0}, {identity.Designation, 128},
}

// Clean returns values as they can be kept: without empty ones, and without a
// number that is none as it stands, because telling it right is no matter of
// the person's. It returns what is wrong with the others.
func Clean(v Values) (Values, error) {
	out := Values{}
	var faults errs.Fields
	for _, o := range order {
		text, err := identity.Line(string(o.field), v[o.field], o.most)
		if o.field == identity.Phone {
			if text, err = identity.PhoneNumber(string(o.field), v[o.field]); err != nil {
				continue
			}
		}
		if err := faults.Add(err); err != nil {
			return nil, err
		}
		if text != "" {
			out[o.field] = text
		}
	}
	return out, faults.OrNil()
}

// Write gives a person what a source tells, which Clean has returned, and
// returns the names of the fields that were others before. all says that the
// organization answers for the person; else only the designation is taken. The
// journal is the caller's to write.
func Write(ctx context.Context, tx *db.Tx, s Source, v Values, all bool, now time.Time) ([]string, error) {
	if err := identity.Lock(ctx, tx, s.UserID); err != nil {
		return nil, err
	}
	u, err := identity.Get(ctx, tx, s.UserID)
	if err != nil {
		return nil, err
	}
	m, err := identity.MemberOf(ctx, tx, s.OrganizationID, s.UserID)
	if err != nil && !errors.Is(err, identity.ErrNoMember) {
		return nil, err
	}
	var told, changed []string
	for _, o := range order {
		to := placeOf(&u, &m, o.field)
		text, ok := v[o.field]
		if !ok || !all && o.field != identity.Designation {
			continue
		}
		told = append(told, string(o.field))
		if *to != text {
			*to = text
			changed = append(changed, string(o.field))
		}
	}
	if _, err := note.Run(ctx, tx, s.OrganizationID, s.UserID, s.Way, s.Provider, strings.Join(told, ","), now); err != nil {
		return nil, err
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return changed, store(ctx, tx, u, m, changed, now)
}

func store(ctx context.Context, tx *db.Tx, u identity.User, m identity.Membership, changed []string, now time.Time) error {
	_, err := update.Run(ctx, tx, u.ID, u.FirstName, u.LastName, u.FullName, u.DisplayName, u.Phone, now, strings.Join(changed, ","))
	if err != nil {
		return err
	}
	if slices.Contains(changed, string(identity.Designation)) {
		if _, err := designate.Run(ctx, tx, m.OrganizationID, u.ID, m.Designation); err != nil {
			return err
		}
	}
	return identity.Refind(ctx, tx, u.ID)
}

// placeOf returns where a field is kept.
func placeOf(u *identity.User, m *identity.Membership, f identity.Field) *string {
	switch f {
	case identity.FirstName:
		return &u.FirstName
	case identity.LastName:
		return &u.LastName
	case identity.FullName:
		return &u.FullName
	case identity.DisplayName:
		return &u.DisplayName
	case identity.Phone:
		return &u.Phone
	}
	return &m.Designation
}

// Drop forgets what a source has told. The fields stay as they are, and are the
// person's again.
func Drop(ctx context.Context, tx *db.Tx, organizationID, userID, way string) error {
	_, err := drop.Run(ctx, tx, organizationID, userID, way)
	return err
}

// Of returns what is told of a person, whoever tells it.
func Of(ctx context.Context, q db.Q, userID string) ([]Provided, error) {
	return of.All(ctx, q, userID)
}

// Held returns by field what a provider has of somebody, as far as it holds:
// authority is the organization that has proved the domain of the person's
// address, if one has, and current the one whose designation is meant.
func Held(told []Provided, memberships []identity.Membership, authority, current string) map[identity.Field]Provided {
	var held map[identity.Field]Provided
	for _, p := range told {
		if p.Fields == "" || !slices.ContainsFunc(memberships, func(m identity.Membership) bool { return m.OrganizationID == p.OrganizationID }) {
			continue
		}
		for _, name := range strings.Split(p.Fields, ",") {
			f, from := identity.Field(name), authority
			if f == identity.Designation {
				from = current
			}
			if from != p.OrganizationID {
				continue
			}
			if held == nil {
				held = map[identity.Field]Provided{}
			}
			if other, ok := held[f]; !ok || other.SyncedAt.Before(p.SyncedAt) {
				held[f] = p
			}
		}
	}
	return held
}

var (
	of = db.Rows[Provided](`
		SELECT organization_id, way, provider, fields, synced_at FROM provided_fields WHERE user_id = $1 ORDER BY organization_id, way`).Kept(4096)
	note = db.Exec(`
		INSERT INTO provided_fields (organization_id, user_id, way, provider, fields, synced_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organization_id, user_id, way) DO UPDATE SET provider = excluded.provider, fields = excluded.fields, synced_at = excluded.synced_at`)
	drop   = db.Exec(`DELETE FROM provided_fields WHERE organization_id = $1 AND user_id = $2 AND way = $3`)
	update = db.Exec(`
		UPDATE users SET version = version + 1, first_name = $2, last_name = $3, full_name = $4, display_name = $5, phone = $6, updated_at = $7,
			updated_by = '', updated_fields = $8
		WHERE id = $1`)
	designate = db.Exec(`UPDATE memberships SET designation = $3 WHERE organization_id = $1 AND user_id = $2`)
)
