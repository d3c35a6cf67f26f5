// Package seed is who lives in a throw-away instance: an organization and five
// people, one in each role, who differ in what real people differ in: long
// names and short ones, accents, time zones far apart, much told and little.
//
// The portraits are drawings of our own. nora.svg is the source of one of
// them.
package seed

import (
	"embed"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/secret"
)

//go:embed *.jpg *.png
var portraits embed.FS

// Password is everybody's. It is known to all, so the seed belongs only where
// nobody else comes.
const Password secret.Secret = "Tram-Lantern-58-Orchid"

// Organization is where they all work.
const Organization = "Halden Energy"

// Person is one of them.
type Person struct {
	First, Last, Display string
	Email                string
	Role                 identity.Role
	Designation          string
	Pronouns             string
	Bio                  string
	Phone                string
	Zone                 string
	Public               []identity.Field // beside what is public anyway
	Portrait             string           // a file; empty: initials
}

// Name is the full name.
func (p Person) Name() string { return strings.TrimSpace(p.First + " " + p.Last) }

// Picture is the portrait, or nothing.
func (p Person) Picture() ([]byte, error) {
	if p.Portrait == "" {
		return nil, nil
	}
	return portraits.ReadFile(p.Portrait)
}

// People are all of them, the owner first.
var People = []Person{
	{
		First: "Nora", Last: "Lindqvist", Email: "nora@halden.example", Role: identity.Owner, Designation: "Managing Director",
		Pronouns: "she/her", Zone: "Europe/Oslo", Portrait: "nora.jpg", Phone: "+47 22 34 56 70",
		Bio:    "I started Halden Energy with two vans and a heat pump nobody wanted. Write to me when something went wrong twice.",
		Public: []identity.Field{identity.Bio, identity.TimeZone},
	},
	{
		First: "Leila", Last: "Haddad", Display: "Leila from Halden", Email: "leila@halden.example", Role: identity.Admin, Designation: "Head of Customer Care",
		Pronouns: "she/her", Zone: "Europe/Oslo", Portrait: "leila.jpg", Phone: "+47 22 34 56 78",
		Bio:    "I look after people moving their homes from oil to heat pumps. Ask me about tariffs, meters and the odd noise at night. I answer in English, Arabic and Norwegian.",
		Public: []identity.Field{identity.Bio, identity.TimeZone, identity.EmailField, identity.FirstName},
	},
	{
		First: "Tomás", Last: "Ferreira", Email: "tomas@halden.example", Role: identity.Supervisor, Designation: "Shift Lead, Chat",
		Pronouns: "he/him", Zone: "Europe/Lisbon", Portrait: "tomas.png",
		Bio:    "I keep the queue short and the coffee strong.",
		Public: []identity.Field{identity.Bio, identity.TimeZone},
	},
	{
		First: "Mei", Last: "Chen", Display: "Mei", Email: "mei@halden.example", Role: identity.Agent, Designation: "Customer Advisor",
		Zone: "Asia/Singapore", Portrait: "mei.png",
		Bio:    "Bills, meter readings and moving house, from the other side of the night.",
		Public: []identity.Field{identity.Bio, identity.TimeZone},
	},
	{
		First: "Maximiliane-Friederike", Last: "von Donnersmarck-Hohenlohe-Bartenstein", Email: "maximiliane@halden.example", Role: identity.Billing,
		Designation: "Accounts Receivable and Contract Administration, Northern Europe", Zone: "Europe/Berlin",
	},
}
