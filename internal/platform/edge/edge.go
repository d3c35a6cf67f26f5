// Package edge is the border of the server: what holds for every request,
// whatever its route.
//
// From outside in, a request gets an id, a client address that only configured
// proxies can change, the security headers, a look at its Host, the same-origin
// check of what changes something, a net under it for panics, and one line in
// the log without query or body. Then the manifest decides: the route is
// found, its budget drawn on, its caller asked who they are, its body bounded.
// Whatever goes wrong on the way, the mux's own answers included, ends in one
// renderer.
package edge

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/route"
)

// What the border itself refuses.
var (
	ErrMisdirected = errs.New(errs.Misdirected, "misdirected_request")
	ErrBadHost     = errs.New(errs.Malformed, "malformed_host")
	ErrCrossSite   = errs.New(errs.Denied, "cross_site_request")
	ErrNotFound    = errs.New(errs.NotFound, "not_found")
	ErrMethod      = errs.New(errs.MethodUnknown, "method_not_allowed")
	ErrTooLarge    = errs.New(errs.TooLarge, "too_large")
	ErrStreams     = errs.New(errs.Throttled, "too_many_streams").After(time.Minute)
	ErrInternal    = errs.New(errs.Internal, "internal_error")
)

// Edge is the border of one server.
type Edge struct {
	URL      *url.URL // the public base URL
	Loopback bool     // the listener's address is loopback
	Trusted  []netip.Prefix
	Clock    clock.Clock
	Log      *slog.Logger

	// Guard finds out who asks and whether they may. It returns the request to
	// go on with.
	Guard func(w http.ResponseWriter, r *http.Request, a route.Access) (*http.Request, error)
	// Throttle draws on the budget of a guarded route.
	Throttle func(r *http.Request) error
	// Render answers with an error, as a page or as a problem.
	Render  func(w http.ResponseWriter, r *http.Request, err error)
	streams streams // open ones of each client address

	// Prepare adds to the context of a request what every answer needs, its
	// language.
	Prepare func(ctx context.Context, r *http.Request) context.Context
}

// Info is what the border knows of a request.
type Info struct {
	ID     string     // for the log, and for people who ask about an error
	Client netip.Addr // the address that counts for limits
	Local  bool       // from this machine, to this machine, not forwarded
	Secure bool       // the public URL is https
	Base   string     // the public base URL
	API    bool       // errors are problems and not pages
}

// Network is the prefix of the client's address that stands in the journal:
// enough to tell places apart, too little to tell people apart.
func (i Info) Network() string {
	bits := 48
	if i.Client.Is4() {
		bits = 24
	}
	p, err := i.Client.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

type infoKey struct{}

// Of returns what the border knows of the request with this context.
func Of(ctx context.Context) Info {
	i, _ := ctx.Value(infoKey{}).(Info)
	return i
}

// Handler serves the manifest.
func (e *Edge) Handler(t *route.Table) http.Handler {
	mux, bare := http.NewServeMux(), http.NewServeMux()
	for _, r := range t.Routes() {
		h := e.serve(r)
		mux.Handle(r.Method+" "+r.Pattern, h)
		bare.Handle(r.Method+" "+r.Pattern, h)
	}
	mux.Handle("/", e.missed(bare))
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(e.fails(ErrCrossSite))
	for _, r := range t.Routes() {
		if r.Foreign != "" {
			sameOrigin.AddInsecureBypassPattern(r.Method + " " + r.Pattern)
		}
	}
	return e.outermost(sameOrigin.Handler(mux))
}

// outermost is the part that must not fail.
func (e *Edge) outermost(next http.Handler) http.Handler {
	fixed, always := e.fixedHeaders(), e.always()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		elapsed := clock.Stopwatch()
		info := e.inspect(r, always)
		w := &writer{ResponseWriter: rw}
		r = r.WithContext(e.Prepare(context.WithValue(r.Context(), infoKey{}, info), r))
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				e.Log.Error("panic", "request", info.ID, "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				if w.status == 0 {
					e.Render(w, r, ErrInternal)
				}
			}
			if e.Log.Enabled(r.Context(), slog.LevelDebug) {
				e.Log.Debug("request", "request", info.ID, "method", r.Method, "path", r.URL.Path, "status", w.status, "took", elapsed())
			}
		}()
		maps.Copy(w.Header(), fixed)
		w.Header().Set("X-Request-Id", info.ID)
		if err := e.checkHost(r); err != nil {
			e.Render(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// always is what is the same for every request, but that Local means only that
// a request can be local.
func (e *Edge) always() Info {
	return Info{
		Local:  e.Loopback && loopbackName(e.URL.Hostname()),
		Secure: e.URL.Scheme == "https",
		Base:   e.URL.String(),
	}
}

func (e *Edge) inspect(r *http.Request, always Info) Info {
	peer := peerAddress(r)
	i := always
	i.ID = ids.New(ids.Request, e.Clock.Now())
	i.Client = clientAddress(r, peer, e.Trusted)
	i.Local = always.Local && peer.IsLoopback() && !forwarded(r)
	i.API = route.IsAPI(r.URL.Path)
	return i
}

// missed answers what no route takes through the same renderer. The mux
// without the catch-all tells an unknown address from an unknown method.
func (e *Edge) missed(bare *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, _ := bare.Handler(r)
		answer := discard{header: http.Header{}}
		h.ServeHTTP(&answer, r)
		if allow := answer.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			e.Render(w, r, ErrMethod)
			return
		}
		e.Render(w, r, ErrNotFound)
	})
}

// serve runs one route.
func (e *Edge) serve(rt route.Route) http.Handler {
	cache := []string{rt.Cache.Header}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Cache-Control"] = cache
		if err := e.answer(rt, w, r); err != nil {
			e.Render(w, r, err)
		}
	})
}

func (e *Edge) answer(rt route.Route, w http.ResponseWriter, r *http.Request) error {
	if rt.Rate == route.Guarded {
		if err := e.Throttle(r); err != nil {
			return err
		}
	}
	r, err := e.Guard(w, r, rt.Access)
	if err != nil {
		return err
	}
	if rt.Rate == route.Stream {
		leave, ok := e.streams.enter(Of(r.Context()).Client)
		if !ok {
			return ErrStreams
		}
		defer leave()
	}
	if r.ContentLength > rt.Body.Max {
		return ErrTooLarge
	}
	if r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(w, r.Body, rt.Body.Max)
	}
	return rt.Handler(w, r)
}

func (e *Edge) fails(err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.Render(w, r, err) })
}

// writer remembers whether an answer has begun.
type writer struct {
	http.ResponseWriter
	status int
}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard takes the mux's own answer, of which only the header matters.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

func loopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
