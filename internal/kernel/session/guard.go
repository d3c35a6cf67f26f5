package session

import (
	"context"
	"errors"
	"net/http"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// Caller is who asks, as the guard found out.
type Caller struct {
	Actor       identity.Actor
	Session     Session // zero if nobody is signed in by a browser
	Token       string  // id of the token that was sent instead; empty: none
	User        identity.User
	Memberships []identity.Membership // the main one first
	Demand      policy.Demand         // for a second factor, whether there is one or not
}

type callerKey struct{}

// Of returns the caller of the request with this context.
func Of(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return *c
	}
	return stranger(ctx)
}

// stranger is the caller of a request whose session was not read, and nobody
// where there is no request.
func stranger(ctx context.Context) (c Caller) {
	i := edge.Of(ctx)
	if i.ID == "" {
		return c
	}
	c.Actor.Origin, c.Actor.Network = identity.Page, i.Network()
	if i.API {
		c.Actor.Origin = identity.API
	}
	return c
}

// OpeningOf is what a request says of a session that it opens.
func OpeningOf(r *http.Request) Opening {
	return Opening{Replaces: Of(r.Context()).Session.ID, UserAgent: r.UserAgent(), Address: edge.Of(r.Context()).Client.String()}
}

// Actor returns who asks in the request with this context.
func Actor(ctx context.Context) identity.Actor { return Of(ctx).Actor }

// Guard is the border's guard: it reads the session that the route's access
// needs, and refuses whoever may not call it.
func (s Store) Guard(w http.ResponseWriter, r *http.Request, a route.Access) (*http.Request, error) {
	if a.Level == route.Anyone {
		return r, nil
	}
	if token, sent := bearer(r); sent {
		return s.guardBearer(w, r, a, token)
	}
	c := stranger(r.Context())
	err := s.identify(r, &c)
	switch {
	case errors.Is(err, ErrNone) && a.Level == route.Known:
		return with(r, c), nil
	case err != nil:
		return r, err
	case a.Level == route.SignedIn && c.Session.Level != Full:
		return r, ErrNone
	}
	r = with(r, c)
	return r, s.permit(r, c, a)
}

// Lacks reports whether the rules require a second factor of the caller, who
// has none.
func (s Store) Lacks(ctx context.Context, c Caller) (bool, error) {
	if !c.Demand.Made() {
		return false, nil
	}
	holds, err := s.Holds(ctx, s.DB, c.User.ID)
	return err == nil && !holds, err
}

// complete refuses whoever still lacks a second factor when the days of grace
// are over.
func (s Store) complete(r *http.Request, c Caller, a route.Access) error {
	if a.SetUp || a.Level != route.SignedIn || !c.Demand.Over(s.Clock.Now()) {
		return nil
	}
	lacks, err := s.Lacks(r.Context(), c)
	if err == nil && lacks {
		return ErrFactor
	}
	return err
}

func (s Store) identify(r *http.Request, c *Caller) error {
	cookie, err := r.Cookie(CookieName(edge.Of(r.Context()).Secure))
	if err != nil {
		return ErrNone
	}
	ctx := r.Context()
	if c.Session, err = s.Find(ctx, cookie.Value); err != nil {
		return err
	}
	terms, err := s.person(ctx, c, c.Session.UserID)
	if err != nil {
		return err
	}
	if !c.Session.Within(terms, s.Clock.Now()) {
		return ErrNone
	}
	c.Actor.SessionID = c.Session.ID
	if c.Session.Level == Full {
		c.Actor.UserID = c.User.ID
	}
	if c.Actor.Membership, err = s.current(r, *c, c.Session.OrganizationID); err != nil {
		return err
	}
	return s.Touch(ctx, c.Session)
}

// Again returns the caller of a stream, which stays open for long, as the guard
// would find it now: the same session with the rights and the organization that
// it has by now. It returns ErrNone if the session has ended, and ErrFactor as
// the guard does. It is no use of the session, which therefore ends by its idle
// time however long a page stays open.
func (s Store) Again(ctx context.Context, c Caller) (Caller, error) {
	found, err := s.Living(ctx, c.Session.ID)
	if err != nil {
		return c, err
	}
	now := Caller{Actor: c.Actor, Session: found}
	terms, err := s.person(ctx, &now, found.UserID)
	if err != nil {
		return c, err
	}
	if !found.Within(terms, s.Clock.Now()) {
		return c, ErrNone
	}
	if now.Demand.Over(s.Clock.Now()) {
		if lacks, err := s.Lacks(ctx, now); err != nil || lacks {
			return c, errors.Join(err, ErrFactor)
		}
	}
	if now.Actor.Membership, err = identity.Pick(now.Memberships, found.OrganizationID); err != nil {
		now.Actor.Membership, err = identity.Pick(now.Memberships, "")
	}
	return now, err
}

// person reads who a user is, and what the rules ask of them.
func (s Store) person(ctx context.Context, c *Caller, userID string) (terms policy.Terms, err error) {
	if c.User, err = identity.Get(ctx, s.DB, userID); err != nil {
		return terms, err
	}
	if c.Memberships, err = identity.Memberships(ctx, s.DB, userID); err != nil {
		return terms, err
	}
	terms, err = policy.ReadTerms(ctx, s.DB, c.User.CreatedAt, c.Memberships)
	c.Demand = terms.Factor
	return terms, err
}

// current picks the organization that the request is about: the {org} of the
// path, or the one asked for in the query, or the one of before, or the main
// one if the person has left that.
func (s Store) current(r *http.Request, c Caller, before string) (identity.Membership, error) {
	asked := r.PathValue("org")
	if asked == "" && route.IsAPI(r.URL.Path) {
		asked = r.URL.Query().Get("organization")
	}
	if asked != "" {
		m, err := identity.Pick(c.Memberships, asked)
		if err != nil {
			return m, ErrNotFound
		}
		return m, nil
	}
	m, err := identity.Pick(c.Memberships, before)
	if err != nil {
		return identity.Pick(c.Memberships, "")
	}
	return m, nil
}

func (s Store) permit(r *http.Request, c Caller, a route.Access) error {
	if err := s.complete(r, c, a); err != nil {
		return err
	}
	if a.Act != 0 && !c.Actor.Can(identity.Act(a.Act)) {
		return ErrDenied
	}
	if a.Field != "" {
		if err := s.leaves(r.Context(), c, a.Field); err != nil {
			return err
		}
	}
	if a.Refuse != nil {
		if err := a.Refuse(r); err != nil {
			return err
		}
	}
	if a.Fresh && !c.Session.Proved(s.Clock.Now()) {
		return ErrStale
	}
	return nil
}

// leaves returns policy.ErrProvider or policy.ErrManaged if a field is in the
// hands of a provider, or the rules don't leave it to the person.
func (s Store) leaves(ctx context.Context, c Caller, field string) error {
	provided, err := s.Provided(ctx, s.DB, c.User)
	if err != nil {
		return err
	}
	if provided {
		return policy.ErrProvider
	}
	set, err := policy.Account(ctx, s.DB, identity.First(c.Memberships, c.Actor.Membership))
	if err == nil && !set.Control(field, c.Actor.Membership.Role).Editable {
		return policy.ErrManaged
	}
	return err
}

func with(r *http.Request, c Caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, &c))
}

// CookieName is the name of the session's cookie. The prefix makes browsers
// refuse one that was set for another path or by a subdomain, and needs https.
func CookieName(secure bool) string {
	if secure {
		return "__Host-np"
	}
	return "np"
}

// SetCookie gives the browser its token.
func SetCookie(w http.ResponseWriter, secure bool, token secret.Secret) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName(secure), Value: token.Reveal(), Path: "/", MaxAge: int(Lifetime.Seconds()),
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// ClearCookie takes the token from the browser.
func ClearCookie(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName(secure), Path: "/", MaxAge: -1, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
