package policy

import "nameplate/internal/kernel/identity"

// Preset remembers which set of rules was taken last, so that what differs
// from it can be told.
var Preset = Choice("preset", PerOrganization, Presets[0].Name, presetNames()...)

// Words of rules.
const (
	Allowed = "allowed"
	Never   = "never"
	Yes     = "yes"
	No      = "no"
)

// Rules about second factors.
var (
	// MFARequired says who needs a second factor; [Terms] says for whom it
	// holds by now.
	MFARequired = WhoNeeds("mfa.required")
	// MFAGrace is how many days a member has from when on a second factor is
	// required until nothing else is open without one.
	MFAGrace = AtMost("mfa.grace_days", Strictest, 7, 0, 90)
	// MFASMS says whether codes by SMS are second factors. All organizations
	// must allow it; owners and admins have none, whatever it says.
	MFASMS = Choice("mfa.sms", Strictest, Allowed, Allowed, Never)
)

// What a passkey is good for.
const (
	FullSignIn   = "full_sign_in"  // signs in alone, if it verifies its user
	SecondFactor = "second_factor" // after the password
)

// PasskeyAs says whether a passkey signs in alone. All organizations must allow
// it.
var PasskeyAs = Choice("passkey.as", Strictest, FullSignIn, FullSignIn, SecondFactor)

// How long a session lives, in hours: from its birth, and without being used.
// The largest values are what holds anyway.
var (
	SessionMax  = AtMost("session.max_hours", Strictest, 30*24, 1, 30*24)
	SessionIdle = AtMost("session.idle_hours", Strictest, 7*24, 1, 7*24)
)

// Rules about access tokens.
var (
	// TokensMaxDays is how many days a token lives at most. A stricter rule ends
	// what is older at once.
	TokensMaxDays = AtMost("tokens.max_days", Strictest, 365, 1, 365)
	// TokensRedisplay says whether a token can be shown again. All organizations
	// must allow it.
	TokensRedisplay = Choice("tokens.redisplay", Strictest, No, Yes, No)
)

// Password rules. Each organization's hold at once.
var (
	PasswordPreset = Choice("password.preset", All, "strong12", "strong12", "classic", "nist", "custom")
	// PasswordMinLength is in characters; 0 leaves it to the preset.
	PasswordMinLength = AtLeast("password.min_length", Strictest, 8, 128)
)

// SSOOnly says whether people sign in at their organization's provider alone.
// It is asked of the organization that has proved the domain of the person's
// address, whatever others say.
var SSOOnly = Choice("signin.sso_only", PerOrganization, No, No, Yes)

// State is what a person may do with a field.
type State string

// The states, from the mildest to the strictest.
const (
	Edit     State = "edit"
	Request  State = "request" // propose a change that an admin approves
	ReadOnly State = "readonly"
	Hidden   State = "hidden"
)

var states = []State{Edit, Request, ReadOnly, Hidden}

// Unpinned is what no rule has fixed: the person decides who sees the field.
const Unpinned identity.Audience = ""

// Fields are the fields of a profile that rules speak of. A designation is a
// membership's; all others are the person's own.
var Fields = []string{
	"first_name", "last_name", "full_name", "display_name", "bio", "designation", "phone", "pronouns", "locale", "time_zone",
}

var (
	fieldState      = perField(newState)
	fieldVisibility = perField(newVisibility)

	// DesignationLock names the roles whose designation is fixed.
	DesignationLock = Roles("fields.designation.lock_for_roles")
	// EmailChange says in whose hands the addresses of an account are: "self",
	// "request" or "readonly".
	EmailChange = Choice("email_change", Strictest, "self", "self", "request", "readonly")
	// PhoneChange says in whose hands a phone number is: "self", "request" or
	// "readonly".
	PhoneChange = Choice("phone_change", Strictest, "self", "self", "request", "readonly")
	// CardAccess says who may open a card: everybody ("public"), whoever has a
	// signed link ("signed"), or nobody ("off").
	CardAccess = Choice("card.access", PerOrganization, "public", "public", "signed", "off")
)

// FieldState is the rule fields.<name>.state of one of [Fields].
func FieldState(field string) Key[State] { return fieldState[field] }

// FieldVisibility is the rule fields.<name>.visibility of one of [Fields],
// which pins what the person otherwise decides.
func FieldVisibility(field string) Key[identity.Audience] { return fieldVisibility[field] }

func perField[T any](declare func(field string) Key[T]) map[string]Key[T] {
	keys := map[string]Key[T]{}
	for _, field := range Fields {
		keys[field] = declare(field)
	}
	return keys
}

func newState(field string) Key[State] {
	return Choice("fields."+field+".state", fieldTogether(field), Edit, states...)
}

func newVisibility(field string) Key[identity.Audience] {
	values := []identity.Audience{identity.ToPublic, identity.ToTeam, identity.ToPrivate}
	if field == "display_name" { // a card always has a name
		values = values[:1]
	}
	return Choice("fields."+field+".visibility", fieldTogether(field), Unpinned, values...)
}

func fieldTogether(field string) Together {
	if field == "designation" {
		return PerOrganization
	}
	return Strictest
}

// Channels are the ways on which conversations reach people.
var Channels = []string{"voice", "chat", "sms", "whatsapp", "email", "video"}

// Rules about how many conversations a member takes on at once.
var (
	// CapacitySelf says whether members set their own numbers. A channel they
	// switch on and off themselves, whatever it says.
	CapacitySelf = Choice("capacity.self", PerOrganization, Edit, Edit, Request, ReadOnly)

	capacityMax = perChannel()
)

// CapacityMax is the rule capacity.max.<channel> of one of [Channels]; at 0 the
// organization has no such channel.
func CapacityMax(channel string) Key[int] { return capacityMax[channel] }

func perChannel() map[string]Key[int] {
	keys := map[string]Key[int]{}
	for _, channel := range Channels {
		keys[channel] = AtMost("capacity.max."+channel, PerOrganization, 20, 0, 100)
	}
	return keys
}
