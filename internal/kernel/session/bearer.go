package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
)

// Bearer is a living token that came in place of a cookie, as the feature that
// keeps it describes it.
type Bearer struct {
	ID             string // of the token; empty for one of a client
	UserID         string // in whose name it acts; empty: it is a client's
	ClientID       string // the client that acts for the organization itself
	OrganizationID string // in which, unless a person's request says otherwise; empty: the main one
	CreatedAt      time.Time
	Granted        bool                        // it has the scope that was asked for
	Touch          func(context.Context) error // notes that the scope was used
}

// bearer returns the token of a call of the API. Pages read none.
func bearer(r *http.Request) (token string, sent bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer") && edge.Of(r.Context()).API
}

// guardBearer is Guard for a call with a token. The session of a cookie that
// comes with it is not read. A token has no proof: where one is needed the
// route's scope stands for it, which was given under one.
func (s Store) guardBearer(w http.ResponseWriter, r *http.Request, a route.Access, token string) (*http.Request, error) {
	c := stranger(r.Context())
	b, err := s.Bearer(r.Context(), token, a.Scope)
	if err == nil {
		err = s.bear(r, &c, b)
	}
	switch {
	case errors.Is(err, ErrNone):
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return r, err
	case err != nil:
		return r, err
	case a.Level == route.Known:
		return with(r, stranger(r.Context())), nil
	case a.Scope == "":
		return r, ErrDenied
	case !b.Granted:
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+a.Scope+`"`)
		return r, ErrDenied
	}
	r, a.Fresh = with(r, c), false
	if err := s.permit(r, c, a); err != nil {
		return r, err
	}
	return r, b.Touch(r.Context())
}

// bear finds out in whose name a token acts.
func (s Store) bear(r *http.Request, c *Caller, b Bearer) error {
	if b.ClientID != "" {
		return bearClient(r, c, b)
	}
	terms, err := s.person(r.Context(), c, b.UserID)
	if err != nil {
		return err
	}
	if c.User.State != identity.Active || s.Clock.Now().Sub(b.CreatedAt) >= terms.Tokens {
		return ErrNone
	}
	c.Token, c.Actor.UserID = b.ID, c.User.ID
	c.Actor.Membership, err = s.current(r, *c, b.OrganizationID)
	return err
}

// bearClient is bear for a client, which is nobody's: it opens routes about its
// organization or a member of it alone.
func bearClient(r *http.Request, c *Caller, b Bearer) error {
	asked := r.PathValue("org")
	if asked == "" {
		if r.PathValue("user") == "" {
			return ErrDenied
		}
		asked = r.URL.Query().Get("organization")
	}
	if asked != "" && asked != b.OrganizationID {
		return ErrNotFound
	}
	c.Actor.ClientID = b.ClientID
	c.Actor.Membership = identity.Membership{OrganizationID: b.OrganizationID, Role: identity.Client}
	return nil
}
