package address

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
)

// API serves the caller's addresses as JSON.
type API struct{ Service *Service }

type item struct {
	ID         string     `json:"id"`
	Address    string     `json:"email"`
	Primary    bool       `json:"primary" doc:"The one to sign in with, and the one that resets go to."`
	Verified   bool       `json:"verified"`
	VerifiedAt *time.Time `json:"verified_at"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty" doc:"Until when an address waits for its code."`
	ResendAt   *time.Time `json:"resend_at,omitempty" doc:"When another code can be sent to it."`
}

type listOutput struct {
	Body struct {
		Items []item `json:"items"`
	}
}

type addInput struct {
	Body struct {
		Email string `json:"email" doc:"For one that waits already, another code is sent."`
	}
}

type itemOutput struct{ Body item }

type verifyInput struct {
	ID   string `path:"id"`
	Body struct {
		Code string `json:"code" doc:"The six digits of the mail."`
	}
}

type oneInput struct {
	ID string `path:"id"`
}

type startInput struct {
	Body struct {
		NewEmail string `json:"new_email"`
	}
}

type accepted struct {
	Status string `json:"status" doc:"verification_required, whoever has the address"`
}

type acceptedOutput struct{ Body accepted }

type changeOutput struct {
	Body struct {
		NewEmail         string    `json:"new_email"`
		NewConfirmed     bool      `json:"new_confirmed"`
		CurrentConfirmed bool      `json:"current_confirmed"`
		TriesLeft        int       `json:"tries_left" doc:"Calls with a wrong code that it still bears."`
		ExpiresAt        time.Time `json:"expires_at"`
		ResendAt         time.Time `json:"resend_at" doc:"When new codes can be sent."`
	}
}

type confirmInput struct {
	Body struct {
		NewCode     string `json:"new_code,omitempty" doc:"The six digits mailed to the new address."`
		CurrentCode string `json:"current_code,omitempty" doc:"The six digits mailed to the current address."`
	}
}

type confirmOutput struct {
	Body struct {
		NewConfirmed     bool `json:"new_confirmed"`
		CurrentConfirmed bool `json:"current_confirmed"`
		Done             bool `json:"done" doc:"The address is changed, and other devices are signed out."`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, change, emails = "Addresses", "/v1/me/email-change", "/v1/me/emails"
	proved := route.Person.WithProof()
	free := proved.Changing(string(identity.EmailField))
	agreed := proved.Unless(h.Service.Closed)
	api.Get(a, emails, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-emails", Tag: tag, Summary: "The caller's addresses, the primary one first, with those that wait for their code"}, h.list)
	api.Post(a, emails, free, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "add-email", Tag: tag, Summary: "Add a further address; a code is mailed to it", Status: http.StatusCreated}, h.add)
	api.Post(a, emails+"/{id}/verify", free, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "verify-email", Tag: tag, Summary: "Prove a further address by its code", Status: http.StatusOK}, h.verify)
	api.Delete(a, emails+"/{id}", proved, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-email", Tag: tag, Summary: "Remove a further address; the primary one stays", Status: http.StatusNoContent}, h.remove)
	api.Post(a, change, agreed, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "change-email", Tag: tag, Summary: "Begin to change the primary address; a code is mailed to the new and one to the current address", Status: http.StatusAccepted}, h.start)
	api.Get(a, change, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-email-change", Tag: tag, Summary: "The change that waits for its codes, or 404"}, h.pending)
	api.Delete(a, change, proved, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "cancel-email-change", Tag: tag, Summary: "Cancel the change", Status: http.StatusNoContent}, h.cancel)
	api.Post(a, change+"/resend", agreed, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "resend-email-change", Tag: tag, Summary: "Mail new codes to the addresses whose code is still to come", Status: http.StatusAccepted}, h.resend)
	api.Post(a, change+"/confirm", agreed, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "confirm-email-change", Tag: tag, Summary: "Enter one code or both; with both the address changes and other devices are signed out", Status: http.StatusOK}, h.confirm)
}

func (h API) list(ctx context.Context, _ *nothing) (*listOutput, error) {
	all, err := h.Service.List(ctx, h.Service.DB, session.Of(ctx).User.ID)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	for _, a := range all {
		out.Body.Items = append(out.Body.Items, shown(a))
	}
	return out, nil
}

func shown(a Address) item {
	it := item{ID: a.ID, Address: a.Email.Address, Primary: a.IsPrimary, Verified: !a.Pending, CreatedAt: a.CreatedAt}
	if a.Pending {
		it.ExpiresAt, it.ResendAt = &a.ExpiresAt, &a.ResendAt
	} else {
		it.VerifiedAt = &a.VerifiedAt
	}
	return it
}

func (h API) add(ctx context.Context, in *addInput) (*itemOutput, error) {
	a, err := h.Service.Add(ctx, session.Of(ctx), in.Body.Email)
	return one(a, err)
}

func (h API) verify(ctx context.Context, in *verifyInput) (*itemOutput, error) {
	a, err := h.Service.Verify(ctx, session.Of(ctx), in.ID, in.Body.Code)
	return one(a, err)
}

func one(a Address, err error) (*itemOutput, error) {
	if err != nil {
		return nil, err
	}
	return &itemOutput{shown(a)}, nil
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Of(ctx), in.ID)
}

func (h API) start(ctx context.Context, in *startInput) (*acceptedOutput, error) {
	return sent(h.Service.Start(ctx, session.Of(ctx), in.Body.NewEmail))
}

func (h API) resend(ctx context.Context, _ *nothing) (*acceptedOutput, error) {
	return sent(h.Service.Resend(ctx, session.Of(ctx)))
}

// sent is the one answer to whatever mails codes: it tells nothing.
func sent(err error) (*acceptedOutput, error) {
	if err != nil {
		return nil, err
	}
	return &acceptedOutput{accepted{"verification_required"}}, nil
}

func (h API) pending(ctx context.Context, _ *nothing) (*changeOutput, error) {
	f, err := h.Service.Pending(ctx, session.Of(ctx).User.ID)
	if err != nil {
		return nil, err
	}
	out := &changeOutput{}
	out.Body.NewEmail, out.Body.NewConfirmed, out.Body.CurrentConfirmed = f.Address, f.NewConfirmedAt.Valid, f.CurrentConfirmedAt.Valid
	out.Body.TriesLeft, out.Body.ExpiresAt, out.Body.ResendAt = f.TriesLeft(), f.ExpiresAt, f.ResendAt()
	return out, nil
}

func (h API) cancel(ctx context.Context, _ *nothing) (*nothing, error) {
	return nil, h.Service.Cancel(ctx, session.Of(ctx))
}

func (h API) confirm(ctx context.Context, in *confirmInput) (*confirmOutput, error) {
	done, err := h.Service.Confirm(ctx, session.Of(ctx), Codes{New: in.Body.NewCode, Current: in.Body.CurrentCode})
	if err != nil {
		return nil, err
	}
	if done.Done {
		w, _ := api.HTTP(ctx)
		session.SetCookie(w, edge.Of(ctx).Secure, done.Session)
	}
	out := &confirmOutput{}
	out.Body.NewConfirmed, out.Body.CurrentConfirmed, out.Body.Done = done.New, done.Current, done.Done
	return out, nil
}
