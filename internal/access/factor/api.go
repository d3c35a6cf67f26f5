package factor

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/secret"
)

// API serves the caller's factors as JSON.
type API struct{ Service *Service }

type item struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind" enum:"webauthn,totp,sms" doc:"webauthn: a passkey or security key"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	Confirmed  bool       `json:"confirmed" doc:"Whether it was verified. Until then it counts for nothing."`
	Ending     string     `json:"ending,omitempty" doc:"How the number of a phone ends."`
	// BackupCodes are those that come with the first factor.
	BackupCodes []string `json:"backup_codes,omitempty" doc:"In the answer that adds the first factor, and never again."`
}

type remaining struct {
	Remaining int64 `json:"remaining"`
}

type passkeys struct {
	Available bool   `json:"available"`
	Reason    string `json:"reason,omitempty" enum:"ip_address,plain_http" doc:"Why browsers let no passkey be used at this server's address."`
}

type listOutput struct {
	Body struct {
		Items       []item    `json:"items"`
		BackupCodes remaining `json:"backup_codes"`
		Passkeys    passkeys  `json:"passkeys"`
	}
}

type setupOutput struct {
	Body struct {
		ID     string `json:"id"`
		Secret string `json:"secret" doc:"Base32; shown until the app is confirmed."`
		URI    string `json:"uri" doc:"otpauth: address with the secret"`
		QRSVG  string `json:"qr_svg" doc:"The address as a QR code"`
	}
}

type confirmInput struct {
	Body struct {
		Code string `json:"code" doc:"Six digits from the app. They are used up by this call."`
	}
}

type codesOutput struct {
	Body struct {
		BackupCodes []string `json:"backup_codes" doc:"Shown this once. Empty if there are codes already."`
	}
}

type renameInput struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name"`
	}
}

type oneInput struct {
	ID string `path:"id"`
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "Second factors", "/v1/me/factors"
	sensitive := route.Person.WithProof()
	setUp := sensitive.ForSetUp()
	api.Get(a, base, route.Person.ForSetUp(), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-factors", Tag: tag, Summary: "The caller's second factors, in the order in which they are offered"}, h.list)
	api.Post(a, base+"/totp", setUp, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "begin-totp", Tag: tag, Summary: "Begin with an authenticator app; it counts once it is confirmed", Status: http.StatusCreated}, h.begin)
	api.Post(a, base+"/totp/confirm", setUp, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "confirm-totp", Tag: tag, Summary: "Turn the authenticator app on with its first code; other devices are signed out", Status: http.StatusOK}, h.confirm)
	api.Patch(a, base+"/{id}", sensitive, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "rename-factor", Tag: tag, Summary: "Rename a factor", Status: http.StatusNoContent}, h.rename)
	api.Delete(a, base+"/{id}", sensitive, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-factor", Tag: tag, Summary: "Remove a factor; other devices are signed out", Status: http.StatusNoContent}, h.remove)
	api.Post(a, base+"/backup-codes", sensitive, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "renew-backup-codes", Tag: tag, Summary: "End the backup codes and make ten new ones; other devices are signed out", Status: http.StatusOK}, h.renew)
	h.mountPasskeys(a, tag, base+"/passkeys")
	h.mountPhones(a, tag, base+"/sms")
}

func (h API) list(ctx context.Context, _ *nothing) (*listOutput, error) {
	userID := session.Of(ctx).User.ID
	found, err := h.Service.List(ctx, h.Service.DB, userID)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	for _, f := range found {
		it := itemOf(f)
		if it.Ending, err = h.Service.Ending(f); err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, it)
	}
	out.Body.Passkeys.Reason = h.Service.Obstacle()
	out.Body.Passkeys.Available = out.Body.Passkeys.Reason == ""
	out.Body.BackupCodes.Remaining, err = h.Service.Remaining(ctx, h.Service.DB, userID)
	return out, err
}

func itemOf(f Factor) item {
	it := item{ID: f.ID, Kind: f.Kind, Name: f.Name, CreatedAt: f.CreatedAt, Confirmed: f.Confirmed()}
	if f.LastUsedAt.Valid {
		it.LastUsedAt = &f.LastUsedAt.V
	}
	return it
}

func (h API) begin(ctx context.Context, _ *nothing) (*setupOutput, error) {
	made, err := h.Service.Begin(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	picture, err := svg(ctx, made.URI)
	if err != nil {
		return nil, err
	}
	out := &setupOutput{}
	out.Body.ID, out.Body.Secret, out.Body.URI, out.Body.QRSVG = made.ID, made.Secret.Reveal(), made.URI.Reveal(), picture
	return out, nil
}

func (h API) confirm(ctx context.Context, in *confirmInput) (*codesOutput, error) {
	done, err := h.Service.Confirm(ctx, session.Of(ctx), in.Body.Code)
	return answered(ctx, done, err)
}

func (h API) renew(ctx context.Context, _ *nothing) (*codesOutput, error) {
	done, err := h.Service.Renew(ctx, session.Of(ctx))
	return answered(ctx, done, err)
}

func (h API) rename(ctx context.Context, in *renameInput) (*nothing, error) {
	return nil, h.Service.Rename(ctx, session.Of(ctx), in.ID, in.Body.Name)
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	done, err := h.Service.Remove(ctx, session.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	w, _ := api.HTTP(ctx)
	reborn(ctx, w, done)
	return nil, nil
}

func answered(ctx context.Context, done Changed, err error) (*codesOutput, error) {
	if err != nil {
		return nil, err
	}
	w, _ := api.HTTP(ctx)
	reborn(ctx, w, done)
	out := &codesOutput{}
	out.Body.BackupCodes = revealed(done.Codes)
	return out, nil
}

// reborn gives the browser the new token of its session, if there is one.
func reborn(ctx context.Context, w http.ResponseWriter, done Changed) {
	if done.Session != "" {
		session.SetCookie(w, edge.Of(ctx).Secure, done.Session)
	}
}

func revealed(fresh []secret.Secret) []string {
	texts := make([]string, len(fresh))
	for i, code := range fresh {
		texts[i] = code.Reveal()
	}
	return texts
}
