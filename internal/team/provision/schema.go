package provision

import "nameplate/internal/platform/scim"

const (
	userURN  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// users are described as far as they are kept. What else clients send of a
// person is none of this program's business.
var users = scim.Schema{
	ID: userURN, Name: "User", About: "A person whom an organization keeps here.",
	Attributes: []scim.Attribute{
		{Name: "userName", Kind: scim.Text, Required: true, Unique: true, About: "The provider's name for the person."},
		{Name: "name", Kind: scim.Complex, About: "The name in its parts.", Sub: []scim.Attribute{
			{Name: "formatted", Kind: scim.Text, About: "The full name."},
			{Name: "familyName", Kind: scim.Text, About: "The last name."},
			{Name: "givenName", Kind: scim.Text, About: "The first name."},
		}},
		{Name: "displayName", Kind: scim.Text, About: "The name on the card."},
		{Name: "title", Kind: scim.Text, About: "The designation."},
		{Name: "active", Kind: scim.Boolean, About: "Whether the person is a member."},
		{Name: "emails", Kind: scim.Complex, Many: true, About: "Addresses. The primary one is the one to sign in with; it is set when the person is made.", Sub: values("work", "home", "other")},
		{Name: "phoneNumbers", Kind: scim.Complex, Many: true, About: "Phone numbers. The primary one, or the first, is taken if it has a country code.", Sub: values("work", "home", "mobile", "fax", "pager", "other")},
		{Name: "groups", Kind: scim.Complex, Many: true, ReadOnly: true, About: "The groups of the person.", Sub: reference("Group")},
	},
	Unkept: []string{
		"name.middleName", "name.honorificPrefix", "name.honorificSuffix", "nickName", "profileUrl", "userType", "preferredLanguage", "locale",
		"timezone", "password", "addresses", "ims", "photos", "entitlements", "roles", "x509Certificates",
	},
}

var groups = scim.Schema{
	ID: groupURN, Name: "Group", About: "A group of people, as the provider has it.",
	Attributes: []scim.Attribute{
		{Name: "displayName", Kind: scim.Text, Required: true, Unique: true, About: "The name, by which it can give a role."},
		{Name: "members", Kind: scim.Complex, Many: true, About: "The people in it.", Sub: reference("User")},
	},
}

func values(types ...string) []scim.Attribute {
	return []scim.Attribute{
		{Name: "value", Kind: scim.Text, About: "The value itself."},
		{Name: "type", Kind: scim.Text, About: "What it is for.", Canonical: types},
		{Name: "primary", Kind: scim.Boolean, About: "Whether it is the main one."},
	}
}

func reference(kind string) []scim.Attribute {
	return []scim.Attribute{
		{Name: "value", Kind: scim.Text, Exact: true, About: "The id."},
		{Name: "$ref", Kind: scim.Ref, Exact: true, About: "The address of it."},
		{Name: "type", Kind: scim.Text, About: "What it is.", Canonical: []string{kind}},
		{Name: "display", Kind: scim.Text, About: "The name of it."},
	}
}
