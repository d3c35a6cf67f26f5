package address

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	securityPath = "/settings/security"
	changePath   = securityPath + "/email"
	furtherPath  = securityPath + "/addresses"
	primaryID    = "email"
	furtherID    = "addresses"

	sentWord      = "email-sent"
	cancelledWord = "email-cancelled"
	changedWord   = "email-changed-" // and how many other devices were signed out
	waitsWord     = "address-waits"
	addedWord     = "address-added"
	removedWord   = "address-removed"
)

// Web serves two parts of the security page, the primary address and the
// further ones, and the page of the link that cancels a change.
type Web struct {
	Service *Service
	Shell   web.Shell

	// Page answers with the security page after one of our forms was refused.
	// field is the label of what is wrong.
	Page func(w http.ResponseWriter, r *http.Request, status int, field string, faults web.Faults) error
	// SetBy names whoever set a rule, or nobody.
	SetBy func(ctx context.Context, userID string) string
	// Ask leads to where another address is asked for, if it can be, and says
	// what waits there.
	Ask func(ctx context.Context, field string, c policy.Control) (button *ui.Button, waits string)
	// Provided says where the address is changed, if an identity provider has it;
	// nil otherwise.
	Provided func(ctx context.Context, user identity.User) (*ui.Lock, error)
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	proved := route.Person.WithProof()
	free := proved.Changing(string(identity.EmailField))
	agreed := proved.Unless(h.Service.Closed)
	t.Add(
		route.Post(changePath, agreed, route.Form, route.Guarded, route.NoStore, h.start),
		route.Post(changePath+"/confirm", agreed, route.Form, route.Guarded, route.NoStore, h.confirm),
		route.Post(changePath+"/resend", agreed, route.Form, route.Guarded, route.NoStore, h.resend),
		route.Post(changePath+"/cancel", proved, route.Form, route.Guarded, route.NoStore, h.cancel),
		route.Post(furtherPath, free, route.Form, route.Guarded, route.NoStore, h.add),
		route.Post(furtherPath+"/{id}/verify", free, route.Form, route.Guarded, route.NoStore, h.verify),
		route.Post(furtherPath+"/{id}/remove", proved, route.Form, route.Guarded, route.NoStore, h.remove),
		route.Get(cancelPath, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.link),
		route.Post(cancelPath, route.Visitor, route.Form, route.Guarded, route.NoStore, h.cancelBy),
	)
}

// Sections are the parts of the security page.
func (h Web) Sections(r *http.Request) ([]templ.Component, error) {
	v, err := h.view(r)
	if err != nil {
		return nil, err
	}
	return []templ.Component{primary(v), further(v)}, nil
}

func (h Web) view(r *http.Request) (v view, err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v = view{Refused: refusalOf(ctx), Word: web.Said(r), Now: h.Service.Clock.Now(), Zone: c.User.Place()}
	if v.All, err = h.Service.List(ctx, h.Service.DB, c.User.ID); err != nil {
		return v, err
	}
	if v.Change, err = h.Service.Pending(ctx, c.User.ID); err == nil {
		v.Changing = true
	} else if !errors.Is(err, ErrNoChange) {
		return v, err
	}
	set, err := policy.Account(ctx, h.Service.DB, identity.First(c.Memberships, c.Actor.Membership))
	if err != nil {
		return v, err
	}
	if control := set.Control(string(identity.EmailField), c.Actor.Membership.Role); !control.Editable {
		v.Lock = h.lock(ctx, control, v)
		if control.State == policy.Request {
			v.Agreed, v.AgreedUntil, err = h.Service.Agreed(ctx, h.Service.DB, c.User.ID)
		}
	}
	if err != nil {
		return v, err
	}
	provided, err := h.Provided(ctx, c.User)
	if provided != nil {
		v.Lock = provided
	}
	return v, err
}

// lock says which rule locks the addresses, since when, and who can change it.
func (h Web) lock(ctx context.Context, c policy.Control, v view) *ui.Lock {
	l := &ui.Lock{Rule: i18n.T(ctx, "policy.rule."+c.Reason), Source: i18n.T(ctx, "policy.changeable_by."+c.ChangeableBy)}
	if !c.SetAt.IsZero() {
		since := i18n.T(ctx, "address.lock_set", "Who", h.SetBy(ctx, c.SetBy), "When", i18n.Date(ctx, c.SetAt.In(v.Zone)))
		l.Source = since + " " + l.Source
	}
	l.Ask, l.Waits = h.Ask(ctx, string(identity.EmailField), c)
	return l
}

func (h Web) start(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, refusal{form: changePath, field: "address.new"}, func(f *refusal) (string, error) {
		f.typed = r.PostFormValue("new_email")
		return sentWord, h.Service.Start(r.Context(), session.Of(r.Context()), f.typed)
	})
}

func (h Web) resend(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, refusal{form: changePath, field: "address.resend"}, func(*refusal) (string, error) {
		return sentWord, h.Service.Resend(r.Context(), session.Of(r.Context()))
	})
}

func (h Web) cancel(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, refusal{form: changePath, field: "address.cancel"}, func(*refusal) (string, error) {
		return cancelledWord, h.Service.Cancel(r.Context(), session.Of(r.Context()))
	})
}

func (h Web) confirm(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, refusal{form: changePath, field: "address.code"}, func(f *refusal) (string, error) {
		ctx, c := r.Context(), session.Of(r.Context())
		done, err := h.Service.Confirm(ctx, c, Codes{New: r.PostFormValue("new_code"), Current: r.PostFormValue("current_code")})
		if err != nil {
			return "", h.over(ctx, c.User.ID, err)
		}
		if !done.Done {
			return "", nil
		}
		session.SetCookie(w, edge.Of(ctx).Secure, done.Session)
		return changedWord + strconv.FormatInt(done.SignedOut, 10), nil
	})
}

// over returns ErrOver in place of a wrong code where that was the last one:
// there are no fields for another.
func (h Web) over(ctx context.Context, userID string, err error) error {
	if errs.KindOf(err) != errs.Invalid {
		return err
	}
	if _, gone := h.Service.Pending(ctx, userID); errors.Is(gone, ErrNoChange) {
		return ErrOver
	}
	return err
}

func (h Web) add(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, refusal{form: furtherPath, field: "address.add_label", id: newID}, func(f *refusal) (string, error) {
		f.typed = r.PostFormValue("email")
		_, err := h.Service.Add(r.Context(), session.Of(r.Context()), f.typed)
		return waitsWord, err
	})
}

func (h Web) verify(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	return h.act(w, r, refusal{form: furtherPath, field: "address.code", id: id}, func(*refusal) (string, error) {
		_, err := h.Service.Verify(r.Context(), session.Of(r.Context()), id, r.PostFormValue("code"))
		return addedWord, err
	})
}

func (h Web) remove(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, refusal{form: furtherPath, field: "address.remove"}, func(*refusal) (string, error) {
		return removedWord, h.Service.Remove(r.Context(), session.Of(r.Context()), r.PathValue("id"))
	})
}

// act does what a form asks for and goes back to its section with a word, or
// shows the page again with what is wrong.
func (h Web) act(w http.ResponseWriter, r *http.Request, f refusal, do func(*refusal) (word string, err error)) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	word, err := do(&f)
	if err != nil {
		return h.refuse(w, r, f, err)
	}
	if word != "" {
		web.Flash(w, r, word)
	}
	return web.SeeOther(w, r, f.back())
}

func (h Web) refuse(w http.ResponseWriter, r *http.Request, f refusal, err error) error {
	switch {
	case errors.Is(err, ErrNoChange):
		err = ErrOver
	case errs.KindOf(err) == errs.NotFound:
		return err
	}
	status := web.Refusal(w.Header(), err)
	faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
	if err != nil {
		return err
	}
	f.faults = f.placed(faults)
	r = r.WithContext(context.WithValue(r.Context(), refusalKey{}, f))
	return h.Page(w, r, status, i18n.T(r.Context(), f.field), f.faults)
}

// refusal is what was wrong with one of our forms.
type refusal struct {
	form   string // changePath or furtherPath
	field  string // key of the label of what is wrong
	id     string // of the address that it was about
	typed  string
	faults web.Faults
}

type refusalKey struct{}

func refusalOf(ctx context.Context) refusal {
	f, _ := ctx.Value(refusalKey{}).(refusal)
	return f
}

func (f refusal) back() string {
	if f.form == furtherPath {
		return securityPath + "#" + furtherID
	}
	return securityPath + "#" + primaryID
}

// newID stands for the address that is to be added, in the ids of fields.
const newID = "new"

// fieldID is the id of a field about a further address: there are several of a
// name on the page.
func fieldID(name, id string) string { return name + "-" + id }

// placed leads faults to the fields of the page.
func (f refusal) placed(faults web.Faults) web.Faults {
	if f.form != furtherPath {
		return faults
	}
	for i := range faults {
		if faults[i].Field != "" {
			faults[i].Field = fieldID(faults[i].Field, f.id)
		}
	}
	return faults
}

// signedOut reads a word that ends with a number.
func signedOut(word, prefix string) (int, bool) {
	n, ok := strings.CutPrefix(word, prefix)
	if !ok {
		return 0, false
	}
	count, err := strconv.Atoi(n)
	return count, err == nil
}
