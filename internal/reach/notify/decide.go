package notify

import (
	"slices"
	"time"
)

// Kind is what an event is to a person, as they choose it by name.
type Kind string

// The kinds.
const (
	ConversationCreated  Kind = "conversation_created"
	ConversationAssigned Kind = "conversation_assigned"
	AssignedMessage      Kind = "assigned_message"
	Mention              Kind = "mention"
	ParticipatingMessage Kind = "participating_message"
	FirstReply           Kind = "sla_first_response"
	NextReply            Kind = "sla_next_response"
	Resolution           Kind = "sla_resolution"
)

// Kinds lists all of them, as people read them.
var Kinds = []Kind{
	ConversationCreated, ConversationAssigned, AssignedMessage, Mention, ParticipatingMessage, FirstReply, NextReply, Resolution,
}

// Ways on which people are told.
const (
	Audio = "audio"
	Email = "email"
	Push  = "push"
)

// Outcomes of a decision.
const (
	Sent    = "sent"
	Held    = "held" // until something ends
	Dropped = "dropped"
	Failed  = "failed"
)

// Rules by which is decided. "notify.rule." and one of them is its explanation.
const (
	TooOld       = "too_old"
	OwnAct       = "own_act"       // the person did it
	NotConcerned = "not_concerned" // the person has no part in it
	NotWanted    = "not_wanted"    // not among the events that the person has chosen
	SoundsOff    = "sounds_off"
	SoundsOthers = "sounds_others" // sounds are for other conversations
	NoPage       = "no_page"       // no page that could sound is open
	NoDevice     = "no_device"     // no device has allowed push
	WasRead      = "read"          // meanwhile, or before
	InFocus      = "focus"
	QuietHours   = "quiet_hours"
	MailDelay    = "mail_delay" // a mail waits for the message to be read
	Wanted       = "wanted"
	Delivered    = "delivered"    // the push service of a device has it
	PushFailed   = "push_failed"  // no device could be reached
	Bounced      = "bounced"      // the mail server refused the address for good
	MailRefused  = "mail_refused" // it refused the mail for good
)

// Case is all that a decision depends on.
type Case struct {
	Kind       Kind // empty: none that the person has chosen by name
	Assigned   bool // the conversation is the person's
	Unassigned bool // it is nobody's yet
	Own        bool // the person did it
	Old        bool // it happened too long ago
	Read       bool // the person has read it
	Settings   Settings
	Now        time.Time
	Home       *time.Location // the person's time zone
	FocusUntil time.Time      // zero: no focus
	Pages      int            // that are open and could sound
	Devices    int            // that have allowed push
}

// Decision is what is done on one way, and by which rule.
type Decision struct {
	Channel string
	Kind    Kind
	Outcome string
	Rule    string
	Until   time.Time // of what is held
}

// Decide says what is done for a person on each way: sound, mail and push, in
// this order. It depends on nothing but the case.
func Decide(c Case) []Decision {
	return []Decision{c.audio(), c.written(Email, c.Settings.Email), c.written(Push, c.Settings.Push)}
}

// before are the rules that stop every way.
func (c Case) before() string {
	switch {
	case c.Old:
		return TooOld
	case c.Own:
		return OwnAct
	case c.Read:
		return WasRead
	}
	return ""
}

func (c Case) audio() Decision {
	d := Decision{Channel: Audio, Kind: c.Kind, Outcome: Dropped}
	hold, _ := c.hold()
	switch stop := c.before(); {
	case stop != "":
		d.Rule = stop
	case c.Settings.Audio.Mode == ModeNone:
		d.Rule = SoundsOff
	case !c.rings():
		d.Rule = SoundsOthers
	case hold != "":
		d.Rule = hold
	case c.Pages == 0:
		d.Rule = NoPage
	default:
		d.Outcome, d.Rule = Sent, Wanted
	}
	return d
}

// rings reports whether the person's sounds are for this conversation.
func (c Case) rings() bool {
	switch c.Settings.Audio.Mode {
	case ModeAll:
		return true
	case ModeMineAndUnassigned:
		return c.Assigned || c.Unassigned || c.Kind == Mention
	}
	return c.Assigned || c.Kind == Mention
}

// written decides for mail and push, of which people choose events by name.
func (c Case) written(channel string, wanted []Kind) Decision {
	d := Decision{Channel: channel, Kind: c.Kind, Outcome: Dropped}
	hold, until := c.hold()
	switch stop := c.before(); {
	case stop != "":
		d.Rule = stop
	case c.Kind == "":
		d.Rule = NotConcerned
	case !slices.Contains(wanted, c.Kind):
		d.Rule = NotWanted
	case channel == Push && c.Devices == 0:
		d.Rule = NoDevice
	case hold != "":
		d.Outcome, d.Rule, d.Until = Held, hold, until
	default:
		d.Outcome, d.Rule = Sent, Wanted
	}
	return d
}

// hold is what keeps people from being told now, and until when. Of focus and
// quiet hours the one that ends later decides.
func (c Case) hold() (rule string, until time.Time) {
	quiet := c.Settings.Quiet.Until(c.Now, c.Home)
	switch {
	case c.FocusUntil.After(c.Now) && !c.FocusUntil.Before(quiet):
		return InFocus, c.FocusUntil
	case quiet.After(c.Now):
		return QuietHours, quiet
	}
	return "", time.Time{}
}
