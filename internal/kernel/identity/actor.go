package identity

// Origin is the way a request came in.
type Origin string

// The origins. They stand in the journal.
const (
	Page    Origin = "page"
	API     Origin = "api"
	Command Origin = "cli"
	Job     Origin = "job"
)

// Actor is whoever asks for something. It is made by the session of a
// request, by a command of the operator or by a job, and never from input.
type Actor struct {
	UserID     string     // empty for the operator and for the system
	SessionID  string     // empty unless a person is signed in by a browser
	ClientID   string     // of a service that acts for the organization; UserID is empty then
	Operator   bool       // a command on the machine itself
	Membership Membership // in the current organization; zero if there is none
	Origin     Origin
	Network    string // prefix of the client's address, for the journal
}

// SignedIn reports whether the actor is a person.
func (a Actor) SignedIn() bool { return a.UserID != "" }

// Can reports whether the actor may do act in the current organization. The
// operator may do everything.
func (a Actor) Can(act Act) bool { return a.Operator || a.Membership.Role.May(act) }
