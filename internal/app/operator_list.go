package app

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

var errUserUnknown = errs.New(errs.NotFound, "operator_user_unknown")

// WhichUser names a user by an address or an id.
type WhichUser struct {
	User string `json:"user"`
}

// meant returns the user that the operator means, whatever their state.
func (a *App) meant(ctx context.Context, in WhichUser) (identity.User, error) {
	id := in.User
	if !ids.Valid(ids.User, id) {
		email, _, err := identity.FindEmail(ctx, a.DB, in.User)
		if err != nil {
			return identity.User{}, err
		}
		id = email.UserID
	}
	u, err := identity.Get(ctx, a.DB, id)
	if errors.Is(err, identity.ErrNoUser) {
		return u, errUserUnknown.With("User", in.User)
	}
	return u, err
}

// UserPage asks for a part of the list of users.
type UserPage struct {
	After string `json:"after"` // id of the last user of the part before
	Limit int    `json:"limit"`
}

// Users are a part of the list of users, the oldest first.
type Users struct {
	Items []UserLine `json:"items"`
	Next  string     `json:"next,omitempty"` // what to ask for after; empty: there are no more
}

// UserLine is a user in the list.
type UserLine struct {
	ID           string     `json:"id"`
	Email        string     `json:"email"`
	Name         string     `json:"name"`
	State        string     `json:"state"` // active or deactivated
	LastSignInAt *time.Time `json:"last_sign_in_at"`
}

// pageMost is the most users that one part of the list holds.
const pageMost = 1000

func (a *App) listUsers(ctx context.Context, in UserPage) (Users, error) {
	most := min(max(in.Limit, 1), pageMost)
	found, err := identity.List(ctx, a.DB, in.After, most+1)
	if err != nil {
		return Users{}, err
	}
	out := Users{Items: []UserLine{}}
	if len(found) > most {
		found = found[:most]
		out.Next = found[most-1].ID
	}
	for _, u := range found {
		out.Items = append(out.Items, UserLine{u.ID, u.Address, u.Name(), u.State, when(u.LastSignInAt)})
	}
	return out, nil
}

// UserDetails are what the operator may need to know to help somebody.
type UserDetails struct {
	UserLine
	Emails           []UserEmail      `json:"emails"`
	Memberships      []UserMembership `json:"memberships"`
	CreatedAt        time.Time        `json:"created_at"`
	Factors          []string         `json:"factors"` // ways to give a second factor
	Sessions         int64            `json:"sessions"`
	KnownBrowsers    int              `json:"known_browsers"`
	PasswordDisabled bool             `json:"password_disabled"` // too many wrong ones in a row
}

// UserEmail is an address of a user.
type UserEmail struct {
	Address string `json:"email"`
	Primary bool   `json:"primary"`
}

// UserMembership is what a user is in an organization.
type UserMembership struct {
	Organization identity.OrganizationRef `json:"organization"`
	Role         identity.Role            `json:"role"`
}

func (a *App) showUser(ctx context.Context, in WhichUser) (out UserDetails, err error) {
	u, err := a.meant(ctx, in)
	if err != nil {
		return out, err
	}
	out.ID, out.Name, out.State, out.CreatedAt, out.LastSignInAt = u.ID, u.Name(), u.State, u.CreatedAt.UTC(), when(u.LastSignInAt)
	emails, err := identity.Emails(ctx, a.DB, u.ID)
	if err != nil {
		return out, err
	}
	for _, e := range emails {
		out.Emails = append(out.Emails, UserEmail{e.Address, e.IsPrimary})
		if e.IsPrimary {
			out.Email = e.Address
		}
	}
	all, err := identity.Memberships(ctx, a.DB, u.ID)
	if err != nil {
		return out, err
	}
	out.Memberships = []UserMembership{}
	for _, m := range all {
		out.Memberships = append(out.Memberships, UserMembership{m.Ref(), m.Role})
	}
	return out, a.access(ctx, u, &out)
}

// access fills in how the user gets in.
func (a *App) access(ctx context.Context, u identity.User, out *UserDetails) (err error) {
	if out.Factors, err = a.Factors.Offer(ctx, a.DB, u.ID); err != nil {
		return err
	}
	if out.Factors == nil {
		out.Factors = []string{}
	}
	if out.Sessions, err = a.Sessions.CountOthers(ctx, a.DB, u.ID, ""); err != nil {
		return err
	}
	known, err := a.Known.All(ctx, a.DB, u)
	if err != nil {
		return err
	}
	out.KnownBrowsers = len(known)
	out.PasswordDisabled, err = a.Password.Disabled(ctx, a.DB, u.ID)
	return err
}

func when(t sql.Null[time.Time]) *time.Time {
	if !t.Valid {
		return nil
	}
	at := t.V.UTC()
	return &at
}
