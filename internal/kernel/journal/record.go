package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
)

// Act is something that was done.
type Act struct {
	At      time.Time // zero: now
	Action  string    // what, as "profile.updated"
	Actor   identity.Actor
	Target  Target
	Changes []string          // names of the fields that changed
	Details map[string]string // values that are not about a person: roles, counts, policy before and after
}

// Target is what an act was done to: a person or a thing.
type Target struct{ person, thing string }

// Person is the user with that id as a target.
func Person(userID string) Target { return Target{person: userID} }

// Thing is anything else with an id as a target, such as an invitation.
func Thing(id string) Target { return Target{thing: id} }

// Instance is the trail of what the operator sets for everybody.
const Instance = "instance"

// Actors that are nobody in particular.
const (
	Operator = "operator" // a command on the machine
	System   = "system"   // the program by itself
)

// Journal writes entries.
type Journal struct {
	Clock clock.Clock

	// Tell hears after the commit what an entry touches: "user:usr_…",
	// "org:org_…", "members:org_…" (somebody in it, but not the organization
	// itself) and "instance". It must not wait. Nil tells nobody.
	Tell func(topics ...string)
}

// RecordAccount writes an act on a person's account: one entry in the person's
// own trail and one in that of each organization the person belongs to. Record
// the end of an account or a membership before its row goes.
func (j *Journal) RecordAccount(ctx context.Context, tx *db.Tx, act Act) error {
	person := act.Target.person
	if person == "" {
		return fmt.Errorf("journal: %s is an account matter and needs a person as its target", act.Action)
	}
	found, err := places.All(ctx, tx, person)
	if err != nil {
		return err
	}
	slices.SortFunc(found, ownFirst)
	topics := []string{"user:" + person}
	for _, p := range found {
		if err := j.recordAt(ctx, tx, p, act); err != nil {
			return err
		}
		if p.Trail != self {
			topics = append(topics, "members:"+p.Trail)
		}
	}
	j.tell(tx, topics)
	return nil
}

// ownFirst puts places in an order that is always the same, so that two
// transactions never wait for each other's new pseudonyms.
func ownFirst(a, b place) int {
	switch {
	case a.Trail == b.Trail:
		return 0
	case a.Trail == self:
		return -1
	case b.Trail == self:
		return 1
	}
	return cmp.Compare(a.Trail, b.Trail)
}

// recordAt writes the entry of an account matter in one of its trails.
func (j *Journal) recordAt(ctx context.Context, tx *db.Tx, p place, act Act) (err error) {
	name := p.Pseudonym
	if name == "" {
		if name, err = nameIn(ctx, tx, p.Trail, act.Target.person); err != nil {
			return err
		}
	}
	trail := p.Trail
	if trail == self {
		trail = name
	}
	actor := name
	if act.Actor.UserID != act.Target.person {
		if actor, err = actorIn(ctx, tx, trail, act.Actor); err != nil {
			return err
		}
	}
	return j.write(ctx, tx, trail, actor, name, act)
}

// RecordMember writes an act on what a person is in an organization: one entry
// in the organization's trail and one in the person's own, whose details say
// which organization it was. The person's other organizations don't hear of it.
func (j *Journal) RecordMember(ctx context.Context, tx *db.Tx, orgID string, act Act) error {
	person := act.Target.person
	if person == "" {
		return fmt.Errorf("journal: %s is a matter of a member and needs a person as its target", act.Action)
	}
	own := act
	own.Details = map[string]string{"organization": orgID}
	maps.Copy(own.Details, act.Details)
	if err := j.recordAt(ctx, tx, place{Trail: self}, own); err != nil {
		return err
	}
	if err := j.recordAt(ctx, tx, place{Trail: orgID}, act); err != nil {
		return err
	}
	j.tell(tx, []string{"user:" + person, "members:" + orgID})
	return nil
}

// RecordOrganization writes an act on an organization, or on a person as a
// member of it: one entry in the organization's trail.
func (j *Journal) RecordOrganization(ctx context.Context, tx *db.Tx, orgID string, act Act) error {
	topics := []string{"org:" + orgID}
	if act.Target.person != "" {
		topics = append(topics, "user:"+act.Target.person)
	}
	if err := j.record(ctx, tx, orgID, act); err != nil {
		return err
	}
	j.tell(tx, topics)
	return nil
}

// RecordInstance writes an act on what holds for everybody.
func (j *Journal) RecordInstance(ctx context.Context, tx *db.Tx, act Act) error {
	if err := j.record(ctx, tx, Instance, act); err != nil {
		return err
	}
	j.tell(tx, []string{"instance"})
	return nil
}

func (j *Journal) record(ctx context.Context, tx *db.Tx, trail string, act Act) error {
	actor, err := actorIn(ctx, tx, trail, act.Actor)
	if err != nil {
		return err
	}
	target := act.Target.thing
	if act.Target.person != "" {
		if target, err = nameIn(ctx, tx, trail, act.Target.person); err != nil {
			return err
		}
	}
	return j.write(ctx, tx, trail, actor, target, act)
}

func (j *Journal) write(ctx context.Context, tx *db.Tx, trail, actor, target string, act Act) error {
	if err := act.check(); err != nil {
		return err
	}
	now := j.Clock.Now()
	at := act.At
	if at.IsZero() {
		at = now
	}
	details, err := encode(act.Details)
	if err != nil {
		return err
	}
	_, err = insertEntry.Run(ctx, tx, ids.New(ids.Entry, now), trail, at, actor, act.Action, target,
		strings.Join(act.Changes, ","), details, origin(act.Actor))
	return err
}

func (j *Journal) tell(tx *db.Tx, topics []string) {
	if j.Tell != nil {
		tx.AfterCommit(func() { j.Tell(topics...) })
	}
}

// Mistakes of the program.
var (
	errIncomplete = errors.New("journal: an act needs an action and a target")
	errPersonal   = errors.New("journal: the id of a user would stand in an entry")
)

// check refuses what would keep leading to a person after [Forget].
func (a Act) check() error {
	if a.Action == "" || a.Target == (Target{}) {
		return errIncomplete
	}
	text := append([]string{a.Target.thing}, a.Changes...)
	for name, value := range a.Details {
		text = append(text, name, value)
	}
	for _, t := range text {
		if strings.Contains(t, ids.User+"_") {
			return fmt.Errorf("%w: %s", errPersonal, a.Action)
		}
	}
	return nil
}

// encode spells details as JSON with sorted names.
func encode(details map[string]string) (string, error) {
	if len(details) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(details)
	return string(text), err
}

// origin says where an act came from: "page 192.0.2.0/24".
func origin(a identity.Actor) string {
	return strings.TrimSpace(string(a.Origin) + " " + a.Network)
}
