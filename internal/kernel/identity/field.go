package identity

import "encoding/json"

// Field is a name of the profile, as API and policy spell it.
type Field string

// The fields of a profile.
const (
	FirstName     Field = "first_name"
	LastName      Field = "last_name"
	FullName      Field = "full_name"
	DisplayName   Field = "display_name"
	Bio           Field = "bio"
	Designation   Field = "designation" // of a membership
	Phone         Field = "phone"
	Pronouns      Field = "pronouns"
	Locale        Field = "locale"
	TimeZone      Field = "time_zone"
	EmailField    Field = "email"
	AvatarField   Field = "avatar"
	PasswordField Field = "password"
	// Availability is until when the person wants to be left alone.
	Availability Field = "availability"
)

// Audience is who sees a field.
type Audience string

// The audiences, from the widest.
const (
	ToPublic  Audience = "public"
	ToTeam    Audience = "team"
	ToPrivate Audience = "private"
)

// Valid reports whether a is one of the audiences.
func (a Audience) Valid() bool { return a == ToPublic || a == ToTeam || a == ToPrivate }

// audiences are what a person begins with.
var audiences = map[Field]Audience{
	DisplayName: ToPublic, AvatarField: ToPublic, Designation: ToPublic, Pronouns: ToPublic, Availability: ToPublic,
	FirstName: ToTeam, LastName: ToTeam, FullName: ToTeam, Bio: ToTeam, TimeZone: ToTeam, Locale: ToTeam,
	EmailField: ToPrivate, Phone: ToPrivate,
}

// AlwaysPublic are the fields whose audience nobody can change.
var AlwaysPublic = map[Field]bool{DisplayName: true, AvatarField: true}

// Audiences is who sees each field of one person.
type Audiences map[Field]Audience

// AudiencesOf reads what a person has chosen over what everybody begins with.
func AudiencesOf(u User) Audiences {
	chosen := map[Field]Audience{}
	// The column is only ever written by Text, so it always parses.
	json.Unmarshal([]byte(u.Visibility), &chosen) //nolint:errcheck // see above
	all := make(Audiences, len(audiences))
	for f, a := range audiences {
		all[f] = a
		if c, ok := chosen[f]; ok && !AlwaysPublic[f] {
			all[f] = c
		}
	}
	return all
}

// Text spells what differs from the defaults, as the column holds it.
func (a Audiences) Text() string {
	chosen := map[Field]Audience{}
	for f, one := range a {
		if one != audiences[f] {
			chosen[f] = one
		}
	}
	text, err := json.Marshal(chosen)
	if err != nil {
		panic(err) // a map of strings always has a form in JSON
	}
	return string(text)
}
