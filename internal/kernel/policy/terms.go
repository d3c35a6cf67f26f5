package policy

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Terms are what the rules ask of a person at each request.
type Terms struct {
	Lifetime time.Duration // of a session, from its birth
	Idle     time.Duration // of a session that is not used
	Tokens   time.Duration // of an access token, from its birth
	SMS      bool          // codes by SMS are second factors
	Factor   Demand
}

// Demand is a rule by which a person needs a second factor. The zero one is
// none.
type Demand struct {
	Rule Value
	Due  time.Time // from then on nothing else is open without one
}

// Made reports whether any rule asks for a second factor.
func (d Demand) Made() bool { return d.Rule.Value != nil }

// Over reports whether the days of grace are over.
func (d Demand) Over(now time.Time) bool { return d.Made() && !now.Before(d.Due) }

// Terms returns what the rules of all organizations ask of a person: the
// shortest lives of a session, and of the organizations that require a second
// factor the one whose grace ends first. Grace begins when the rule was set, or
// when the person came under it, whichever is later. A person without an
// organization is under the instance's rules from the first day.
func (b Book) Terms(born time.Time, memberships []identity.Membership) (t Terms, err error) {
	for i, scope := range scopesOf(memberships) {
		since := born
		if len(memberships) > 0 {
			since = memberships[i].Began()
		}
		one, err := b.terms(scope, since)
		if err != nil {
			return t, err
		}
		if i == 0 {
			t = one
		}
		t = t.and(one)
	}
	return t, nil
}

// ReadTerms reads what the rules ask of a person; see [Book.Terms].
func ReadTerms(ctx context.Context, q db.Q, born time.Time, memberships []identity.Membership) (Terms, error) {
	b, err := Read(ctx, q, organizationsOf(memberships)...)
	if err != nil {
		return Terms{}, err
	}
	return b.Terms(born, memberships)
}

func (b Book) terms(scope Scope, since time.Time) (t Terms, err error) {
	if t.Lifetime, err = hours(b, scope, SessionMax); err != nil {
		return t, err
	}
	if t.Idle, err = hours(b, scope, SessionIdle); err != nil {
		return t, err
	}
	days, err := TokensMaxDays.in(b, scope)
	if err != nil {
		return t, err
	}
	t.Tokens = time.Duration(days.Value.(int)) * 24 * time.Hour
	sms, err := MFASMS.in(b, scope)
	if err != nil {
		return t, err
	}
	t.SMS = sms.Value == Allowed && scope.Role != identity.Owner && scope.Role != identity.Admin
	rule, err := MFARequired.in(b, scope)
	if err != nil || !rule.Value.(Who).Has(scope.Role) {
		return t, err
	}
	grace, err := MFAGrace.in(b, scope)
	if err != nil {
		return t, err
	}
	if rule.SetAt.After(since) {
		since = rule.SetAt
	}
	t.Factor = Demand{rule, since.AddDate(0, 0, grace.Value.(int))}
	return t, nil
}

func hours(b Book, scope Scope, key Key[int]) (time.Duration, error) {
	v, err := key.in(b, scope)
	if err != nil {
		return 0, err
	}
	return time.Duration(v.Value.(int)) * time.Hour, nil
}

func (t Terms) and(o Terms) Terms {
	t.Lifetime, t.Idle, t.Tokens = min(t.Lifetime, o.Lifetime), min(t.Idle, o.Idle), min(t.Tokens, o.Tokens)
	t.SMS = t.SMS && o.SMS
	if !t.Factor.Made() || o.Factor.Made() && o.Factor.Due.Before(t.Factor.Due) {
		t.Factor = o.Factor
	}
	return t
}
