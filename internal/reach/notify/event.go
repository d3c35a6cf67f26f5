package notify

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
)

// Types of events, as platforms send them.
const (
	Created  = "conversation.created"
	Assigned = "conversation.assigned"
	Message  = "message.created"
	Read     = "conversation.read"
	Missed   = "sla.missed"
)

var types = []string{Created, Assigned, Message, Read, Missed}

// slas are the promises that can be missed.
var slas = map[string]Kind{"first_response": FirstReply, "next_response": NextReply, "resolution": Resolution}

const (
	// tooOld is the age from which on nobody is told.
	tooOld = 24 * time.Hour
	// mostAtOnce is how many events one call brings.
	mostAtOnce = 500
	// Bounds of what an event holds, in characters.
	maxID, maxTitle, maxURL, maxText, maxPeople = 128, 200, 2000, 4000, 200
)

// What may be wrong with an event.
var (
	ErrType   = errs.New(errs.Invalid, "event_type")
	ErrTime   = errs.New(errs.Invalid, "event_time")
	ErrSLA    = errs.New(errs.Invalid, "event_sla")
	ErrURL    = errs.New(errs.Invalid, "event_url")
	ErrUser   = errs.New(errs.Invalid, "event_user")
	ErrPeople = errs.New(errs.Invalid, "event_people")
	ErrBatch  = errs.New(errs.Invalid, "event_batch").On("events")
)

// Event is something that happened in a conversation.
type Event struct {
	ID           string // the sender's, unique in the organization
	Type         string
	OccurredAt   time.Time
	SLA          string // which promise was missed
	Conversation Conversation
	ActorUser    string // who did it, if it was a user
	ActorName    string // otherwise
	Assignee     string
	Mentioned    []string
	Participants []string
	MessageText  string
	Reader       string
}

// Conversation is what an event is about.
type Conversation struct{ ID, Title, URL string }

// checked returns the event with its texts cleaned, or what is wrong with it,
// field by field.
func (e Event) checked(now time.Time) (Event, error) {
	var faults errs.Fields
	line := func(field string, text *string, most int, needed bool) error {
		clean, err := identity.Line(field, *text, most)
		if err == nil && needed && clean == "" {
			err = identity.ErrTextRequired.On(field)
		}
		*text = clean
		return faults.Add(err)
	}
	text, err := identity.Lines("message.text", e.MessageText, maxText)
	e.MessageText = text
	for _, err := range []error{
		faults.Add(err), line("id", &e.ID, maxID, true), line("conversation.id", &e.Conversation.ID, maxID, true),
		line("conversation.title", &e.Conversation.Title, maxTitle, false), line("actor.name", &e.ActorName, maxTitle, false),
	} {
		if err != nil {
			return e, err
		}
	}
	for _, one := range []struct {
		wrong bool
		fault *errs.Error
	}{
		{!slices.Contains(types, e.Type), ErrType.On("type")},
		{e.OccurredAt.IsZero() || e.OccurredAt.After(now.Add(time.Hour)), ErrTime.On("occurred_at")},
		{e.Type == Missed && slas[e.SLA] == "", ErrSLA.On("sla")},
		{!linked(e.Conversation.URL), ErrURL.On("conversation.url")},
		{len(e.Mentioned) > maxPeople, ErrPeople.On("mentioned")},
		{len(e.Participants) > maxPeople, ErrPeople.On("participants")},
		{!users(e.Assignee), ErrUser.On("assignee")},
		{!users(e.Reader) || e.Type == Read && e.Reader == "", ErrUser.On("reader")},
		{!users(e.ActorUser), ErrUser.On("actor.user")},
		{!users(e.Mentioned...), ErrUser.On("mentioned")},
		{!users(e.Participants...), ErrUser.On("participants")},
	} {
		if one.wrong {
			faults = append(faults, one.fault)
		}
	}
	return e, faults.OrNil()
}

// users reports whether each is the id of a user, or empty.
func users(all ...string) bool {
	return !slices.ContainsFunc(all, func(id string) bool { return id != "" && !ids.Valid(ids.User, id) })
}

// linked reports whether an address may stand behind a button.
func linked(address string) bool {
	if address == "" {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && len(address) <= maxURL && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && !strings.ContainsAny(address, " \r\n\t<>\"")
}

// kindFor is what the event is to a user; empty: nothing that they have chosen
// by name.
func (e Event) kindFor(userID string) Kind {
	switch {
	case e.Type == Created:
		return ConversationCreated
	case e.Type == Assigned && e.Assignee == userID:
		return ConversationAssigned
	case e.Type == Message && slices.Contains(e.Mentioned, userID):
		return Mention
	case e.Type == Message && e.Assignee == userID:
		return AssignedMessage
	case e.Type == Message && slices.Contains(e.Participants, userID):
		return ParticipatingMessage
	case e.Type == Missed && (e.Assignee == userID || e.Assignee == ""):
		return slas[e.SLA]
	}
	return ""
}

// names reports whether the event names a user as somebody it concerns.
func (e Event) names(userID string) bool {
	return e.Assignee == userID || slices.Contains(e.Mentioned, userID) || slices.Contains(e.Participants, userID)
}
