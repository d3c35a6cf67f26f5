package notify

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// For which conversations sounds are.
const (
	ModeNone              = "none"
	ModeMine              = "mine"
	ModeMineAndUnassigned = "mine_and_unassigned"
	ModeAll               = "all"
)

var (
	modes = []string{ModeNone, ModeMine, ModeMineAndUnassigned, ModeAll}
	tones = []string{"bell", "drops", "harbour"}
)

// What can go wrong.
var (
	ErrStale  = api.ErrStale
	ErrNoOrg  = errs.New(errs.NotFound, "no_organization")
	ErrChoice = errs.New(errs.Invalid, "preference_unknown")
	ErrVolume = errs.New(errs.Invalid, "sound_volume").On("audio.volume")
)

// Sound is how a page sounds.
type Sound struct {
	Mode           string
	Tone           string
	Volume         int // 0 to 100
	OnlyWhenHidden bool
	Repeat         bool // until it is read
}

// Settings is how a member wants to be told.
type Settings struct {
	Audio       Sound
	Email, Push []Kind
	HideContent bool // mails say that something waits, and not what
	Quiet       Quiet
	Version     int64
}

// newSettings are those of a member who has chosen nothing yet.
func newSettings() Settings {
	return Settings{
		Audio: Sound{ModeMine, tones[0], 60, true, false},
		Email: []Kind{ConversationAssigned, Mention},
		Push:  []Kind{ConversationAssigned, AssignedMessage, Mention}, Version: 1,
	}
}

// Patch is what to change: nil stays as it is.
type Patch struct {
	Mode, Tone     *string
	Volume         *int
	OnlyWhenHidden *bool
	Repeat         *bool
	Email, Push    *[]Kind
	HideContent    *bool
	Quiet          *Quiet
}

// Settings returns the caller's in the current organization. It returns
// ErrNoOrg for whoever is in none.
func (s *Service) Settings(ctx context.Context, c session.Caller) (Settings, error) {
	m := c.Actor.Membership
	if m.OrganizationID == "" {
		return Settings{}, ErrNoOrg
	}
	return s.settings(ctx, s.DB, m.OrganizationID, m.UserID)
}

func (s *Service) settings(ctx context.Context, q db.Q, organizationID, userID string) (Settings, error) {
	r, found, err := settingsOf.Maybe(ctx, q, organizationID, userID)
	if err != nil || !found {
		return newSettings(), err
	}
	return r.settings(), nil
}

// Change changes the caller's settings. version is the one that the change was
// made from; 0 takes whatever is there. It returns ErrStale, or what is wrong,
// field by field.
func (s *Service) Change(ctx context.Context, c session.Caller, version int64, p Patch) (after Settings, err error) {
	m := c.Actor.Membership
	if m.OrganizationID == "" {
		return after, ErrNoOrg
	}
	for range attempts {
		err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			after, err = s.changeOnce(ctx, tx, c, version, p)
			return err
		})
		if version != 0 || !errors.Is(err, errRaced) {
			break
		}
	}
	if errors.Is(err, errRaced) {
		err = ErrStale
	}
	return after, err
}

// attempts is how often a change without a version is made again when another
// one comes between.
const attempts = 5

var errRaced = errors.New("notify: another save came between")

func (s *Service) changeOnce(ctx context.Context, tx *db.Tx, c session.Caller, version int64, p Patch) (Settings, error) {
	m := c.Actor.Membership
	before, err := s.settings(ctx, tx, m.OrganizationID, m.UserID)
	if err != nil {
		return before, err
	}
	if version != 0 && version != before.Version {
		return before, ErrStale
	}
	after := before
	changed, err := p.lay(&after)
	if err != nil || len(changed) == 0 {
		return before, err
	}
	return s.keep(ctx, tx, c.Actor, m, after, changed)
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, actor identity.Actor, m identity.Membership, after Settings, changed []string) (Settings, error) {
	quiet, err := json.Marshal(after.Quiet)
	if err != nil {
		return after, err
	}
	a, was := after.Audio, after.Version
	after.Version++
	n, err := keepSettings.Run(ctx, tx, m.OrganizationID, m.UserID, was, a.Mode, a.Tone, a.Volume, a.OnlyWhenHidden, a.Repeat,
		joined(after.Email), joined(after.Push), after.HideContent, string(quiet), after.Version)
	if err == nil && n == 0 {
		err = errRaced
	}
	if err != nil {
		return after, err
	}
	return after, s.Journal.RecordMember(ctx, tx, m.OrganizationID, journal.Act{
		At: s.Clock.Now(), Action: "notifications.updated", Actor: actor, Target: journal.Person(m.UserID), Changes: changed,
	})
}

// lay lays a patch over settings and returns the names of what differs.
func (p Patch) lay(to *Settings) (changed []string, err error) {
	var faults errs.Fields
	note := func(name string, differs bool) {
		if differs {
			changed = append(changed, name)
		}
	}
	word := func(name string, at *string, wish *string, words []string) {
		switch {
		case wish == nil:
		case !slices.Contains(words, *wish):
			faults = append(faults, ErrChoice.On(name))
		default:
			note(name, *at != *wish)
			*at = *wish
		}
	}
	tick := func(name string, at, wish *bool) {
		if wish != nil {
			note(name, *at != *wish)
			*at = *wish
		}
	}
	list := func(name string, at, wish *[]Kind) {
		if wish == nil {
			return
		}
		sorted, known := inOrder(*wish)
		if !known {
			faults = append(faults, ErrChoice.On(name))
			return
		}
		note(name, !slices.Equal(*at, sorted))
		*at = sorted
	}
	word("audio.mode", &to.Audio.Mode, p.Mode, modes)
	word("audio.tone", &to.Audio.Tone, p.Tone, tones)
	tick("audio.only_when_hidden", &to.Audio.OnlyWhenHidden, p.OnlyWhenHidden)
	tick("audio.repeat", &to.Audio.Repeat, p.Repeat)
	list("email", &to.Email, p.Email)
	list("push", &to.Push, p.Push)
	tick("hide_content", &to.HideContent, p.HideContent)
	if v := p.Volume; v != nil && (*v < 0 || *v > 100) {
		faults = append(faults, ErrVolume)
	} else if v != nil {
		note("audio.volume", to.Audio.Volume != *v)
		to.Audio.Volume = *v
	}
	if p.Quiet != nil {
		quiet, err := p.Quiet.checked()
		if err := faults.Add(err); err != nil {
			return nil, err
		}
		note("quiet_hours", true)
		to.Quiet = quiet
	}
	return changed, faults.OrNil()
}

// inOrder returns kinds each once and in the order that they always have, and
// whether all are known.
func inOrder(wish []Kind) (sorted []Kind, known bool) {
	sorted = []Kind{}
	for _, k := range Kinds {
		if slices.Contains(wish, k) {
			sorted = append(sorted, k)
		}
	}
	return sorted, !slices.ContainsFunc(wish, func(k Kind) bool { return !slices.Contains(Kinds, k) })
}

func joined(kinds []Kind) string {
	all := make([]string, len(kinds))
	for i, k := range kinds {
		all[i] = string(k)
	}
	return strings.Join(all, " ")
}

// split leaves out the kinds of a newer version.
func split(text string) []Kind {
	all := []Kind{}
	for _, word := range strings.Fields(text) {
		if slices.Contains(Kinds, Kind(word)) {
			all = append(all, Kind(word))
		}
	}
	return all
}
