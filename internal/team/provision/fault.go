package provision

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

const (
	mostFaults = 20                  // that are kept for an organization
	faultsKept = 30 * 24 * time.Hour // at most
)

// Fault is a call that was refused.
type Fault struct {
	At   time.Time
	Call string // as "POST Users"
	Code string // of the error
	About
}

// About is what a refusal was about, as the provider calls it.
type About struct {
	Subject string // whom or what; may be empty
	Field   string // at fault, if any
	Args    []any  // of the error's words
}

type faultRow struct {
	ID      string
	At      time.Time
	Call    string
	Code    string
	Subject []byte
}

// Faults returns the last calls that were refused, the newest first.
func (s *Service) Faults(ctx context.Context, org string) ([]Fault, error) {
	rows, err := faultsOf.All(ctx, s.DB, org)
	if err != nil {
		return nil, err
	}
	out := make([]Fault, len(rows))
	for i, r := range rows {
		plain, err := s.Keys.Open(r.Subject, placeOf(r.ID))
		if err != nil {
			return nil, err
		}
		out[i] = Fault{At: r.At, Call: r.Call, Code: r.Code}
		if err := json.Unmarshal(plain, &out[i].About); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// noteFault keeps why a call was refused. Whom it was about is sealed, because
// it may be somebody who is nobody here.
func (s *Service) noteFault(ctx context.Context, c Client, call, subject string, why error) error {
	e := first(why)
	if e == nil || e.Kind == errs.Internal || e.Kind == errs.NotFound || e.Kind == errs.Stale {
		return nil
	}
	if len(subject) > maxTerm {
		subject = ""
	}
	plain, err := json.Marshal(About{subject, e.Field, e.Args})
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	id := ids.New(ids.Provisioning, now)
	sealed := s.Keys.Seal(plain, placeOf(id))
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := addFault.Run(ctx, tx, id, c.OrganizationID, now, call, e.Code, sealed); err != nil {
			return err
		}
		_, err := oldest.Run(ctx, tx, c.OrganizationID, mostFaults)
		return err
	})
}

// first is the error that is told of several; nil for one that is no matter of
// the provider's.
func first(why error) *errs.Error {
	var many errs.Fields
	var e *errs.Error
	if errors.As(why, &many) && len(many) > 0 {
		return many[0]
	}
	errors.As(why, &e)
	return e
}

// placeOf is where a sealed subject may be opened.
func placeOf(id string) string { return "scim_faults|subject|" + id }

// Sweep removes refusals that are old.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := sweepFaults.Run(ctx, tx, s.Clock.Now().Add(-faultsKept))
	return err
}

// Standing is how provisioning goes in an organization.
type Standing struct {
	Counts
	Last   time.Time // when anybody was last synchronised; zero: never
	Faults []Fault
}

// Standing returns how provisioning goes.
func (s *Service) Standing(ctx context.Context, org string) (out Standing, err error) {
	if out.Counts, err = countsOf.One(ctx, s.DB, org); err != nil {
		return out, err
	}
	last, _, err := lastSync.Maybe(ctx, s.DB, org)
	if err != nil {
		return out, err
	}
	out.Last = last.SyncedAt.V
	out.Faults, err = s.Faults(ctx, org)
	return out, err
}
