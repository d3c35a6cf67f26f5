package change

import (
	"context"
	"slices"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
)

// Change is one that others may hear of.
type Change struct {
	ID      string // of the entry
	Seq     int64  // its place in the trail
	Type    string
	At      time.Time
	Subject string // id of a person or a thing; the pseudonym of somebody who is gone
	Fields  []string
}

// The types of the API.
const (
	ProfileUpdated      = "profile.updated"
	AvatarUpdated       = "avatar.updated"
	MemberInvited       = "member.invited"
	MemberJoined        = "member.joined"
	RoleChanged         = "member.role_changed"
	MemberLeft          = "member.left"
	AvailabilityChanged = "availability.changed"
	InteractionUpdated  = "interaction.updated"
	DeletionRequested   = "deletion.requested"
	DeletionDone        = "deletion.done"
	OrganizationUpdated = "organization.updated"
	PolicyUpdated       = "policy.updated"
)

// Told are the types that this version tells, in the order in which they are
// shown.
var Told = []string{
	ProfileUpdated, AvatarUpdated, MemberInvited, MemberJoined, RoleChanged, MemberLeft, AvailabilityChanged, InteractionUpdated,
	OrganizationUpdated, PolicyUpdated,
}

// Types are all that may be asked for: those of [Told], and others that come
// with what they tell of.
var Types = append(slices.Clone(Told), DeletionRequested, DeletionDone)

// typeOf is the type of an action whose name differs from it.
var typeOf = map[string]string{
	"avatar.removed":  AvatarUpdated,
	"email.changed":   ProfileUpdated,
	"member.updated":  ProfileUpdated,
	"focus.begun":     AvailabilityChanged,
	"focus.ended":     AvailabilityChanged,
	"account.deleted": DeletionDone,
}

// fieldsOf are the fields of an action that names none.
var fieldsOf = map[string][]string{
	"avatar.updated": {"avatar"}, "avatar.removed": {"avatar"}, "email.changed": {"email"}, "member.role_changed": {"role"},
}

// TypeOf is the type of an action, and whether others may hear of it.
func TypeOf(action string) (string, bool) {
	if t, known := typeOf[action]; known {
		return t, true
	}
	return action, slices.Contains(Types, action)
}

// After returns the changes of an organization among the next limit entries
// of its trail that follow seq, and where to go on.
func After(ctx context.Context, q db.Q, organizationID string, seq int64, limit int) (all []Change, next int64, err error) {
	entries, err := journal.After(ctx, q, organizationID, seq, limit)
	if err != nil {
		return nil, seq, err
	}
	next = seq
	for _, e := range entries {
		next = e.Seq
		if t, heard := TypeOf(e.Action); heard {
			all = append(all, of(e, t))
		}
	}
	return all, next, nil
}

func of(e journal.Entry, t string) Change {
	c := Change{ID: e.ID, Seq: e.Seq, Type: t, At: e.At, Subject: e.Target, Fields: e.Changes}
	if e.TargetUser != "" {
		c.Subject = e.TargetUser
	}
	if len(c.Fields) == 0 {
		c.Fields = fieldsOf[e.Action]
	}
	return c
}

// Body is a change as it is told.
type Body struct {
	Type         string    `json:"type"`
	Timestamp    time.Time `json:"timestamp"`
	Organization string    `json:"organization"`
	Data         Data      `json:"data"`
}

// Data is what a change is about.
type Data struct {
	ID      string   `json:"id" doc:"Of the person or thing."`
	Changed []string `json:"changed" doc:"Names of the fields that changed."`
	Object  any      `json:"object,omitempty" doc:"In a webhook: the person or the organization as its maker may read them when it is sent."`
}

// Tell returns the body of a change.
func (c Change) Tell(organizationID string) Body {
	fields := c.Fields
	if fields == nil {
		fields = []string{}
	}
	return Body{c.Type, c.At, organizationID, Data{ID: c.Subject, Changed: fields}}
}
