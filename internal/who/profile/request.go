package profile

import (
	"context"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// Check returns a value of a field of the caller's as it would be kept, and
// what is kept now. What is wrong with it is blamed on "value".
func (s *Service) Check(ctx context.Context, c session.Caller, f identity.Field, text string) (value, now string, err error) {
	p, err := s.Get(ctx, c)
	if err != nil {
		return "", "", err
	}
	after, err := apply(p, Patch{Text: map[identity.Field]string{f: text}})
	return after.Value(f), p.Value(f), onValue(err)
}

// onValue leads what is wrong with one field to where it is asked for.
func onValue(err error) error {
	var faults errs.Fields
	if other := faults.Add(err); other != nil {
		return other
	}
	for i, f := range faults {
		faults[i] = f.On("value")
	}
	return faults.OrNil()
}

// Write gives a field of a member another value, which somebody else has agreed
// to, and reports whether it held was until then; if not, nothing is written.
// Lock the person before. The journal is the caller's to write. It returns what
// is wrong with the value by now.
func (s *Service) Write(ctx context.Context, tx *db.Tx, by identity.Actor, m identity.Membership, f identity.Field, was, value string) (bool, error) {
	u, err := identity.Get(ctx, tx, m.UserID)
	if err != nil {
		return false, err
	}
	p := Profile{User: u, Current: m, Sees: identity.AudiencesOf(u)}
	if p.Value(f) != was {
		return false, nil
	}
	after, err := apply(p, Patch{Text: map[identity.Field]string{f: value}})
	if err != nil {
		return false, err
	}
	_, err = s.store(ctx, tx, by, after, []string{string(f)}, "")
	return true, err
}
