package provision

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"nameplate/internal/platform/api"
	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/scim"
	"nameplate/internal/platform/web"
)

// Prefix is what all that providers call begins with. Errors there are SCIM's
// own.
const Prefix = "/scim/"

const (
	base      = "/scim/v2/{organization}"
	mediaType = "application/scim+json"
	errorURN  = "urn:ietf:params:scim:api:messages:2.0:Error"
	listURN   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
)

// HTTP serves providers.
type HTTP struct{ Service *Service }

// Mount adds the routes. Who calls is known by the token and not by a session.
func (h HTTP) Mount(t *route.Table) {
	for _, e := range []struct {
		method, path string
		handler      handler
	}{
		{http.MethodGet, "/Users", h.users}, {http.MethodPost, "/Users", h.createUser}, {http.MethodGet, "/Users/{id}", h.user},
		{http.MethodPut, "/Users/{id}", h.replaceUser}, {http.MethodPatch, "/Users/{id}", h.patchUser}, {http.MethodDelete, "/Users/{id}", h.deleteUser},
		{http.MethodGet, "/Groups", h.groups}, {http.MethodPost, "/Groups", h.createGroup}, {http.MethodGet, "/Groups/{id}", h.group},
		{http.MethodPut, "/Groups/{id}", h.replaceGroup}, {http.MethodPatch, "/Groups/{id}", h.patchGroup}, {http.MethodDelete, "/Groups/{id}", h.deleteGroup},
		{http.MethodGet, "/ServiceProviderConfig", h.config}, {http.MethodGet, "/ResourceTypes", h.resourceTypes},
		{http.MethodGet, "/ResourceTypes/{id}", h.resourceType}, {http.MethodGet, "/Schemas", h.schemas}, {http.MethodGet, "/Schemas/{id}", h.schema},
	} {
		body := route.NoBody
		if e.method != http.MethodGet && e.method != http.MethodDelete {
			body = route.Batch
		}
		t.Add(route.New(e.method, base+e.path, route.Public, body, route.Plain, route.NoStore, h.known(e.handler)))
	}
}

// call is a request of a provider that has shown its token.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	client  Client
	subject string // whom or what it is about, as far as it is known
}

type handler func(*call) error

// known asks for the token before anything else, and keeps why a call was
// refused.
func (h HTTP) known(next handler) route.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			token = ""
		}
		client, err := h.Service.client(r.Context(), r.PathValue("organization"), strings.TrimSpace(token))
		if err != nil {
			return err
		}
		c := &call{w, r, client, r.PathValue("id")}
		why := next(c)
		if why == nil {
			return nil
		}
		resource, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/scim/v2/"+client.OrganizationID+"/"), "/")
		return errors.Join(why, h.Service.noteFault(r.Context(), client, r.Method+" "+resource, c.subject, why))
	}
}

// Refuse answers with an error in SCIM's own shape (RFC 7644, section 3.12).
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, detail := http.StatusInternalServerError, edge.ErrInternal
	if e := first(err); e != nil {
		status, detail = web.Status(e.Kind), e
	}
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	web.RetryAfter(w.Header(), err)
	body := scim.Object{"schemas": []string{errorURN}, "status": strconv.Itoa(status), "detail": words(r.Context(), detail.Code, detail.Field, detail.Args)}
	if kind := kindOf(detail); kind != "" {
		body["scimType"] = kind
	}
	write(w, status, body) //nolint:errcheck // the client has gone
}

// kindOf is the scimType of an error; empty where the RFC has none.
func kindOf(e *errs.Error) string {
	switch e.Code {
	case ErrTaken.Code:
		return "uniqueness"
	case ErrMoves.Code:
		return scim.Type(scim.ErrMutable)
	case ErrAddress.Code, ErrDomain.Code:
		return scim.Type(scim.ErrValue)
	}
	return scim.Type(e)
}

func words(ctx context.Context, code, field string, args []any) string {
	text := i18n.T(ctx, "error."+code, args...)
	if field != "" {
		return field + ": " + text
	}
	return text
}

func write(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(body)
}

// body reads what was sent.
func (c *call) body() ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != mediaType && kind != "application/json" {
		return nil, api.ErrMediaType
	}
	text, err := io.ReadAll(c.r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, edge.ErrTooLarge
	}
	if err != nil {
		return nil, scim.ErrSyntax.Because(err)
	}
	return text, nil
}

// resource reads a resource that was sent.
func (c *call) resource(of scim.Schema) (scim.Object, error) {
	text, err := c.body()
	if err != nil {
		return nil, err
	}
	o, err := of.Read(text)
	for _, name := range []string{"displayName", "userName"} {
		if said := scim.String(o, name); said != "" {
			c.subject = said
		}
	}
	return o, err
}

// patch reads a patch that was sent.
func (c *call) patch(of scim.Schema) (scim.Patch, error) {
	text, err := c.body()
	if err != nil {
		return nil, err
	}
	return of.ReadPatch(text)
}

func (c *call) match() string { return c.r.Header.Get("If-Match") }

// answer shows a resource, or as much of it as is wanted.
func (c *call) answer(status int, of scim.Schema, o scim.Object, err error) error {
	if err != nil {
		return err
	}
	version := scim.String(o, "meta", "version")
	head := c.w.Header()
	head.Set("ETag", version)
	head.Set("Location", scim.String(o, "meta", "location"))
	if c.r.Method == http.MethodGet && c.r.Header.Get("If-None-Match") == version {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return write(c.w, status, c.picked(of, o))
}

func (c *call) picked(of scim.Schema, o scim.Object) scim.Object {
	q := c.r.URL.Query()
	return of.Pick(o, q.Get("attributes"), q.Get("excludedAttributes"))
}

// query reads which part of a list is wanted.
func (c *call) query() (Query, error) {
	q := Query{Filter: c.r.URL.Query().Get("filter"), Start: 1, Count: mostResults}
	for name, to := range map[string]*int{"startIndex": &q.Start, "count": &q.Count} {
		text := c.r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return q, scim.ErrValue.With("Attribute", name)
		}
		*to = n
	}
	return q, nil
}

func (c *call) list(of scim.Schema, p Page, err error) error {
	if err != nil {
		return err
	}
	items := make([]scim.Object, len(p.Items))
	for i, o := range p.Items {
		items[i] = c.picked(of, o)
	}
	return write(c.w, http.StatusOK, listOf(items, p.Total, p.Start))
}

func listOf(items []scim.Object, total, start int) scim.Object {
	return scim.Object{
		"schemas": []string{listURN}, "totalResults": total, "startIndex": start, "itemsPerPage": len(items), "Resources": items,
	}
}

// done answers a call that leaves nothing to be shown.
func (c *call) done(err error) error {
	if err == nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
	return err
}
