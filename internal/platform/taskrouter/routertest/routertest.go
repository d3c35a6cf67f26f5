// Package routertest plays TaskRouter on this machine, for tests: the workers
// of a workspace in pages, their channels, and what sets a channel.
package routertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/platform/secret"
)

// The account and its workspace.
const (
	Account   = "ACtest"
	Token     = "s3cret-token/+"
	Workspace = "WS0123456789abcdef0123456789abcdef"

	pageSize = 2 // so that every list has pages
)

// Channel is one of a worker.
type Channel struct {
	Capacity  int
	Available bool
}

// Router is a workspace.
type Router struct {
	URL secret.Secret // as NAMEPLATE_TWILIO takes it

	server  *httptest.Server
	mu      sync.Mutex
	workers map[string]*worker
	calls   map[string]int
	odd     []string
	answer  func() (status int, retryAfter string)
}

type worker struct {
	attributes string
	channels   map[string]Channel
}

// Start listens until the test ends, and fails it for what TaskRouter would not
// have understood.
func Start(t testing.TB) *Router {
	t.Helper()
	r := &Router{workers: map[string]*worker{}, calls: map[string]int{}}
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	q := url.Values{"workspace": {Workspace}, "insecure": {"true"}}
	u := url.URL{Scheme: "twilio", User: url.UserPassword(Account, Token), Host: r.server.Listener.Addr().String(), RawQuery: q.Encode()}
	r.URL = secret.Secret(u.String())
	t.Cleanup(func() {
		r.server.Close()
		for _, odd := range r.odd {
			t.Error(odd)
		}
	})
	return r
}

// Add makes a worker with attributes and channels.
func (r *Router) Add(sid string, attributes map[string]any, channels map[string]Channel) {
	text, err := json.Marshal(attributes)
	if err != nil {
		panic(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers[sid] = &worker{string(text), maps.Clone(channels)}
}

// Set changes a channel behind everybody's back.
func (r *Router) Set(sid, name string, c Channel) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers[sid].channels[name] = c
}

// Of is a channel of a worker.
func (r *Router) Of(sid, name string) Channel {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.workers[sid].channels[name]
}

// Answer makes every call be answered with this status and Retry-After; 0 is as
// usual, -1 hangs up after the work is done.
func (r *Router) Answer(answer func() (status int, retryAfter string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// Calls is how many calls with a method came.
func (r *Router) Calls(method string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[method]
}

// Workers is how many there are.
func (r *Router) Workers() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.workers)
}

func (r *Router) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[req.Method]++
	status, after := 0, ""
	if r.answer != nil {
		status, after = r.answer()
	}
	w.Header().Set("Content-Type", "application/json")
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	if user, password, _ := req.BasicAuth(); user != Account || password != Token {
		status = http.StatusUnauthorized
	}
	if status > 0 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code": 20001, "message": "No.", "more_info": "", "status": %d}`, status)
		return
	}
	r.route(w, req)
	if status < 0 {
		panic(http.ErrAbortHandler)
	}
}

func (r *Router) route(w http.ResponseWriter, req *http.Request) {
	rest, ours := strings.CutPrefix(req.URL.Path, "/v1/Workspaces/"+Workspace+"/Workers")
	parts := strings.Split(rest, "/") // "", worker, "Channels", channel
	switch {
	case ours && req.Method == http.MethodGet && rest == "":
		r.list(w, req)
	case ours && req.Method == http.MethodGet && len(parts) == 3 && parts[2] == "Channels":
		r.channels(w, req, parts[1])
	case ours && req.Method == http.MethodPost && len(parts) == 4 && parts[2] == "Channels":
		r.set(w, req, parts[1], parts[3])
	default:
		r.odd = append(r.odd, "asked for "+req.Method+" "+req.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}
}

func (r *Router) list(w http.ResponseWriter, req *http.Request) {
	var all []map[string]any
	for _, sid := range slices.Sorted(maps.Keys(r.workers)) {
		all = append(all, map[string]any{
			"sid": sid, "friendly_name": sid, "attributes": r.workers[sid].attributes, "workspace_sid": Workspace, "account_sid": Account, "available": true,
		})
	}
	r.page(w, req, "workers", all)
}

func (r *Router) channels(w http.ResponseWriter, req *http.Request, sid string) {
	one := r.workers[sid]
	if one == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var all []map[string]any
	for _, name := range slices.Sorted(maps.Keys(one.channels)) {
		all = append(all, shape(sid, name, one.channels[name]))
	}
	r.page(w, req, "channels", all)
}

// shape is a channel as it is published.
func shape(worker, name string, c Channel) map[string]any {
	return map[string]any{
		"sid": "WC" + name, "worker_sid": worker, "workspace_sid": Workspace, "account_sid": Account, "task_channel_sid": "TC" + name,
		"task_channel_unique_name": name, "configured_capacity": c.Capacity, "available": c.Available, "assigned_tasks": 0,
		"available_capacity_percentage": 100,
	}
}

func (r *Router) page(w http.ResponseWriter, req *http.Request, key string, all []map[string]any) {
	n, _ := strconv.Atoi(req.URL.Query().Get("Page"))
	from, to := min(n*pageSize, len(all)), min((n+1)*pageSize, len(all))
	var next any
	if to < len(all) {
		next = fmt.Sprintf("https://taskrouter.twilio.com%s?PageSize=%d&Page=%d&PageToken=PT%d", req.URL.Path, pageSize, n+1, n+1)
	}
	r.write(w, map[string]any{key: all[from:to], "meta": map[string]any{"page": n, "page_size": pageSize, "key": key, "next_page_url": next}})
}

func (r *Router) set(w http.ResponseWriter, req *http.Request, worker, channel string) {
	one, name := r.workers[worker], strings.TrimPrefix(channel, "WC")
	if one == nil || req.ParseForm() != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	c, known := one.channels[name]
	if !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	for field := range req.PostForm {
		if field != "Capacity" && field != "Available" {
			r.odd = append(r.odd, "a channel has no "+field)
		}
	}
	if req.PostForm.Has("Capacity") {
		c.Capacity, _ = strconv.Atoi(req.PostFormValue("Capacity"))
	}
	if req.PostForm.Has("Available") {
		c.Available = req.PostFormValue("Available") == "true"
	}
	one.channels[name] = c
	r.write(w, shape(worker, name, c))
}

func (r *Router) write(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		r.odd = append(r.odd, err.Error())
	}
}
