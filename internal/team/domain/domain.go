package domain

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
)

const (
	most       = 50                 // domains of an organization
	checkEvery = 24 * time.Hour     // how often the record of a proved one is looked for
	grace      = 7 * 24 * time.Hour // how long a record may be gone until the proof ends
	atOnce     = 50                 // records that are looked for in one go
)

// What can go wrong.
var (
	ErrDomain    = errs.New(errs.Invalid, "invalid_domain").On("domain")
	ErrMost      = errs.New(errs.Conflict, "too_many_domains")
	ErrNone      = errs.New(errs.NotFound, "no_such_domain")
	ErrNotProved = errs.New(errs.Conflict, "not_proved")
	ErrTaken     = errs.New(errs.Conflict, "domain_taken")
)

// checks bounds how often an organization makes this server ask a resolver.
var checks = limit.Declare("domain-checks", 60, 15*time.Minute)

// Service keeps the domains of organizations.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Limit   *limit.Limiter
	Journal *journal.Journal
	Mail    *mail.Mailer
	URL     *url.URL
	// TXT returns the TXT records of a name, asked for afresh.
	TXT func(ctx context.Context, name string) ([]string, error)
}

// Domain is one that an organization says is its own.
type Domain struct {
	OrganizationID string
	Domain         string
	Token          string
	CreatedAt      time.Time
	VerifiedAt     sql.Null[time.Time]
	CheckedAt      sql.Null[time.Time]
	MissingSince   sql.Null[time.Time]
}

// States of a domain.
const (
	Pending  = "pending"
	Verified = "verified"
	Missing  = "missing" // proved, but its record is not found just now
)

// State is how far its proof is.
func (d Domain) State() string {
	switch {
	case !d.VerifiedAt.Valid:
		return Pending
	case d.MissingSince.Valid:
		return Missing
	}
	return Verified
}

// RecordName is the name that has to have the TXT record.
func (d Domain) RecordName() string { return "_nameplate." + d.Domain }

// RecordValue is what the record has to hold.
func (d Domain) RecordValue() string { return "nameplate-verification=" + d.Token }

// Normal returns a domain in the one form in which domains are compared, or
// ErrDomain.
func Normal(text string) (string, error) {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	ascii, err := idna.Lookup.ToASCII(text)
	if err != nil || len(ascii) > 240 || !wellFormed.MatchString(ascii) {
		return "", ErrDomain
	}
	return ascii, nil
}

// wellFormed is two labels or more, of which the last is no number.
var wellFormed = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// List returns the domains of the actor's organization.
func (s *Service) List(ctx context.Context, actor identity.Actor) ([]Domain, error) {
	return ofOrganization.All(ctx, s.DB, actor.Membership.OrganizationID)
}

// Add names a domain. One that was named before stays as it is. It returns
// ErrDomain or ErrMost.
func (s *Service) Add(ctx context.Context, actor identity.Actor, text string) (d Domain, err error) {
	name, err := Normal(text)
	if err != nil {
		return d, err
	}
	org := actor.Membership.OrganizationID
	return d, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, org); err != nil {
			return err
		}
		n, err := add.Run(ctx, tx, org, name, strings.ToLower(rand.Text()), s.Clock.Now(), most)
		if err != nil {
			return err
		}
		if d, err = find(ctx, tx, org, name); errors.Is(err, ErrNone) {
			return ErrMost
		}
		if err != nil || n == 0 {
			return err
		}
		return s.record(ctx, tx, actor, "domain.added", d)
	})
}

// Verify asks the resolver for the record of a domain, and proves the domain if
// it is there. It returns ErrNone, ErrNotProved, ErrTaken or
// limit.ErrThrottled.
func (s *Service) Verify(ctx context.Context, actor identity.Actor, name string) (d Domain, err error) {
	org := actor.Membership.OrganizationID
	if d, err = s.find(ctx, org, name); err != nil {
		return d, err
	}
	if err := s.Limit.Take(ctx, checks, org); err != nil {
		return d, err
	}
	there, err := s.there(ctx, d)
	if err != nil {
		return d, ErrNotProved.Because(err)
	}
	if !there {
		if err := s.missing(ctx, d); err != nil {
			return d, err
		}
		return d, ErrNotProved
	}
	if err := s.yield(ctx, d); err != nil {
		return d, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := prove.Run(ctx, tx, org, d.Domain, s.Clock.Now())
		if err != nil || n == 0 {
			return orTaken(err)
		}
		was := d.State()
		if d, err = find(ctx, tx, org, d.Domain); err != nil || was != Pending {
			return err
		}
		return s.record(ctx, tx, actor, "domain.verified", d)
	})
	return d, err
}

// orTaken also reads the error of the index, where two prove at once.
func orTaken(err error) error {
	if err == nil || db.Duplicate(err, "domains", "domain") {
		return ErrTaken
	}
	return err
}

// there reports whether the record of a domain is in the DNS.
func (s *Service) there(ctx context.Context, d Domain) (bool, error) {
	found, err := s.TXT(ctx, d.RecordName())
	return slices.Contains(found, d.RecordValue()), err
}

// yield ends the proof of another organization whose record is gone, because
// somebody else has proved the domain just now.
func (s *Service) yield(ctx context.Context, d Domain) error {
	holder, ok, err := provedBy.Maybe(ctx, s.DB, d.Domain)
	if err != nil || !ok || holder.OrganizationID == d.OrganizationID {
		return err
	}
	if there, err := s.there(ctx, holder); err != nil || there {
		return ErrTaken.Because(err)
	}
	if err := s.missing(ctx, holder); err != nil {
		return err
	}
	return s.end(ctx, holder, s.Clock.Now())
}

// missing notes that a record was looked for and not found. The first time that
// one is gone which was there, the admins are told.
func (s *Service) missing(ctx context.Context, d Domain) error {
	now := s.Clock.Now()
	told, err := s.letters(ctx, d, missingLetter(d, now.Add(grace)))
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		gone, err := goes.Run(ctx, tx, d.OrganizationID, d.Domain, now)
		if err != nil {
			return err
		}
		if gone == 0 {
			_, err = noteChecked.Run(ctx, tx, d.OrganizationID, d.Domain, now)
			return err
		}
		return s.send(ctx, tx, told)
	})
}

// end ends the proof of a domain whose record has been gone since before a
// moment, and tells the admins.
func (s *Service) end(ctx context.Context, d Domain, before time.Time) error {
	told, err := s.letters(ctx, d, lapsedLetter(d))
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := lapse.Run(ctx, tx, d.OrganizationID, d.Domain, before)
		if err != nil || n == 0 {
			return err
		}
		if err := s.send(ctx, tx, told); err != nil {
			return err
		}
		return s.record(ctx, tx, identity.Actor{}, "domain.lapsed", d)
	})
}

// Recheck looks for the records of proved domains that were not looked for in a
// day. What a resolver does not answer to, changes nothing.
func (s *Service) Recheck(ctx context.Context) error {
	now := s.Clock.Now()
	all, err := due.All(ctx, s.DB, now.Add(-checkEvery), atOnce)
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := s.recheck(ctx, d, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) recheck(ctx context.Context, d Domain, now time.Time) error {
	there, err := s.there(ctx, d)
	switch {
	case err != nil:
		return s.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := noteChecked.Run(ctx, tx, d.OrganizationID, d.Domain, now)
			return err
		})
	case there:
		return s.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := prove.Run(ctx, tx, d.OrganizationID, d.Domain, now)
			return err
		})
	}
	if err := s.missing(ctx, d); err != nil {
		return err
	}
	return s.end(ctx, d, now.Add(-grace))
}

// Remove takes a domain away. It returns ErrNone.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, name string) error {
	d, err := s.find(ctx, actor.Membership.OrganizationID, name)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := remove.Run(ctx, tx, d.OrganizationID, d.Domain)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNone
		}
		return s.record(ctx, tx, actor, "domain.removed", d)
	})
}

// Verified returns the domains that an organization has proved.
func (s *Service) Verified(ctx context.Context, q db.Q, organizationID string) ([]string, error) {
	return verified.All(ctx, q, organizationID)
}

// Owner returns the organization that has proved the domain of an address,
// whoever's address it is; empty if none has.
func (s *Service) Owner(ctx context.Context, q db.Q, address string) (string, error) {
	_, name, _ := strings.Cut(identity.NormalEmail(address), "@")
	d, _, err := provedBy.Maybe(ctx, q, name)
	return d.OrganizationID, err
}

func (s *Service) find(ctx context.Context, org, text string) (Domain, error) {
	name, err := Normal(text)
	if err != nil {
		return Domain{}, ErrNone
	}
	return find(ctx, s.DB, org, name)
}

func find(ctx context.Context, q db.Q, org, name string) (Domain, error) {
	d, ok, err := one.Maybe(ctx, q, org, name)
	if err == nil && !ok {
		return d, ErrNone
	}
	return d, err
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor identity.Actor, action string, d Domain) error {
	return s.Journal.RecordOrganization(ctx, tx, d.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: actor, Target: journal.Thing(d.OrganizationID), Details: map[string]string{"domain": d.Domain},
	})
}
