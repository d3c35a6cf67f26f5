package client

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the clients of an organization as JSON.
type API struct{ Service *Service }

type usage struct {
	Scope      string     `json:"scope"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"To five minutes; null: never."`
}

type secretItem struct {
	ID         string     `json:"id"`
	Prefix     string     `json:"prefix" doc:"How the secret begins; of a key its name."`
	Kind       string     `json:"kind" enum:"secret,public_key"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"When an access token was last had with it; null: never."`
}

type item struct {
	ID        string       `json:"id"`
	ClientID  string       `json:"client_id"`
	Name      string       `json:"name"`
	Scopes    []string     `json:"scopes"`
	Usage     []usage      `json:"usage"`
	Secrets   []secretItem `json:"secrets"`
	CreatedAt time.Time    `json:"created_at"`
	CreatedBy string       `json:"created_by,omitempty" doc:"Absent: one who is gone."`
}

type freshSecret struct {
	ID     string `json:"id"`
	Secret string `json:"secret,omitempty" doc:"Shown this once; absent: a key was given."`
}

type orgInput struct {
	Org string `path:"org"`
}

type oneInput struct {
	Org string `path:"org"`
	ID  string `path:"id"`
}

type secretInput struct {
	Org    string `path:"org"`
	ID     string `path:"id"`
	Secret string `path:"sid"`
}

type makeInput struct {
	Org  string `path:"org"`
	Body struct {
		Name   string   `json:"name" doc:"What it is, up to 60 characters."`
		Scopes []string `json:"scopes,omitempty" doc:"What it may do: members:read … At least one, unless people sign in at it."`

		RedirectURIs []string `json:"redirect_uris,omitempty" doc:"Where people who sign in at it are sent back to."`
	}
}

type secretMakeInput struct {
	Org  string `path:"org"`
	ID   string `path:"id"`
	Body struct {
		PublicKey api.Object `json:"public_key,omitempty" doc:"A JWK by which the client proves itself (private_key_jwt), in place of a secret."`
	}
}

type listOutput struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

type makeOutput struct {
	Body struct {
		ID        string        `json:"id"`
		ClientID  string        `json:"client_id"`
		Name      string        `json:"name"`
		Scopes    []string      `json:"scopes"`
		Secrets   []freshSecret `json:"secrets"`
		CreatedAt time.Time     `json:"created_at"`
	}
}

type secretOutput struct{ Body freshSecret }

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, base = "API clients", "/v1/orgs/{org}/clients"
	may := route.Allowed(identity.Connect)
	api.Get(a, base, may, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-clients", Tag: tag, Summary: "The clients of an organization, the oldest first"}, h.list)
	api.Post(a, base, may.WithProof(), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "make-client", Tag: tag, Summary: "Make a client, whose secret is shown this once", Status: http.StatusCreated}, h.create)
	api.Delete(a, base+"/{id}", may.WithProof(), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-client", Tag: tag, Summary: "Remove a client; all that it holds is dead", Status: http.StatusNoContent}, h.remove)
	api.Post(a, base+"/{id}/secrets", may.WithProof(), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "add-client-secret", Tag: tag, Summary: "Make a second secret, which is shown this once, or give a public key", Status: http.StatusCreated}, h.addSecret)
	api.Delete(a, base+"/{id}/secrets/{sid}", may.WithProof(), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "remove-client-secret", Tag: tag, Summary: "End a secret, and the access tokens that were had with it", Status: http.StatusNoContent}, h.removeSecret)
}

func (h API) list(ctx context.Context, _ *orgInput) (*listOutput, error) {
	all, err := h.Service.List(ctx, session.Of(ctx).Actor.Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items, itemOf(c))
	}
	return out, nil
}

func itemOf(c Client) item {
	out := item{ID: c.ID, ClientID: c.ID, Name: c.Name, Scopes: names(c), Usage: []usage{}, Secrets: []secretItem{}, CreatedAt: c.CreatedAt, CreatedBy: c.MadeBy}
	for _, s := range c.Scopes {
		out.Usage = append(out.Usage, usage{s.Name, api.Moment(s.LastUsedAt)})
	}
	for _, s := range c.Secrets {
		out.Secrets = append(out.Secrets, secretItem{s.ID, s.Prefix, s.kind(), s.CreatedAt, api.Moment(s.LastUsedAt)})
	}
	return out
}

func (s Secret) kind() string {
	if s.Key {
		return "public_key"
	}
	return "secret"
}

func names(c Client) []string {
	all := make([]string, len(c.Scopes))
	for i, s := range c.Scopes {
		all[i] = s.Name
	}
	return all
}

func (h API) create(ctx context.Context, in *makeInput) (*makeOutput, error) {
	made, fresh, err := h.Service.Make(ctx, session.Of(ctx), Wish{in.Body.Name, in.Body.Scopes, in.Body.RedirectURIs})
	if err != nil {
		return nil, err
	}
	out := &makeOutput{}
	out.Body.ID, out.Body.ClientID, out.Body.Name, out.Body.Scopes = made.ID, made.ID, made.Name, names(made)
	out.Body.Secrets, out.Body.CreatedAt = []freshSecret{{fresh.ID, fresh.Text.Reveal()}}, made.CreatedAt
	return out, nil
}

func (h API) addSecret(ctx context.Context, in *secretMakeInput) (*secretOutput, error) {
	if len(in.Body.PublicKey) > 0 {
		made, err := h.Service.AddKey(ctx, session.Of(ctx), in.ID, in.Body.PublicKey)
		return &secretOutput{freshSecret{ID: made.ID}}, err
	}
	fresh, err := h.Service.AddSecret(ctx, session.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &secretOutput{freshSecret{fresh.ID, fresh.Text.Reveal()}}, nil
}

func (h API) removeSecret(ctx context.Context, in *secretInput) (*nothing, error) {
	return nil, h.Service.RemoveSecret(ctx, session.Of(ctx), in.ID, in.Secret)
}

func (h API) remove(ctx context.Context, in *oneInput) (*nothing, error) {
	return nil, h.Service.Remove(ctx, session.Of(ctx), in.ID)
}
