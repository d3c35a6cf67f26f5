package request

import (
	"context"
	"net/url"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/mail"
)

const (
	// Life is how long a request waits for its decision.
	Life = 14 * 24 * time.Hour
	// Agreed is how long an approved address can be proved.
	Agreed = 7 * 24 * time.Hour
	// Kept is how long a request is kept after its end.
	Kept = 30 * 24 * time.Hour
	// ReasonMost is the most characters of a reason.
	ReasonMost = 500
)

// What can go wrong.
var (
	ErrNone      = errs.New(errs.NotFound, "no_such_request")
	ErrField     = errs.New(errs.Invalid, "request_field").On("field")
	ErrSame      = errs.New(errs.Invalid, "request_same").On("value")
	ErrFree      = errs.New(errs.Conflict, "request_not_needed")
	ErrDecided   = errs.New(errs.Conflict, "request_decided")
	ErrOutdated  = errs.New(errs.Conflict, "request_outdated")
	ErrOvertaken = errs.New(errs.Conflict, "request_overtaken")
	ErrOwn       = errs.New(errs.Denied, "request_own")
)

// proposals are what one person asks for: each is a mail to everybody who may
// decide.
var proposals = limit.Declare("field-request", 10, time.Hour)

// email is the one field that an approval does not write.
const email = string(identity.EmailField)

// Service keeps requests.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Limit   *limit.Limiter
	Mail    *mail.Mailer
	Journal *journal.Journal
	URL     *url.URL

	// Check returns a value of a field as it would be kept, and what the caller
	// has there now.
	Check func(ctx context.Context, c session.Caller, field, text string) (value, now string, err error)
	// Write gives a field of a member another value, checked again, and reports
	// whether it held was until then.
	Write func(ctx context.Context, tx *db.Tx, by identity.Actor, m identity.Membership, field, was, value string) (bool, error)
	// Label is what a field is called.
	Label func(ctx context.Context, field string) string
}

// fields are those that can be asked for.
var fields = append(slices.Clone(policy.Fields), email)

// hands says what the rules leave to a person now, and which organizations are
// to be asked. The membership m is the one that a designation belongs to.
func hands(ctx context.Context, q db.Q, field string, all []identity.Membership, m identity.Membership) (policy.Control, []identity.Membership, error) {
	all = identity.First(all, m)
	if field == string(identity.Designation) {
		all = all[:min(len(all), 1)]
	}
	ids := make([]string, len(all))
	for i, one := range all {
		ids[i] = one.OrganizationID
	}
	book, err := policy.Read(ctx, q, ids...)
	if err != nil {
		return policy.Control{}, nil, err
	}
	set, err := book.Account(all)
	if err != nil {
		return policy.Control{}, nil, err
	}
	var asked []identity.Membership
	for _, one := range all {
		own, err := book.Effective(policy.Scope{OrganizationID: one.OrganizationID, Role: one.Role})
		if err != nil {
			return policy.Control{}, nil, err
		}
		if own.Control(field, one.Role).State == policy.Request {
			asked = append(asked, one)
		}
	}
	return set.Control(field, m.Role), asked, nil
}

// scope is the organization that a field belongs to, or nothing for the
// person's own.
func scope(field string, m identity.Membership) string {
	if field == string(identity.Designation) {
		return m.OrganizationID
	}
	return ""
}

// record writes what happened with a request where the field's own changes
// stand.
func (s *Service) record(ctx context.Context, tx *db.Tx, actor identity.Actor, r Request, action string) error {
	act := journal.Act{
		At: s.Clock.Now(), Action: action, Actor: actor, Target: journal.Person(r.UserID), Changes: []string{r.Field},
		Details: map[string]string{"request": r.ID},
	}
	if r.Scope != "" {
		return s.Journal.RecordMember(ctx, tx, r.Scope, act)
	}
	return s.Journal.RecordAccount(ctx, tx, act)
}

// Agreement returns the address that the organizations of a person have agreed
// to and that is still to be proved, or an empty one.
func (s *Service) Agreement(ctx context.Context, q db.Q, userID string) (address string, until time.Time, err error) {
	found, _, err := agreement.Maybe(ctx, q, userID, s.Clock.Now())
	return found.Value, found.ExpiresAt, err
}
