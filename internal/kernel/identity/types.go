package identity

import (
	"database/sql"
	"strings"
	"time"
)

// States of a user.
const (
	Active      = "active"
	Deactivated = "deactivated"
)

// User is a person who can sign in.
type User struct {
	ID               string
	State            string
	FirstName        string
	LastName         string
	FullName         string // as set; see Full
	DisplayName      string // as set; see Name
	Bio              string
	Phone            string // E.164
	Pronouns         string
	Locale           string // BCP 47; empty: automatic
	TimeZone         string // IANA; empty: not told
	Visibility       string // JSON of what differs from the defaults
	Picture          string // object name; empty: initials
	Version          int64  // of the profile; rises with each change
	SessionEpoch     int64
	CredentialEpoch  int64
	CreatedAt        time.Time
	UpdatedAt        time.Time
	UpdatedBy        string
	UpdatedFields    string
	LastSignInAt     sql.Null[time.Time]
	PreviousSignInAt sql.Null[time.Time]
}

// Full is the full name: as set, or made from first and last name.
func (u User) Full() string {
	if u.FullName != "" {
		return u.FullName
	}
	return strings.TrimSpace(u.FirstName + " " + u.LastName)
}

// Name is the name that is shown: the display name, or the full one.
func (u User) Name() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Full()
}

// Listed is a user in a list.
type Listed struct {
	ID           string
	State        string
	DisplayName  string
	FullName     string
	FirstName    string
	LastName     string
	Address      string // the primary one
	LastSignInAt sql.Null[time.Time]
}

// Name is the name that is shown.
func (l Listed) Name() string {
	return User{DisplayName: l.DisplayName, FullName: l.FullName, FirstName: l.FirstName, LastName: l.LastName}.Name()
}

// Email is an address of a user.
type Email struct {
	ID         string
	UserID     string
	Address    string
	Normalized string
	IsPrimary  bool
	VerifiedAt time.Time
	CreatedAt  time.Time
	BouncedAt  sql.Null[time.Time] // since when a mail server refuses it for good
	Bounce     string              // why
}

// Organization is a company, or a part of one, that people belong to.
type Organization struct {
	ID         string
	Name       string
	Logo       string // object name; empty: none
	RoleLabels string // JSON: role → label
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time

	LogoForMembers bool // it stands for members without a picture
}

// Membership is what ties a user to an organization.
type Membership struct {
	OrganizationID   string
	OrganizationName string
	OrganizationLogo string // object name; empty: none
	LogoForMembers   bool   // the logo stands for members without a picture
	RoleLabels       string // the organization's own words, JSON: role → label
	UserID           string
	Role             Role
	Designation      string
	IsMain           bool
	Since            time.Time
	RoleSince        sql.Null[time.Time] // absent: since the membership began
}

// Began is when the person came to have the present role.
func (m Membership) Began() time.Time {
	if m.RoleSince.Valid && m.RoleSince.V.After(m.Since) {
		return m.RoleSince.V
	}
	return m.Since
}

// OrganizationRef is how an organization stands inside other things.
type OrganizationRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Ref is the organization of the membership.
func (m Membership) Ref() OrganizationRef {
	return OrganizationRef{m.OrganizationID, m.OrganizationName}
}
