package audit

import (
	"context"
	"strings"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// Kind is what an action is about, for people who look for one.
type Kind string

// The kinds, in the order in which they are offered.
const (
	SignIn       Kind = "sign_in"
	Security     Kind = "security"
	Profile      Kind = "profile"
	Members      Kind = "members"
	Organization Kind = "organization"
	Other        Kind = "other"
)

var kinds = []Kind{SignIn, Security, Profile, Members, Organization, Other}

// kindOf sorts actions by what stands before the dot.
var kindOf = map[string]Kind{
	"session": SignIn, "account": SignIn,
	"password": Security, "factor": Security, "factors": Security, "backup_codes": Security, "backup_code": Security, "passkey": Security, "email": Security, "phone": Security, "token": Security,
	"profile": Profile, "field": Profile, "avatar": Profile, "interaction": Profile, "availability": Profile,
	"member": Members, "invitation": Members, "deletion": Members, "ownership": Members,
	"organization": Organization, "policy": Organization, "audit": Organization, "domain": Organization, "identity_provider": Organization,
	"client": Organization, "webhook": Organization, "digital_employee": Members, "instance": Organization,
}

// KindOf is what an action is about.
func KindOf(action string) Kind {
	before, _, _ := strings.Cut(action, ".")
	if k, known := kindOf[before]; known {
		return k
	}
	return Other
}

func (k Kind) word(ctx context.Context) string {
	switch k {
	case SignIn:
		return i18n.T(ctx, "audit.kind_sign_in")
	case Security:
		return i18n.T(ctx, "audit.kind_security")
	case Profile:
		return i18n.T(ctx, "audit.kind_profile")
	case Members:
		return i18n.T(ctx, "audit.kind_members")
	case Organization:
		return i18n.T(ctx, "audit.kind_organization")
	}
	return i18n.T(ctx, "audit.kind_other")
}

var icons = map[Kind]string{
	SignIn: "laptop", Security: "shield", Profile: "user", Members: "users", Organization: "building", Other: "scroll",
}

func (k Kind) tag(ctx context.Context) ui.Tag { return ui.Tag{Icon: icons[k], Word: k.word(ctx)} }

// did says what was done, to stand after the name of who did it: "changed the
// profile". An action without words is said as it is written.
func did(ctx context.Context, action string) string {
	return worded(ctx, "audit.did."+action, action)
}

// worded is the text of a key, or what stands there if there is none.
func worded(ctx context.Context, key, there string) string {
	if words := i18n.T(ctx, key); words != key {
		return words
	}
	return there
}

// somebody names whoever stands in an entry.
func somebody(ctx context.Context, pseudonym, userID, name string) ui.Actor {
	switch {
	case pseudonym == journal.Operator:
		return ui.Actor{Name: i18n.T(ctx, "audit.operator")}
	case pseudonym == journal.System:
		return ui.Actor{Name: i18n.T(ctx, "audit.system")}
	case !journal.IsPerson(pseudonym):
		return ui.Actor{Name: i18n.T(ctx, "audit.service")}
	case userID == "":
		return ui.Actor{Name: i18n.T(ctx, "audit.deleted", "Mark", journal.Mark(pseudonym)), Masked: true}
	case name == "":
		return ui.Actor{Name: i18n.T(ctx, "audit.nameless", "Mark", journal.Mark(pseudonym))}
	}
	return ui.Actor{Name: name}
}

func (e Entry) actor(ctx context.Context) ui.Actor {
	return somebody(ctx, e.Actor, e.ActorUser, e.ActorName)
}

// target names a person to whom something was done by somebody else.
func (e Entry) target(ctx context.Context) ui.Actor {
	if !journal.IsPerson(e.Target) || e.Target == e.Actor {
		return ui.Actor{}
	}
	return somebody(ctx, e.Target, e.TargetUser, e.TargetName)
}

// way says by which way an act came in, and from where.
func (e Entry) way(ctx context.Context) string {
	way, network, _ := strings.Cut(e.Origin, " ")
	switch way {
	case "page":
		way = i18n.T(ctx, "audit.by_page")
	case "api":
		way = i18n.T(ctx, "audit.by_api")
	case "cli":
		way = i18n.T(ctx, "audit.by_cli")
	case "job":
		way = i18n.T(ctx, "audit.by_job")
	}
	if network == "" {
		return way
	}
	return way + ", " + network
}
