// Package route is the manifest: the one list of everything that can be asked
// of the server.
//
// A route says, by position and with a type of its own for each, who may call
// it ([Access]), how much it takes ([Body]), which budget it draws on ([Rate])
// and how long its answer may be kept ([Cache]). Leaving one out does not
// compile, and a zero one panics at start. A test walks the manifest and asks
// every route as everybody.
package route

import (
	"fmt"
	"net/http"
	"strings"
)

// Handler answers a request, or returns the error that the border renders.
type Handler func(http.ResponseWriter, *http.Request) error

// Level is how well the caller must be known.
type Level uint8

// The levels. Nobody is above SignedIn in knowledge, only in permission.
const (
	noLevel  Level = iota
	Anyone         // no session is read
	Known          // a session is read if there is one; a half one counts
	Half           // a half or a full session
	SignedIn       // a full session
)

// Access says who may call a route.
type Access struct {
	Level Level
	Act   uint8  // what the caller's role must allow in the current organization; 0: nothing
	Field string // what the rules must leave to the person; empty: nothing
	Fresh bool   // a proof of the last ten minutes is needed
	SetUp bool   // also open to whoever lacks a second factor that rules require
	Scope string // the scope with which a token may call it; empty: tokens may not

	Refuse func(*http.Request) error // what else is in the way, such as a rule; nil: nothing
}

// The accesses without a role.
var (
	Public  = Access{Level: Anyone}
	Visitor = Access{Level: Known}
	Halfway = Access{Level: Half}
	Person  = Access{Level: SignedIn}
)

// Allowed is the access of signed-in people whose role allows act.
func Allowed[A ~uint8](act A) Access { return Access{Level: SignedIn, Act: uint8(act)} }

// Changing is for routes that change a field which rules can take out of the
// person's hands.
func (a Access) Changing(field string) Access { a.Field = field; return a }

// WithScope lets a token that has scope call the route, too. Where a proof is
// needed, the scope stands for it: a token has none, but was made under one.
func (a Access) WithScope(scope string) Access { a.Scope = scope; return a }

// Unless asks refuse, which knows the caller, before a proof is asked for:
// nobody proves themselves for what they may not do.
func (a Access) Unless(refuse func(*http.Request) error) Access { a.Refuse = refuse; return a }

// WithProof asks for a fresh proof.
func (a Access) WithProof() Access { a.Fresh = true; return a }

// ForSetUp opens the route to people who lack a second factor that the rules
// require of them, and to whom all else is closed.
func (a Access) ForSetUp() Access { a.SetUp = true; return a }

// Body is how many bytes a route takes.
type Body struct {
	name string
	Max  int64
}

// The bodies.
var (
	NoBody = Body{"none", 0}
	Form   = Body{"form", 64 << 10}
	JSON   = Body{"json", 64 << 10}
	Batch  = Body{"batch", 1 << 20} // JSON of many things at once
	// Upload leaves a picture of 2 MiB room for its multipart frame. A picture
	// over the limit itself is refused by the feature, with the limit named.
	Upload = Body{"upload", 2<<20 + 16<<10}
	// Answers of SAML providers are XML in a form, with a line for each group
	// of the person.
	Assertion = Body{"assertion", 256 << 10}
)

// Rate is the budget of a route.
type Rate struct{ name string }

// The rates.
var (
	Plain   = Rate{"plain"}   // only what the server as a whole can bear
	Guarded = Rate{"guarded"} // counted for each client address, beside what the feature counts
	Stream  = Rate{"stream"}  // stays open; counted while it is
)

// Cache is how long an answer may be kept, and by whom.
type Cache struct {
	name   string
	Header string // Cache-Control
}

// The caches.
var (
	NoStore    = Cache{"no-store", "no-store"}
	Revalidate = Cache{"revalidate", "no-cache"}
	Immutable  = Cache{"immutable", "public, max-age=31536000, immutable"}
)

func (b Body) String() string  { return b.name }
func (r Rate) String() string  { return r.name }
func (c Cache) String() string { return c.name }

// Route is one line of the manifest.
type Route struct {
	Method  string
	Pattern string // of http.ServeMux, without the method
	Access  Access
	Body    Body
	Rate    Rate
	Cache   Cache
	Handler Handler

	Foreign string // why pages of others may send their forms here; empty: they may not
}

// FromOthers lets pages of other sites send their forms to the route. It is for
// what proves by itself who has written it. Nobody's session is read there.
func (r Route) FromOthers(why string) Route {
	if why == "" || r.Access.Level != Anyone {
		panic(fmt.Sprintf("route %s %s is open to the forms of others without a reason, or reads a session", r.Method, r.Pattern))
	}
	r.Foreign = why
	return r
}

// Get declares a route that reads.
func Get(pattern string, a Access, b Body, r Rate, c Cache, h Handler) Route {
	return New(http.MethodGet, pattern, a, b, r, c, h)
}

// Post declares a route that acts.
func Post(pattern string, a Access, b Body, r Rate, c Cache, h Handler) Route {
	return New(http.MethodPost, pattern, a, b, r, c, h)
}

// New declares a route of any method. It panics if anything is missing.
func New(method, pattern string, a Access, b Body, r Rate, c Cache, h Handler) Route {
	if a.Level == noLevel || b.name == "" || r.name == "" || c.name == "" || h == nil {
		panic(fmt.Sprintf("route %s %s is not declared whole", method, pattern))
	}
	if !strings.HasPrefix(pattern, "/") {
		panic(fmt.Sprintf("route %s %q does not begin with a slash", method, pattern))
	}
	return Route{Method: method, Pattern: pattern, Access: a, Body: b, Rate: r, Cache: c, Handler: h}
}

// API reports whether the route is part of the API, whose errors are
// problems and not pages.
func (r Route) API() bool { return IsAPI(r.Pattern) }

// IsAPI reports whether errors at path are problem documents.
func IsAPI(path string) bool {
	switch path {
	case "/oauth2/authorize", "/oauth2/logout": // apps send people there
		return false
	}
	return strings.HasPrefix(path, "/v1/") || path == "/v1" || path == "/openapi.json" || strings.HasPrefix(path, "/oauth2/") || strings.HasPrefix(path, "/scim/")
}

// Table is the manifest.
type Table struct{ routes []Route }

// Add appends routes.
func (t *Table) Add(routes ...Route) { t.routes = append(t.routes, routes...) }

// Routes returns every route in the order in which they were added.
func (t *Table) Routes() []Route { return t.routes }
