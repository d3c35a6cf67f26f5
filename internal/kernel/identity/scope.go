package identity

import "slices"

// Scopes, by which a token may do a part of what its owner may. Which route
// takes which one stands in the manifest.
const (
	ProfileRead     = "profile:read"
	ProfileWrite    = "profile:write"
	MembersRead     = "members:read"
	MembersWrite    = "members:write"
	EventsWrite     = "events:write"
	PreferencesRead = "preferences:read"
	RoutingRead     = "routing:read"
	RoutingWrite    = "routing:write"
	AuditRead       = "audit:read"
	WebhooksWrite   = "webhooks:write"
	SupportWrite    = "support:write"
)

// Scopes lists every scope in the order in which they are shown.
var Scopes = []string{
	ProfileRead, ProfileWrite, MembersRead, MembersWrite, EventsWrite, PreferencesRead, RoutingRead, RoutingWrite, AuditRead,
	WebhooksWrite, SupportWrite,
}

// Scoped returns the scopes that are asked for in the order of [Scopes], each
// once, and whether all of them are known.
func Scoped(asked []string) (scopes []string, known bool) {
	for _, s := range Scopes {
		if slices.Contains(asked, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes, !slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(Scopes, s) })
}
