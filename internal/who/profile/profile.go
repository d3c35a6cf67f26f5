package profile

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/live"
)

// What can go wrong.
var (
	ErrStale     = api.ErrStale
	ErrNameless  = errs.New(errs.Invalid, "profile_name_required").On("display_name")
	ErrLocale    = errs.New(errs.Invalid, "profile_locale").On("locale")
	ErrAudience  = errs.New(errs.Invalid, "profile_audience")
	ErrNoReceipt = errs.New(errs.NotFound, "no_such_receipt")
	ErrPublic    = errs.New(errs.Invalid, "profile_always_public")
)

// Service reads and changes profiles.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Journal *journal.Journal
	Feed    *live.Feed
	// Provided reports whether an identity provider has the password and the
	// address of a user.
	Provided func(ctx context.Context, q db.Q, user identity.User) (bool, error)
	// Authority returns the organization that has proved the domain of an
	// address, or nothing.
	Authority func(ctx context.Context, q db.Q, address string) (string, error)
}

// Profile is everything about a person that the person sees.
type Profile struct {
	User        identity.User
	Email       identity.Email
	Memberships []identity.Membership
	Current     identity.Membership
	Sees        identity.Audiences // as the person has chosen
	Shown       identity.Audiences // as it is: what rules fix laid over it
	Controls    map[identity.Field]Control
	Receipt     string // of the save that has made it so; see [Service.Receipt]
}

// Patch is what to change: a nil field stays as it is.
type Patch struct {
	Text map[identity.Field]string
	Sees map[identity.Field]identity.Audience // an empty one goes back to the default
}

// Get returns the caller's profile. The session has just read who the caller
// is, so only the rest is read here.
func (s *Service) Get(ctx context.Context, c session.Caller) (p Profile, err error) {
	p.User, p.Memberships, p.Current = c.User, c.Memberships, c.Actor.Membership
	if p.Email, err = identity.PrimaryEmail(ctx, s.DB, p.User.ID); err != nil {
		return p, err
	}
	p.Sees = identity.AudiencesOf(p.User)
	p.Controls, p.Shown, err = s.controls(ctx, s.DB, p)
	return p, err
}

// again is Get for a caller whose profile was changed since the session read
// it.
func (s *Service) again(ctx context.Context, c session.Caller) (Profile, error) {
	var err error
	if c.User, err = identity.Get(ctx, s.DB, c.Actor.UserID); err != nil {
		return Profile{}, err
	}
	if c.Memberships, err = identity.Memberships(ctx, s.DB, c.User.ID); err != nil {
		return Profile{}, err
	}
	if c.Actor.Membership, err = identity.Pick(c.Memberships, c.Actor.Membership.OrganizationID); err != nil {
		return Profile{}, err
	}
	return s.Get(ctx, c)
}

// attempts is how often a save without a version is made again when another
// one comes between.
const attempts = 5

// Save changes the caller's profile. version is the one that the change was
// made from; 0 takes whatever is there. It returns ErrStale, policy.ErrManaged or
// errs.Fields, and the profile as it is then.
//
// What is there is read and checked before the transaction, which is short
// then: its update asks for the version that was read, and if another save came
// between, all is done again.
func (s *Service) Save(ctx context.Context, c session.Caller, version int64, patch Patch) (Profile, error) {
	p, err := s.save(ctx, c, version, patch)
	if err == nil {
		p.Receipt = ids.New(ids.Receipt, s.Clock.Now())
		s.Feed.Track(p.Receipt, p.User.ID, "user:"+p.User.ID)
	}
	return p, err
}

// Receipt says how far a save of the caller's has come to the open cards and
// pages that show it. It is kept for some minutes.
func (s *Service) Receipt(c session.Caller, id string) (live.State, error) {
	state, found := s.Feed.Receipt(id, c.Actor.UserID)
	if !found {
		return state, ErrNoReceipt
	}
	return state, nil
}

func (s *Service) save(ctx context.Context, c session.Caller, version int64, patch Patch) (Profile, error) {
	before, err := s.Get(ctx, c)
	for range attempts {
		if err != nil {
			return before, err
		}
		after, changed, err := plan(before, version, patch)
		if err != nil || len(changed) == 0 {
			return before, err
		}
		var saved Profile
		err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			saved, err = s.write(ctx, tx, c, after, changed, replacing(before, after))
			return err
		})
		if !errors.Is(err, errRaced) {
			return saved, err
		}
		before, err = s.again(ctx, c)
	}
	return before, ErrStale
}

var errRaced = errors.New("profile: another save came between")

// plan returns the profile with the patch, and the names of what it changes.
func plan(before Profile, version int64, patch Patch) (after Profile, changed []string, err error) {
	if version != 0 && version != before.User.Version {
		return before, nil, ErrStale
	}
	if err := permitted(before, patch); err != nil {
		return before, nil, err
	}
	if after, err = apply(before, patch); err != nil {
		return before, nil, err
	}
	return after, difference(before, after), nil
}

func (s *Service) write(ctx context.Context, tx *db.Tx, c session.Caller, p Profile, changed []string, undo string) (Profile, error) {
	p, err := s.store(ctx, tx, c.Actor, p, changed, undo)
	if err != nil {
		return p, err
	}
	return p, s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: p.User.UpdatedAt, Action: "profile.updated", Actor: c.Actor, Target: journal.Person(p.User.ID), Changes: changed,
	})
}

// store writes a profile over the version that it was read in. undo is what
// takes that back; empty: nobody may.
func (s *Service) store(ctx context.Context, tx *db.Tx, by identity.Actor, p Profile, changed []string, undo string) (Profile, error) {
	now := s.Clock.Now()
	until := sql.Null[time.Time]{V: now.Add(undoLife), Valid: undo != ""}
	u := &p.User
	n, err := update.Run(ctx, tx, u.ID, u.Version, u.FirstName, u.LastName, u.FullName, u.DisplayName, u.Bio, u.Phone, u.Pronouns,
		u.Locale, u.TimeZone, p.Sees.Text(), now, by.UserID, strings.Join(changed, ","), undo, until)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, errRaced
	}
	u.Version, u.UpdatedAt, u.UpdatedBy, u.UpdatedFields = u.Version+1, now, by.UserID, strings.Join(changed, ",")
	if slices.Contains(changed, string(identity.Designation)) {
		if _, err := setDesignation.Run(ctx, tx, p.Current.OrganizationID, u.ID, p.Current.Designation); err != nil {
			return p, err
		}
		p.Memberships = designated(p)
	}
	if slices.ContainsFunc(changed, findable) {
		return p, identity.Refind(ctx, tx, u.ID)
	}
	return p, nil
}

// findable reports whether a field is one that members are found by.
func findable(changed string) bool {
	switch identity.Field(changed) {
	case identity.FirstName, identity.LastName, identity.FullName, identity.DisplayName, "visibility":
		return true
	}
	return false
}

// designated returns the memberships with the current one as it is now.
func designated(p Profile) []identity.Membership {
	all := slices.Clone(p.Memberships)
	for i := range all {
		if all[i].OrganizationID == p.Current.OrganizationID {
			all[i].Designation = p.Current.Designation
		}
	}
	return all
}

// permitted holds a patch against the controls: what the organization has
// locked is refused as a whole.
func permitted(p Profile, patch Patch) error {
	for f := range patch.Text {
		switch c := p.Controls[f]; {
		case c.Provider != "":
			return policy.ErrProvider.On(string(f))
		case !c.Editable:
			return policy.ErrManaged.On(string(f))
		}
	}
	for f := range patch.Sees {
		if p.Controls[f].Pinned && !identity.AlwaysPublic[f] {
			return policy.ErrManaged.On("visibility." + string(f))
		}
	}
	return nil
}

var (
	setDesignation = db.Exec(`UPDATE memberships SET designation = $3 WHERE organization_id = $1 AND user_id = $2`)
	update         = db.Exec(`
		UPDATE users SET version = version + 1, first_name = $3, last_name = $4, full_name = $5, display_name = $6, bio = $7,
			phone = $8, pronouns = $9, locale = $10, time_zone = $11, visibility = $12, updated_at = $13, updated_by = $14, updated_fields = $15,
			undo = $16, undo_until = $17
		WHERE id = $1 AND version = $2`)
)

// LastSaved is when and what was changed last, and by whom.
type LastSaved struct {
	At     time.Time
	Fields []string
	Own    bool // by the person
}

// Last returns when the profile was changed last.
func (p Profile) Last() LastSaved {
	l := LastSaved{At: p.User.UpdatedAt, Own: p.User.UpdatedBy == p.User.ID}
	if p.User.UpdatedFields != "" {
		l.Fields = strings.Split(p.User.UpdatedFields, ",")
	}
	return l
}
