package signin

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	secondPath = "/sign-in/second-factor"
	sendPath   = secondPath + "/sms"
	backupCode = "backup_code"
)

// secondView is what the page of the second factor shows.
type secondView struct {
	Method string   // asked for
	Others []string // that can be asked for in its place
	Phones []Phone  // that a code can go to, where it is a matter of SMS
	Early  bool     // the last code is too new for another one
	Return string
	Faults web.Faults
	Over   bool // no try is left, the half session has ended
}

func (h Web) showSecond(w http.ResponseWriter, r *http.Request) error {
	v := secondView{Method: r.URL.Query().Get("method"), Return: web.ReturnPath(r.URL.Query().Get("return_to"), home)}
	if elsewhere := elsewhere(r, v.Return); elsewhere != "" {
		return web.SeeOther(w, r, elsewhere)
	}
	return h.secondPage(w, r, http.StatusOK, v)
}

func (h Web) second(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := secondView{Method: r.PostFormValue("method"), Return: web.ReturnPath(r.PostFormValue("return_to"), home)}
	if elsewhere := elsewhere(r, v.Return); elsewhere != "" {
		return web.SeeOther(w, r, elsewhere)
	}
	given := r.PostFormValue("code")
	if v.Method == passkey {
		given = r.PostFormValue(ui.Credential)
	}
	in, err := h.Service.Second(r.Context(), BrowserOf(r), session.Of(r.Context()), v.Method, given)
	if err == nil {
		in.give(w, r)
		return web.SeeOther(w, r, v.Return)
	}
	err = web.Settle(h.Shell.Log, r, err)
	if v.Over = errs.KindOf(err) == errs.Throttled; v.Over {
		session.ClearCookie(w, edge.Of(r.Context()).Secure)
	}
	var other error
	if v.Faults, other = web.FaultsOf(r.Context(), err); other != nil {
		return other
	}
	return h.secondPage(w, r, web.Refusal(w.Header(), err), v)
}

// send sends a code by SMS and leads to the page that takes it.
func (h Web) send(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := secondView{Method: bySMS, Return: web.ReturnPath(r.PostFormValue("return_to"), home)}
	if elsewhere := elsewhere(r, v.Return); elsewhere != "" {
		return web.SeeOther(w, r, elsewhere)
	}
	sent, err := h.Service.Send(r.Context(), session.Of(r.Context()), r.PostFormValue("phone"))
	if err == nil && sent {
		return web.SeeOther(w, r, v.to(bySMS))
	}
	if err == nil {
		v.Early = true
		return h.secondPage(w, r, http.StatusOK, v)
	}
	err = web.Settle(h.Shell.Log, r, err)
	var other error
	if v.Faults, other = web.FaultsOf(r.Context(), err); other != nil {
		return other
	}
	return h.secondPage(w, r, web.Refusal(w.Header(), err), v)
}

// elsewhere is where whoever has no second factor to give belongs.
func elsewhere(r *http.Request, back string) string {
	switch session.Of(r.Context()).Session.Level {
	case session.Half:
		return ""
	case session.Full:
		return back
	}
	return returning("/sign-in", back)
}

// returning adds to a path where to go on from there.
func returning(path, back string) string {
	if back == home {
		return path
	}
	return path + "?" + url.Values{"return_to": {back}}.Encode()
}

func (h Web) secondPage(w http.ResponseWriter, r *http.Request, status int, v secondView) error {
	ctx, c := r.Context(), session.Of(r.Context())
	offered, err := h.Service.Offer(ctx, h.Service.DB, c.User.ID)
	if err != nil {
		return err
	}
	if len(offered) == 0 {
		return web.SeeOther(w, r, returning("/sign-in", v.Return))
	}
	if !slices.Contains(offered, v.Method) {
		v.Method = offered[0]
	}
	if v.Method == bySMS {
		if v.Phones, err = h.Service.Phones(ctx, c); err != nil {
			return err
		}
	}
	v.Others = slices.DeleteFunc(slices.Clone(offered), func(m string) bool { return m == v.Method })
	email, err := identity.PrimaryEmail(ctx, h.Service.DB, c.User.ID)
	if err != nil {
		return err
	}
	return h.Shell.Door(w, r, status, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(ctx, "signin.second_title"), i18n.T(ctx, "signin.second_lead", "Address", email.Address)
		if len(v.Faults) > 0 {
			g.Fault = g.Title
		}
	}, secondForm(v))
}

func (v secondView) hidden() []ui.Pair {
	return []ui.Pair{{Name: "method", Value: v.Method}, {Name: "return_to", Value: v.Return}}
}

// useWords offer a method.
func useWords(ctx context.Context, method string) string {
	switch method {
	case passkey:
		return i18n.T(ctx, "signin.use_passkey")
	case bySMS:
		return i18n.T(ctx, "signin.use_sms")
	case backupCode:
		return i18n.T(ctx, "signin.use_backup_code")
	}
	return i18n.T(ctx, "signin.use_totp")
}

// to leads to the same page with a method.
func (v secondView) to(method string) string {
	q := url.Values{"method": {method}}
	if v.Return != home {
		q.Set("return_to", v.Return)
	}
	return secondPath + "?" + q.Encode()
}

// sent reports whether a code is on its way by SMS.
func (v secondView) sent() bool { return len(v.Phones) > 0 && !v.Phones[0].SentAt.IsZero() }

// kindOf makes the first of several buttons the primary one.
func kindOf(at int) string {
	if at == 0 {
		return ui.KindPrimary
	}
	return ""
}
