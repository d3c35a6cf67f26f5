package policy

import (
	"encoding/json"

	"nameplate/internal/kernel/identity"
)

// A Bundle is a set of rules to begin from. What it does not name is not set.
type Bundle struct {
	Name   string
	Values map[string]string // JSON by key
	Labels map[identity.Role]string
}

// Presets are the bundles that there are. The first one sets nothing.
var Presets = []Bundle{
	{Name: "default"},
	{
		Name:   "fixed-titles",
		Values: map[string]string{"fields.designation.lock_for_roles": `["owner","admin"]`},
		Labels: map[identity.Role]string{identity.Admin: "Organization Admin"},
	},
	{Name: "contact-centre", Labels: map[identity.Role]string{identity.Owner: "Account holder"}},
	{Name: "personal"},
	{Name: "classic-chat", Values: map[string]string{"password.preset": `"classic"`, "tokens.redisplay": `"yes"`}},
	{
		Name:   "managed",
		Values: map[string]string{"email_change": `"readonly"`, "phone_change": `"readonly"`},
		Labels: map[identity.Role]string{identity.Admin: "Administrator"},
	},
	{
		Name: "enterprise-sso",
		Values: map[string]string{
			"password.preset": `"nist"`, "email_change": `"readonly"`, "phone_change": `"request"`,
			"mfa.required": `"all"`, "mfa.sms": `"never"`, "signin.sso_only": `"yes"`, "capacity.self": `"request"`,
		},
	},
}

func presetNames() []string {
	all := make([]string, len(Presets))
	for i, p := range Presets {
		all[i] = p.Name
	}
	return all
}

// BundleOf returns the preset of that name, or the first one.
func BundleOf(name string) Bundle {
	for _, p := range Presets {
		if p.Name == name {
			return p
		}
	}
	return Presets[0]
}

// Relabel returns the role labels of an organization, which are JSON, after it
// has gone from one preset to another. Words of its own stay.
func Relabel(labels string, from, to Bundle) (string, error) {
	own := map[identity.Role]string{}
	if err := json.Unmarshal([]byte(labels), &own); err != nil {
		return "", err
	}
	for role, word := range from.Labels {
		if own[role] == word {
			delete(own, role)
		}
	}
	for role, word := range to.Labels {
		if own[role] == "" {
			own[role] = word
		}
	}
	text, err := json.Marshal(own)
	return string(text), err
}
