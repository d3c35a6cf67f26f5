package chatwoot

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path       = "/settings/chatwoot"
	savedWord  = "chatwoot-saved"
	syncedWord = "chatwoot-synced"
	endedWord  = "chatwoot-ended"
)

// Web serves the page of the connection.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the routes of the page.
func (h Web) Mount(t *route.Table) {
	may := route.Allowed(identity.Connect)
	t.Add(
		route.Get(path, may, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path, may.WithProof(), route.Form, route.Guarded, route.NoStore, h.save),
		route.Post(path+"/sync", may, route.Form, route.Guarded, route.NoStore, h.sync),
		route.Post(path+"/remove", may.WithProof(), route.Form, route.Plain, route.NoStore, h.remove),
	)
}

// view is what the page shows.
type view struct {
	Connection *Connection // nil: there is none
	URL        string
	Account    string
	Secret     string
	Faults     web.Faults
	Saved      string
	Said       string
	Zone       *time.Location
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{}
	switch web.Flashed(w, r) {
	case savedWord:
		v.Saved = i18n.T(r.Context(), "chatwoot.saved")
	case syncedWord:
		v.Said = i18n.T(r.Context(), "chatwoot.syncing")
	case endedWord:
		v.Saved = i18n.T(r.Context(), "chatwoot.ended")
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	c := session.Of(r.Context())
	found, err := h.Service.Find(r.Context(), c.Actor.Membership.OrganizationID)
	if err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	if err == nil {
		v.Connection = &found
		if len(v.Faults) == 0 {
			v.URL, v.Account = found.URL, strconv.FormatInt(found.Account, 10)
		}
	}
	v.Zone = c.User.Place()
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "chatwoot.title")
		if len(v.Faults) > 0 {
			f.Fault = v.Faults[0].Text
		}
	}, page(v))
}

func (h Web) save(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	account, _ := strconv.ParseInt(strings.TrimSpace(r.PostFormValue("account")), 10, 64) // 0 is refused
	wish := Wish{r.PostFormValue("url"), account, secret.Secret(r.PostFormValue("token")), secret.Secret(r.PostFormValue("secret"))}
	if err := h.Service.Connect(r.Context(), session.Of(r.Context()), wish); err != nil {
		status, faults, err := h.Shell.Refused(w, r, err)
		if err != nil {
			return err
		}
		return h.page(w, r, status, view{URL: wish.URL, Account: r.PostFormValue("account"), Faults: faults})
	}
	return back(w, r, savedWord)
}

func (h Web) sync(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Refresh(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	return back(w, r, syncedWord)
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Service.Disconnect(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	return back(w, r, endedWord)
}

func back(w http.ResponseWriter, r *http.Request, word string) error {
	web.Flash(w, r, word)
	return web.SeeOther(w, r, path)
}

func (v view) rows(ctx context.Context) []ui.Row {
	rows := make([]ui.Row, len(v.Connection.Agents))
	for i, a := range v.Connection.Agents {
		rows[i] = ui.Row{Icon: "user", Name: a.Name, Meta: a.Email, Tags: []ui.Tag{a.tag(ctx)}}
		if !a.DriftAt.IsZero() {
			rows[i].Meta = i18n.T(ctx, "chatwoot.drift", "Email", a.Email, "When", i18n.DateTime(ctx, a.DriftAt.In(v.Zone)))
		}
	}
	return rows
}

func (a Agent) tag(ctx context.Context) ui.Tag {
	switch {
	case a.UserID == "":
		return ui.Tag{Icon: "info", Word: i18n.T(ctx, "chatwoot.nobody")}
	case a.Fault != "":
		return ui.Tag{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "chatwoot.stuck")}
	}
	return ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "chatwoot.same")}
}

// fault says in words why the last comparison failed.
func (c Connection) fault(ctx context.Context) string {
	switch c.Fault {
	case errRefused.Error():
		return i18n.T(ctx, "chatwoot.fault_token")
	case errStrange.Error():
		return i18n.T(ctx, "chatwoot.fault_strange")
	}
	return i18n.T(ctx, "chatwoot.fault_silent")
}

// state says when agents were last compared.
func (v view) state(ctx context.Context) ui.Line {
	switch {
	case v.Said != "":
		return ui.Line{Tone: ui.Good, Text: v.Said}
	case v.Connection.SyncedAt.IsZero():
		return ui.Line{Text: i18n.T(ctx, "chatwoot.not_yet")}
	}
	return ui.Line{Text: i18n.T(ctx, "chatwoot.compared", "When", i18n.DateTime(ctx, v.Connection.SyncedAt.In(v.Zone)))}
}

// heard says when Chatwoot last posted.
func (v view) heard(ctx context.Context) ui.Line {
	if v.Connection.HeardAt.IsZero() {
		return ui.Line{Tone: ui.Warn, Text: i18n.T(ctx, "chatwoot.unheard")}
	}
	return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "chatwoot.heard", "When", i18n.DateTime(ctx, v.Connection.HeardAt.In(v.Zone)))}
}

func (v view) submit(ctx context.Context) string {
	if v.Connection == nil {
		return i18n.T(ctx, "chatwoot.connect")
	}
	return i18n.T(ctx, "chatwoot.save")
}

func (v view) tokenHint(ctx context.Context) string {
	if v.Connection == nil {
		return i18n.T(ctx, "chatwoot.token_hint")
	}
	return i18n.T(ctx, "chatwoot.token_kept")
}
