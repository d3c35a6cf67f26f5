package sso

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/httpout"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/secret"
)

const (
	most        = 5 // providers of an organization
	maxName     = 64
	maxText     = 500
	maxMappings = 100
)

// What can go wrong with the settings of a provider.
var (
	ErrNone    = errs.New(errs.NotFound, "no_such_provider")
	ErrMost    = errs.New(errs.Conflict, "too_many_providers")
	ErrTwice   = errs.New(errs.Conflict, "provider_added")
	ErrStale   = errs.New(errs.Stale, "precondition_failed")
	ErrMapping = errs.New(errs.Invalid, "role_mapping").On("role_mapping")
	ErrAccount = errs.New(errs.Invalid, "account_url").On("account_url")
)

// Service keeps the providers of organizations and signs people in by them.
type Service struct {
	DB       *db.DB
	Keys     *secret.Keys
	Clock    clock.Clock
	Limit    *limit.Limiter
	Journal  *journal.Journal
	Notices  *notice.Notices
	Sessions session.Store
	URL      *url.URL
	Out      *httpout.Client
	// Owner returns the organization that has proved the domain of an address,
	// or nothing.
	Owner func(ctx context.Context, q db.Q, address string) (string, error)
	// Domains returns the domains that an organization has proved.
	Domains func(ctx context.Context, q db.Q, organizationID string) ([]string, error)
	// Grouped reports whether the provider keeps groups in an organization, which
	// give the roles there then, and claims don't.
	Grouped func(ctx context.Context, q db.Q, organizationID string) (bool, error)
	// Kinds returns the kinds of second factors that each member of an
	// organization has.
	Kinds func(ctx context.Context, q db.Q, organizationID string) (map[string][]string, error)

	remotes remotes
}

// Kind is what a provider speaks.
type Kind string

// The kinds.
const (
	OpenID Kind = "oidc"
	SAML   Kind = "saml"
)

// Provider is where people of an organization sign in.
type Provider struct {
	ID             string
	OrganizationID string
	Kind           Kind
	Name           string
	Issuer         string // what it calls itself: with SAML, its entity ID
	ClientID       string // of OpenID Connect, as the next
	ClientSecret   []byte // sealed
	Metadata       string // of SAML: JSON; see described
	MetadataURL    string // where that is read again; empty: it was entered
	AccountURL     string // as set; see Account
	RoleMapping    string // JSON; see Mappings
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	UsedAt         sql.Null[time.Time]
	Fault          string // why the last refused answer was refused; a code
	FaultAt        sql.Null[time.Time]
}

// Mapping gives a role to whoever has a value in a claim.
type Mapping struct {
	Claim string        `json:"claim" doc:"Name of a claim that is a text or a list of texts, such as groups."`
	Value string        `json:"value"`
	Role  identity.Role `json:"role" doc:"admin, supervisor, agent or billing. Nobody becomes an owner by a provider."`
}

// Settings are what an admin enters.
type Settings struct {
	ID           string // of a provider that is to be added; empty: a new one
	Kind         Kind   // of such a one
	Name         string
	Issuer       string
	ClientID     string
	ClientSecret secret.Secret
	MetadataURL  string
	MetadataXML  string // in its place
	AccountURL   string
	Mappings     []Mapping
}

// Mappings are what gives which role; the first that fits does.
func (p Provider) Mappings() (all []Mapping) {
	if err := json.Unmarshal([]byte(p.RoleMapping), &all); err != nil {
		return nil // it is written from the same type
	}
	return all
}

// RedirectURI is what the provider sends people back to.
func (s *Service) RedirectURI(p Provider) string { return s.at(p, "callback") }

// LogoutURI is what the provider tells of people who have left.
func (s *Service) LogoutURI(p Provider) string { return s.at(p, "logout") }

// StartURL is where a sign-in begins.
func (s *Service) StartURL(p Provider) string { return s.at(p, "start") }

func (s *Service) at(p Provider, what string) string {
	return s.URL.JoinPath("sso", p.ID, what).String()
}

// NewID is the id of a provider that is not there yet, so that its addresses can
// be entered at the provider first.
func (s *Service) NewID() string { return ids.New(ids.Provider, s.Clock.Now()) }

// List returns the providers of the actor's organization, the newest last.
func (s *Service) List(ctx context.Context, actor identity.Actor) ([]Provider, error) {
	return providersOf.All(ctx, s.DB, actor.Membership.OrganizationID)
}

// Get returns one of them, or ErrNone.
func (s *Service) Get(ctx context.Context, actor identity.Actor, id string) (Provider, error) {
	p, err := s.find(ctx, s.DB, id)
	if err == nil && p.OrganizationID != actor.Membership.OrganizationID {
		return Provider{}, ErrNone
	}
	return p, err
}

func (s *Service) find(ctx context.Context, q db.Q, id string) (Provider, error) {
	p, ok, err := providerBy.Maybe(ctx, q, id)
	if err == nil && !ok {
		return p, ErrNone
	}
	return p, err
}

// Add sets up a provider, which is in use at once. Its discovery document or
// metadata must be there. It returns errs.Fields, ErrType, ErrMost or what is
// wrong with the document.
func (s *Service) Add(ctx context.Context, actor identity.Actor, given Settings) (p Provider, err error) {
	now := s.Clock.Now()
	p = Provider{ID: given.ID, OrganizationID: actor.Membership.OrganizationID, Kind: given.Kind, Version: 1, CreatedAt: now, UpdatedAt: now}
	if p.ID == "" {
		p.ID = s.NewID()
	}
	if !ids.Valid(ids.Provider, p.ID) {
		return p, ErrNone
	}
	if p.Kind != OpenID && p.Kind != SAML {
		return p, ErrType
	}
	if err := s.fill(ctx, &p, given); err != nil {
		return p, err
	}
	key, err := s.newKey(p)
	if err != nil {
		return p, err
	}
	return p, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, p.OrganizationID); err != nil {
			return err
		}
		n, err := addProvider.Run(ctx, tx, p.ID, p.OrganizationID, p.Kind, p.Name, p.Issuer, p.ClientID, p.ClientSecret, p.Metadata, p.MetadataURL, p.AccountURL,
			p.RoleMapping, now, most)
		switch {
		case db.Duplicate(err, "identity_providers", "id"):
			return ErrTwice
		case err != nil:
			return err
		case n == 0:
			return ErrMost
		}
		if p.Kind == SAML {
			if err := key.add(ctx, tx, sql.Null[time.Time]{V: now, Valid: true}); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, p, journal.Act{Action: "identity_provider.added", Actor: actor})
	})
}

// Change gives a provider other settings; an empty secret leaves the one it
// has. People of another issuer are other people, so a new issuer forgets who
// was who. It returns ErrStale for another version than the present one, and
// what Add does.
func (s *Service) Change(ctx context.Context, actor identity.Actor, p Provider, given Settings) (Provider, error) {
	before := p
	if err := s.fill(ctx, &p, given); err != nil {
		return p, err
	}
	p.UpdatedAt = s.Clock.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := changeProvider.Run(ctx, tx, p.ID, p.OrganizationID, p.Name, p.Issuer, p.ClientID, p.ClientSecret, p.Metadata, p.MetadataURL, p.AccountURL,
			p.RoleMapping, p.UpdatedAt, p.Version)
		if err == nil && n == 0 {
			return ErrStale
		}
		if err == nil && p.Issuer != before.Issuer {
			_, err = forgetPeople.Run(ctx, tx, p.ID)
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, journal.Act{Action: "identity_provider.updated", Actor: actor, Changes: changed(before, p)})
	})
	p.Version++
	return p, err
}

func changed(a, b Provider) (names []string) {
	for name, same := range map[string]bool{
		"name": a.Name == b.Name, "issuer": a.Issuer == b.Issuer, "client_id": a.ClientID == b.ClientID,
		"client_secret": slices.Equal(a.ClientSecret, b.ClientSecret), "metadata": a.Metadata == b.Metadata && a.MetadataURL == b.MetadataURL,
		"account_url": a.AccountURL == b.AccountURL, "role_mapping": a.RoleMapping == b.RoleMapping,
	} {
		if !same {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Remove ends a provider. Whoever signed in by it keeps account and session. It
// returns ErrNone.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, id string) error {
	p, err := s.Get(ctx, actor, id)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := removeProvider.Run(ctx, tx, p.ID, p.OrganizationID)
		if err == nil && n == 0 {
			return ErrNone
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, journal.Act{Action: "identity_provider.removed", Actor: actor})
	})
}

// fill reads settings into p, and looks whether the provider is there.
func (s *Service) fill(ctx context.Context, p *Provider, given Settings) error {
	var faults errs.Fields
	p.Name = line(&faults, "name", given.Name, maxName)
	if p.AccountURL = given.AccountURL; p.AccountURL != "" && !isPage(p.AccountURL) {
		faults = append(faults, ErrAccount)
	}
	if given.Mappings == nil {
		given.Mappings = []Mapping{}
	}
	mapping, err := json.Marshal(given.Mappings)
	if err != nil || !sound(given.Mappings) {
		faults = append(faults, ErrMapping)
	}
	p.RoleMapping = string(mapping)
	if p.Kind == SAML {
		return s.fillSAML(ctx, p, given, faults)
	}
	return s.fillOpenID(ctx, p, given, faults)
}

func line(faults *errs.Fields, field, value string, most int) string {
	out, err := identity.Line(field, value, most)
	if err == nil && out == "" {
		err = identity.ErrTextRequired.On(field)
	}
	_ = faults.Add(err) // a text has no faults but our own
	return out
}

func (s *Service) fillOpenID(ctx context.Context, p *Provider, given Settings, faults errs.Fields) error {
	p.Issuer, p.ClientID = line(&faults, "issuer", given.Issuer, maxText), line(&faults, "client_id", given.ClientID, maxText)
	if given.ClientSecret != "" {
		p.ClientSecret = s.Keys.Seal([]byte(given.ClientSecret.Reveal()), secretPlace(p.ID))
	}
	if len(p.ClientSecret) == 0 {
		faults = append(faults, identity.ErrTextRequired.On("client_secret"))
	}
	if len(faults) > 0 {
		return faults
	}
	_, err := s.discover(ctx, p.Issuer)
	return on(err, "issuer")
}

// on names the field that a fault of ours is about.
func on(err error, field string) error {
	var fault *errs.Error
	if errors.As(err, &fault) {
		return fault.On(field)
	}
	return err
}

// isPage reports whether people can be sent to an address.
func isPage(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(text) <= maxText
}

func sound(all []Mapping) bool {
	return len(all) <= maxMappings && !slices.ContainsFunc(all, func(m Mapping) bool {
		return m.Claim == "" || m.Value == "" || len(m.Claim) > maxText || len(m.Value) > maxText || !m.Role.Valid() || m.Role == identity.Owner
	})
}

func secretPlace(id string) string { return "identity_providers|client_secret|" + id }

func (s *Service) secretOf(p Provider) (secret.Secret, error) {
	plain, err := s.Keys.Open(p.ClientSecret, secretPlace(p.ID))
	return secret.Secret(plain), err
}

func (s *Service) record(ctx context.Context, tx *db.Tx, p Provider, act journal.Act) error {
	act.At, act.Target = s.Clock.Now(), journal.Thing(p.ID)
	return s.Journal.RecordOrganization(ctx, tx, p.OrganizationID, act)
}

// Sweep forgets answers that are too old to be taken anyway.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	if _, err := sweep.Run(ctx, tx, s.Clock.Now()); err != nil {
		return err
	}
	_, err := sweepArrivals.Run(ctx, tx, s.Clock.Now())
	return err
}
