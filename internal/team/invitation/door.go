package invitation

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	signInPath = "/invitations/sign-in"
	landing    = "/settings/profile"
	// waitFor is how long a browser remembers a link while its reader signs in.
	waitFor = 15 * time.Minute
)

// Door serves the page that the mail's link leads to.
type Door struct {
	Service *Service
	Shell   web.Shell
	// Role names a role and says what it allows.
	Role func(ctx context.Context, m identity.Membership) (label, may string)
	// Ticks are the rules of a new password for the live checklist.
	Ticks func(ctx context.Context, all []identity.Membership) ([]ui.Rule, error)
	// SignOut ends the session of a request.
	SignOut func(w http.ResponseWriter, r *http.Request) error
}

// Mount adds the routes of the page.
func (h Door) Mount(t *route.Table) {
	t.Add(
		route.Get(path, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path, route.Visitor, route.Form, route.Guarded, route.NoStore, h.accept),
		route.Post(signInPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.signIn),
	)
}

// offer is what the page shows.
type offer struct {
	Invitation
	Token       string
	DisplayName string
	Standing    Standing
	Closed      bool
	Label, May  string
	Rules       []string  // what will hold, in sentences
	Ticks       []ui.Rule // the same of a new password
	Faults      web.Faults
}

func (h Door) show(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if token == "" {
		token = waiting(r)
	}
	return h.page(w, r, http.StatusOK, offer{Token: token})
}

// page shows the invitation to whoever asks, or that the link is dead.
func (h Door) page(w http.ResponseWriter, r *http.Request, status int, v offer) (err error) {
	edge.TokenPage(w.Header())
	ctx, c := r.Context(), session.Of(r.Context())
	v.Invitation, v.Standing, err = h.Service.Look(ctx, c, v.Token)
	if errors.Is(err, once.ErrToken) {
		return h.door(w, r, http.StatusUnprocessableEntity, i18n.T(ctx, "invitation.dead"), i18n.T(ctx, "invitation.dead_lead"), nil, deadPage(c.Actor.SignedIn()))
	}
	if err != nil {
		return err
	}
	m := v.membership()
	v.Closed = h.Service.Closed && v.Standing == New
	v.Label, v.May = h.Role(ctx, m)
	passwords, others, err := h.Service.Rules(ctx, identity.First(known(c, v.Standing), m))
	if err != nil {
		return err
	}
	if v.Rules = others; v.Standing != New { // who chooses one sees what it needs beside it
		v.Rules = append([]string{passwords}, others...)
	}
	if v.Ticks, err = h.Ticks(ctx, []identity.Membership{m}); err != nil {
		return err
	}
	lead := i18n.T(ctx, "invitation.lead", "By", v.InviterName, "Organization", v.OrganizationName)
	if v.InviterName == "" {
		lead = i18n.T(ctx, "invitation.lead_nobody", "Organization", v.OrganizationName)
	}
	return h.door(w, r, status, i18n.T(ctx, "invitation.join_title", "Organization", v.OrganizationName), lead, v.Faults, offerPage(v))
}

// known is where the invited person belongs already.
func known(c session.Caller, who Standing) []identity.Membership {
	if who == Invited {
		return c.Memberships
	}
	return nil
}

func (h Door) accept(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := offer{Token: r.PostFormValue("token"), DisplayName: r.PostFormValue("display_name")}
	done, err := h.Service.Accept(r.Context(), session.Of(r.Context()), session.OpeningOf(r), Acceptance{
		Token: v.Token, DisplayName: v.DisplayName, Password: secret.Secret(r.PostFormValue("password")), Device: device.Cookie(r),
	})
	if err != nil {
		status := web.Status(errs.KindOf(err))
		faults, other := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if other != nil {
			return other
		}
		v.Faults = faults
		return h.page(w, r, status, v)
	}
	done.give(w, edge.Of(r.Context()).Secure)
	forget(w, r)
	return web.SeeOther(w, r, landing)
}

// signIn leads to the sign-in page and back, out of another account if need
// be. The token waits in a cookie, so that it stands in no further address.
func (h Door) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	token := r.PostFormValue("token")
	_, who, err := h.Service.Look(r.Context(), session.Caller{}, token)
	if errors.Is(err, once.ErrToken) {
		return h.page(w, r, http.StatusUnprocessableEntity, offer{Token: token})
	}
	if err != nil {
		return err
	}
	if session.Actor(r.Context()).SignedIn() {
		if err := h.SignOut(w, r); err != nil {
			return err
		}
	}
	http.SetCookie(w, wait(r, token, int(waitFor.Seconds())))
	if who == Unknown {
		return web.SeeOther(w, r, "/sign-in?return_to="+url.QueryEscape(path))
	}
	return web.SeeOther(w, r, path)
}

// wait is the cookie of a link whose reader signs in first.
func wait(r *http.Request, token string, age int) *http.Cookie {
	return &http.Cookie{
		Name: "np-invitation", Value: token, Path: path, MaxAge: age, Secure: edge.Of(r.Context()).Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func waiting(r *http.Request) string {
	c, err := r.Cookie("np-invitation")
	if err != nil {
		return ""
	}
	return c.Value
}

func forget(w http.ResponseWriter, r *http.Request) {
	if waiting(r) != "" {
		http.SetCookie(w, wait(r, "", -1))
	}
}

func (h Door) door(w http.ResponseWriter, r *http.Request, status int, title, lead string, faults web.Faults, body templ.Component) error {
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title, g.Lead = title, lead
		if len(faults) > 0 {
			g.Fault = faults[0].Text
		}
	}, body)
}
