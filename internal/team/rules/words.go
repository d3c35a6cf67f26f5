package rules

import (
	"context"
	"encoding/json"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/i18n"
)

// Rules of fields are many and alike, so they share their words.
const (
	fieldPrefix      = "fields."
	stateSuffix      = ".state"
	visibilitySuffix = ".visibility"
)

// capacityPrefix begins the rules of channels, which share their words, too.
const capacityPrefix = "capacity.max."

// fieldOf takes a key such as fields.bio.state apart. kind is "state",
// "visibility", or empty for any other key.
func fieldOf(key string) (field, kind string) {
	rest, inside := strings.CutPrefix(key, fieldPrefix)
	if field, ok := strings.CutSuffix(rest, stateSuffix); ok && inside {
		return field, "state"
	}
	if field, ok := strings.CutSuffix(rest, visibilitySuffix); ok && inside {
		return field, "visibility"
	}
	return "", ""
}

// title is what a rule is called.
func title(ctx context.Context, key string) string {
	switch field, kind := fieldOf(key); kind {
	case "state":
		return i18n.T(ctx, "profile."+field)
	case "visibility":
		return i18n.T(ctx, "rules.who_sees", "Field", i18n.T(ctx, "profile."+field))
	}
	if channel, ok := strings.CutPrefix(key, capacityPrefix); ok {
		return i18n.T(ctx, "rules.capacity_on", "Channel", i18n.T(ctx, "channel.name."+channel))
	}
	return i18n.T(ctx, "rules.name."+key)
}

// words are what a value is called.
func words(ctx context.Context, key string, value any) string {
	switch v := value.(type) {
	case policy.Who:
		if v.All {
			return i18n.T(ctx, "rules.everybody")
		}
		return roles(ctx, v.Roles)
	case []identity.Role:
		return roles(ctx, v)
	case int:
		return numberWords(ctx, key, v)
	case identity.Audience:
		return audienceWords(ctx, v)
	case policy.State:
		if key == policy.CapacitySelf.Name() {
			return i18n.T(ctx, "rules.value.capacity.self."+string(v))
		}
		return i18n.T(ctx, "rules.value.state."+string(v))
	case string:
		return i18n.T(ctx, "rules.value."+key+"."+spelled(v))
	}
	return ""
}

// spelled is a choice as a part of a key of the catalogue.
func spelled(choice string) string { return strings.ReplaceAll(choice, "-", "_") }

func audienceWords(ctx context.Context, v identity.Audience) string {
	switch v {
	case identity.ToPublic:
		return i18n.T(ctx, "ui.public")
	case identity.ToTeam:
		return i18n.T(ctx, "ui.team")
	case identity.ToPrivate:
		return i18n.T(ctx, "ui.private")
	}
	return i18n.T(ctx, "rules.unpinned")
}

func numberWords(ctx context.Context, key string, v int) string {
	switch key {
	case policy.MFAGrace.Name():
		if v == 0 {
			return i18n.T(ctx, "rules.at_once")
		}
		return i18n.T(ctx, "rules.days", "Count", v)
	case policy.PasswordMinLength.Name():
		if v == 0 {
			return i18n.T(ctx, "rules.as_preset")
		}
		return i18n.T(ctx, "password.rule.length", "Count", v)
	case policy.TokensMaxDays.Name():
		return i18n.T(ctx, "rules.days", "Count", v)
	}
	if strings.HasPrefix(key, capacityPrefix) {
		return i18n.T(ctx, "rules.conversations", "Count", v)
	}
	return hoursWords(ctx, v)
}

// hoursWords says whole days as days.
func hoursWords(ctx context.Context, v int) string {
	if v > 24 && v%24 == 0 {
		return i18n.T(ctx, "rules.days", "Count", v/24)
	}
	return i18n.T(ctx, "rules.hours", "Count", v)
}

// roles lists roles: "Owner, Admin".
func roles(ctx context.Context, all []identity.Role) string {
	if len(all) == 0 {
		return i18n.T(ctx, "rules.nobody")
	}
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = i18n.T(ctx, "app.role_"+string(r))
	}
	return strings.Join(names, ", ")
}

// effect says what a value does, as a sentence.
func effect(ctx context.Context, key string, value any) string {
	if _, kind := fieldOf(key); kind != "" {
		return ""
	}
	switch v := value.(type) {
	case policy.Who:
		switch {
		case v.All:
			return i18n.T(ctx, "rules.effect.mfa.required.all")
		case len(v.Roles) > 0:
			return i18n.T(ctx, "rules.effect.mfa.required.some", "Roles", roles(ctx, v.Roles))
		}
		return i18n.T(ctx, "rules.effect.mfa.required.none")
	case []identity.Role:
		if len(v) == 0 {
			return i18n.T(ctx, "rules.effect.lock.none")
		}
		return i18n.T(ctx, "rules.effect.lock.some", "Roles", roles(ctx, v))
	case policy.State:
		return i18n.T(ctx, "rules.effect."+key+"."+string(v))
	case int:
		if strings.HasPrefix(key, capacityPrefix) {
			return i18n.T(ctx, "rules.effect.capacity", "Count", v)
		}
		return i18n.T(ctx, "rules.effect."+key, "Number", numberWords(ctx, key, v))
	case string:
		return i18n.T(ctx, "rules.effect."+key+"."+spelled(v))
	}
	return ""
}

// wordsOf are what a value is called that is kept as JSON. One that a newer
// version has written is shown as it is.
func wordsOf(ctx context.Context, key, stored string) string {
	v, err := policy.ValueOf(key, []byte(stored))
	if err != nil {
		return stored
	}
	return words(ctx, key, v)
}

// titleOf is what a rule is called, or its key if this version does not know
// it.
func titleOf(ctx context.Context, key string) string {
	if !policy.Known(key) {
		return key
	}
	return title(ctx, key)
}

// choices are the values that the page offers for a rule, as they are kept.
func choices(about policy.About) (all []string) {
	switch {
	case about.Everybody:
		for _, v := range []policy.Who{
			{}, {Roles: identity.Roles[:1]}, {Roles: identity.Roles[:2]}, {Roles: identity.Roles[:3]}, {All: true},
		} {
			all = append(all, text(v))
		}
	case about.Roles:
		for _, v := range [][]identity.Role{{}, identity.Roles[:1], identity.Roles[:2], identity.Roles[:3], identity.Roles} {
			all = append(all, text(v))
		}
	case len(about.Choices) > 0:
		for _, v := range about.Choices {
			all = append(all, text(v))
		}
	default:
		for _, v := range offered(about.Name) {
			all = append(all, text(v))
		}
	}
	return all
}

// numbers are those that the page offers. The API takes all between the bounds.
var numbers = map[string][]int{
	policy.MFAGrace.Name():          {0, 1, 3, 7, 14, 30, 60, 90},
	policy.PasswordMinLength.Name(): {8, 10, 12, 14, 15, 16, 20, 24, 32},
	policy.SessionMax.Name():        {1, 4, 8, 12, 24, 3 * 24, 7 * 24, 14 * 24, 30 * 24},
	policy.TokensMaxDays.Name():     {1, 7, 14, 30, 60, 90, 180, 365},
	policy.SessionIdle.Name():       {1, 2, 4, 8, 12, 24, 3 * 24, 7 * 24},
}

func offered(key string) []int {
	if strings.HasPrefix(key, capacityPrefix) {
		return []int{0, 1, 2, 3, 4, 5, 8, 10, 15, 20, 50, 100}
	}
	return numbers[key]
}

// reads is a value that was sent by a form. An empty one clears.
func reads(posted string) json.RawMessage {
	if posted == "" {
		return nil
	}
	return json.RawMessage(posted)
}
