package ui

import (
	_ "embed"
	"encoding/base64"
	"time"

	"github.com/a-h/templ"
)

//go:embed sample/person.svg
var portrait []byte

// What the gallery shows: made up, and in English, because it is for those who
// build the pages and not for those who use them.
var (
	face     = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(portrait)
	initials = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#dcefee"/><text x="32" y="40" font-family="system-ui" font-size="23" font-weight="600" text-anchor="middle" fill="#0a4f51">MD</text></svg>`))
	sampleMoment = time.Date(2026, 11, 20, 13, 5, 0, 0, time.UTC)
)

const (
	sampleBio = "I look after people moving their homes from oil to heat pumps. Ask me about tariffs, meters and the odd noise at night. I answer in English, Arabic and Norwegian."
	longName  = "Maximiliane-Friederike von Donnersmarck-Hohenlohe-Bartenstein"
)

func sampleCard() CardView {
	return CardView{
		ID: "usr_1", DisplayName: "Mei from Halden", Pronouns: "she/her", Designation: "Head of Customer Care",
		Organization: "Halden Energy", Bio: sampleBio, Email: "mei@halden.example", Phone: "+47 22 34 56 78",
		Picture: face, Availability: Here, LocalTime: "2026-11-20T14:17:00+01:00",
	}
}

func sampleCards() []specimenCard {
	return []specimenCard{
		{"With everything, here", sampleCard()},
		{"Digital employee", CardView{DisplayName: "Volt", Organization: "Halden Energy", Bio: "I answer questions about bills at any hour.", Initials: true, Picture: initials, DigitalEmployee: true, Availability: Here}},
		{"Sixty letters, no picture", CardView{DisplayName: longName, Designation: "Sachbearbeiterin für Netzanschlussangelegenheiten", Organization: "Halden Energy", Picture: initials, Initials: true, Availability: BackAt, BackAt: "2026-11-20T14:00:00+01:00", LocalTime: "2026-11-20T13:17:00+01:00"}},
		{"Away, little public", CardView{DisplayName: "Tomás", Picture: face, Availability: Away}},
		{"Right to left in its own words", CardView{DisplayName: "ليلى حداد", Pronouns: "هي", Designation: "رئيسة خدمة العملاء", Organization: "هالدن للطاقة", Bio: "أساعد من ينتقلون من الوقود إلى المضخات الحرارية.", Picture: face, Availability: Here, LocalTime: "2026-11-20T14:17:00+01:00"}},
		{"Loading", CardView{Loading: true}},
	}
}

type specimenCard struct {
	Caption string
	Card    CardView
}

func sampleRules() []Rule {
	return []Rule{
		{Text: "12 characters or more", Min: 12},
		{Text: "An upper-case letter", Pattern: `\p{Lu}`},
		{Text: "A lower-case letter", Pattern: `\p{Ll}`},
		{Text: "A digit", Pattern: `\p{Nd}`},
		{Text: "A symbol", Pattern: `[^\p{L}\p{N}\s]`},
	}
}

func sampleFacts() []Fact {
	return []Fact{
		{Term: "Registered e-mail", Value: templ.Join(Words("mei@halden.example "), TagOf(Good, "check", "Verified")), Note: "In your own hands", Act: &Button{Label: "Change", Object: "e-mail", Href: "#facts"}},
		{Term: "Role", Value: Words("Admin"), Note: "Manages members, rules and details. Does not see billing."},
		{Term: "Last updated", Value: Time(sampleMoment, "12 minutes ago", "20 November 2026, 14:05"), Note: "Bio, by you"},
	}
}

func sampleRows() []Row {
	return []Row{
		{Icon: "laptop", Name: "Firefox on Windows", Tags: []Tag{{Own, "", "This device"}}, Meta: "Near Berlin, signed in 3 days ago", Side: "Now"},
		{Icon: "phone", Name: "Safari on iPhone", Meta: "Near Oslo, signed in 6 March 2023", Side: "2 hours ago", Act: ButtonOf(Button{Label: "Sign out", Object: "Safari on iPhone", Kind: KindGhost, Small: true})},
	}
}

func samplePeople() []Row {
	return []Row{
		{Picture: &Picture{URL: face}, Name: "Mei Tanaka", Meta: "mei@halden.example", Side: "Agent"},
		{Picture: &Picture{AI: true}, Name: "Volt", Tags: []Tag{{"", "spark", "AI agent"}}, Meta: "Answers bills", Side: "Digital employee"},
	}
}

func sampleDays() []Day {
	at := time.Date(2026, 11, 21, 14, 2, 0, 0, time.UTC)
	return []Day{{Title: "21 November 2026", Lines: []Entry{
		{
			At: at, Clock: "14:02", Tag: Tag{Icon: "users", Word: "Members"}, Who: Actor{Name: "Leila Haddad"}, What: "changed the role", Whom: Actor{Name: "Mei Tanaka"},
			Trace: []Fact{{Term: "From where", Value: Words("Page, 192.0.2.0/24")}, {Term: "Seal", Value: Hex([]string{"9f3c", "71ae"})}},
		},
		{At: at, Clock: "11:20", Tag: Tag{Icon: "laptop", Word: "Sign-in"}, Who: Actor{Name: "Deleted user 7f3a", Masked: true}, What: "signed in"},
	}}}
}

func sampleTerms() []string {
	return []string{"Password: 12 characters or more · A digit", "Designation: fixed for your role"}
}

func sampleTable() [][]templ.Component {
	return [][]templ.Component{
		{Words("Public card"), Words("0.19 s"), TagOf(Good, "check", "Live")},
		{Words("Team directory"), Words("0.41 s"), TagOf(Warn, "clock", "Late")},
	}
}

func samplePeopleTable() [][]templ.Component {
	open := ButtonOf(Button{Label: "Open", Object: " " + longName, Kind: KindGhost, Small: true, Href: "#tables"})
	return [][]templ.Component{
		{Who(Picture{URL: face}, "Mei Tanaka", "mei@halden.example"), Words("Agent"), open},
		{Who(Picture{URL: initials}, longName, "You"), Words("Owner"), open},
	}
}

func sampleLock() *Lock {
	return &Lock{
		Rule:   "Designation is fixed for owners and admins",
		Source: "Set for Halden Energy by Nora Lindqvist, 3 November. An owner can change it.",
		Ask:    &Button{Label: "Ask for a change", Object: "of your designation"},
	}
}

func sampleAsked() *Lock {
	l := sampleLock()
	l.Rule, l.Ask.Label = "A new phone number needs an approval", "See your request"
	l.Waits = "You asked for “+47 91 23 45 67”. It waits until 17 November."
	return l
}

func sampleRuleList() RuleList {
	return RuleList{Label: "Signing in", Rows: []RuleRow{
		{
			Title: "Second factor needed", Effect: "All members need one.", New: true, Layers: []Layer{{StepOrganization, "Organization", "was: Nobody"}},
			Choices: []Field{{Name: "sample-factor", Label: "Second factor needed", Options: []Option{{Value: "all", Label: "Everybody"}}}},
		},
		{
			Title: "Phone number", Effect: "Members can't change it.", Layers: []Layer{{StepRole, "Role", "Nora Lindqvist, 3 November 2026"}},
			Choices: []Field{{Name: "sample-phone", Label: "Phone number", Options: []Option{{Value: "fixed", Label: "Fixed"}}, Error: "This rule does not take that value."}},
		},
	}}
}

func sampleRulesOfFields() RuleList {
	return RuleList{Label: "Fields", Columns: []string{"Members may", "Who sees it"}, Rows: []RuleRow{{
		Title: "Bio", Layers: []Layer{{StepInstance, "Instance", "nobody has set it"}},
		Choices: []Field{
			{Name: "sample-bio", Label: "Bio", Options: []Option{{Value: "edit", Label: "Edit, as the instance"}}},
			{Name: "sample-bio-seen", Label: "Who sees Bio", Options: []Option{{Value: "team", Label: "Team"}}},
		},
	}}}
}

func sampleOutlook() Outlook {
	return Outlook{
		ID: "outlook-some", Title: "If you save this", Note: "Tried on all 14 members, nothing is changed yet",
		Line: "1 is blocked until a second factor is set up. 3 are asked for a second factor. 10 notice nothing for now.", Bad: 1, Warn: 3, Others: 10,
		Groups: []OutlookGroup{
			{Tag{Bad, "lock", "Blocked"}, "Emil Dahl: No second factor, and no day of grace left."},
			{Tag{Warn, "shield", "Asked"}, "Mei Tanaka, Ingrid Moe, Per Lie: No second factor yet. All else closes on 20 November 2026."},
		},
	}
}

func sampleZones() []Option {
	return []Option{{Value: "Europe/Oslo", Label: "Oslo (UTC+1)"}, {Value: "America/New_York", Label: "New York (UTC−5)"}}
}

var sampleIcons = []string{
	"user", "users", "shield", "bell", "laptop", "phone", "key", "passkey", "message", "mail", "globe", "lock", "building",
	"rules", "bank", "scroll", "box", "download", "upload", "trash", "plus", "minus", "more", "out", "copy", "eye", "masked",
	"play", "moon", "sound", "mute", "alert", "info", "clock", "image", "search", "leave", "book", "help", "spark", "redo",
	"print", "headset", "switch", "codes", "totp", "live", "pencil", "plate", "handset", "chats", "sun", "half", "chain",
	"hook", "plug", "offline", "undo", "face", "signpost", "back", "menu", "close", "check", "down", "updown",
}
