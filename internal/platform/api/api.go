package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
)

// API collects operations into the manifest and into the document.
type API struct {
	huma  huma.API
	table *route.Table
	log   *slog.Logger
	last  func(http.ResponseWriter, *http.Request)
}

// New returns an empty API of this version whose routes are added to table.
func New(table *route.Table, version string, log *slog.Logger) *API {
	a := &API{table: table, log: log}
	cfg := huma.DefaultConfig("Nameplate", version)
	cfg.CreateHooks = nil
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.Info.Description = "Profiles, cards and accounts. Errors are RFC 9457 problems with a stable code."
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-np", Description: "The session of a signed-in browser; named np where the public address is plain http."},
		"token":   {Type: "http", Scheme: "bearer", Description: "An access token, on operations that name a scope of it."},
	}
	a.huma = humago.New(mux{a}, cfg)
	return a
}

// schemaName names a type in the document. Types that a package keeps to
// itself carry its name, because several packages have a "status".
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.PkgPath() == "" || t.Name() == "" || !unicode.IsLower([]rune(t.Name())[0]) {
		return name
	}
	pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// mux catches the handler that huma makes, for the manifest to serve.
type mux struct{ a *API }

func (m mux) HandleFunc(_ string, h func(http.ResponseWriter, *http.Request)) { m.a.last = h }
func (m mux) ServeHTTP(http.ResponseWriter, *http.Request)                    {}

// Op describes an operation beside what its types say.
type Op struct {
	ID      string // operationId
	Tag     string
	Summary string
	Status  int  // of success; 0: 200, or 204 without an answer
	Later   bool // 202 is a success too, with the same answer
	Again   bool // 200 is a success too, with the same answer: it was made before
}

// Get adds an operation that reads.
func Get[I, O any](a *API, path string, ac route.Access, b route.Body, r route.Rate, c route.Cache, op Op, fn func(context.Context, *I) (*O, error)) {
	add(a, http.MethodGet, path, ac, b, r, c, op, fn)
}

// Post adds an operation that acts.
func Post[I, O any](a *API, path string, ac route.Access, b route.Body, r route.Rate, c route.Cache, op Op, fn func(context.Context, *I) (*O, error)) {
	add(a, http.MethodPost, path, ac, b, r, c, op, fn)
}

// Put adds an operation that replaces.
func Put[I, O any](a *API, path string, ac route.Access, b route.Body, r route.Rate, c route.Cache, op Op, fn func(context.Context, *I) (*O, error)) {
	add(a, http.MethodPut, path, ac, b, r, c, op, fn)
}

// Patch adds an operation that changes fields by JSON Merge Patch (RFC 7396).
func Patch[I, O any](a *API, path string, ac route.Access, b route.Body, r route.Rate, c route.Cache, op Op, fn func(context.Context, *I) (*O, error)) {
	add(a, http.MethodPatch, path, ac, b, r, c, op, fn)
}

// Delete adds an operation that removes.
func Delete[I, O any](a *API, path string, ac route.Access, b route.Body, r route.Rate, c route.Cache, op Op, fn func(context.Context, *I) (*O, error)) {
	add(a, http.MethodDelete, path, ac, b, r, c, op, fn)
}

func add[I, O any](a *API, method, path string, ac route.Access, b route.Body, r route.Rate, c route.Cache, op Op, fn func(context.Context, *I) (*O, error)) {
	o := operation(method, path, ac, b, op)
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	if op.Later {
		succeeds(o, op.Status, http.StatusAccepted)
	}
	if op.Again {
		succeeds(o, op.Status, http.StatusOK)
	}
	a.table.Add(route.New(method, path, ac, b, r, c, serve(a.last)))
}

// succeeds describes a further success, with the answer of the first.
func succeeds(o huma.Operation, first, further int) {
	answer := *o.Responses[strconv.Itoa(first)]
	answer.Description = http.StatusText(further)
	o.Responses[strconv.Itoa(further)] = &answer
}

func operation(method, path string, ac route.Access, b route.Body, op Op) huma.Operation {
	o := huma.Operation{
		OperationID: op.ID, Method: method, Path: path, Summary: op.Summary, Tags: []string{op.Tag},
		DefaultStatus: op.Status, MaxBodyBytes: b.Max + 1, SkipValidateParams: false,
		Responses: map[string]*huma.Response{},
	}
	if ac.Level == route.SignedIn {
		o.Security = Security(ac)
	}
	return o
}

// Security is how the document says who may call a route: a signed-in browser,
// or also a token with a scope.
func Security(ac route.Access) []map[string][]string {
	all := []map[string][]string{{"session": {}}}
	if ac.Scope != "" {
		all = append(all, map[string][]string{"token": {ac.Scope}})
	}
	return all
}

// Describe adds an operation that is served by a handler of its own: a stream,
// a picture, anything that is not JSON in and out. How it fails is added.
func (a *API) Describe(o huma.Operation) {
	problem := Content[Problem](a, "application/problem+json")
	o.Responses["default"] = &huma.Response{Description: "Error", Content: problem}
	for status, r := range o.Responses {
		if status[0] == '4' && r.Content == nil {
			r.Content = problem
		}
	}
	a.huma.OpenAPI().AddOperation(&o)
}

// Document returns the OpenAPI 3.1 document as indented JSON.
func (a *API) Document() ([]byte, error) {
	return indent(a.huma.OpenAPI())
}

// problem is what huma answers for an error of ours.
func (a *API) problem(ctx context.Context, err error) error {
	_, r := HTTP(ctx)
	p := NewProblem(ctx, web.Settle(a.log, r, err))
	h := http.Header{}
	web.RetryAfter(h, err)
	if len(h) > 0 {
		return huma.ErrorWithHeaders(p, h)
	}
	return p
}

type exchangeKey struct{}

type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

// HTTP returns the request of an operation, and where its answer goes, for
// what types don't carry: cookies, and which browser asks.
func HTTP(ctx context.Context) (http.ResponseWriter, *http.Request) {
	e, _ := ctx.Value(exchangeKey{}).(exchange)
	return e.w, e.r
}

func serve(h func(http.ResponseWriter, *http.Request)) route.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := wantsJSON(r); err != nil {
			return err
		}
		h(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, exchange{w, r})))
		return nil
	}
}

// wantsJSON refuses bodies of another type, so that no form of another site
// passes for a call.
func wantsJSON(r *http.Request) error {
	if r.ContentLength == 0 || r.Body == http.NoBody {
		return nil
	}
	switch mediaType(r.Header.Get("Content-Type")) {
	case "application/json":
		return nil
	case "application/merge-patch+json":
		if r.Method == http.MethodPatch {
			return nil
		}
	}
	if _, err := io.CopyN(io.Discard, r.Body, 1); errors.Is(err, io.EOF) {
		return nil
	}
	return ErrMediaType
}

// Content describes an answer of T.
func Content[T any](a *API, mediaType string) map[string]*huma.MediaType {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	return map[string]*huma.MediaType{mediaType: {Schema: schema}}
}

// WriteJSON answers with v, for handlers that are not operations.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	return strictJSON.Marshal(w, v)
}
