// Package taskrouter speaks with the TaskRouter of a Twilio account: it reads
// the workers of a workspace and their channels, and sets how much a channel of
// a worker takes. It has no way to make a worker.
package taskrouter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"nameplate/internal/platform/sms"
)

const (
	host     = "taskrouter.twilio.com"
	pageSize = 1000
	maxPages = 100
	// patience is how long one answer may take.
	patience = 10 * time.Second
	// longestWait is how long at most it is waited for because an answer says so.
	longestWait = 10 * time.Minute
)

// Client is a workspace.
type Client struct {
	server *sms.Server
	path   string
}

// New returns the workspace of an account; nil if it names none.
func New(server *sms.Server) *Client {
	if server == nil || server.Workspace == "" {
		return nil
	}
	return &Client{server, "/v1/Workspaces/" + url.PathEscape(server.Workspace)}
}

// Worker is one of the workspace.
type Worker struct {
	SID  string
	User string // attribute nameplate_user; empty: none
	Mail string // attribute email; likewise
}

// Channel is one of a worker.
type Channel struct {
	SID       string
	Name      string // unique name of the task channel
	Capacity  int
	Available bool
}

// Refusal is an answer that says no.
type Refusal struct {
	Status int
	After  time.Duration // when to ask again; 0: not told
}

// Error says nothing of whom it was about.
func (r *Refusal) Error() string { return fmt.Sprintf("TaskRouter refused with %d", r.Status) }

// Passing reports whether the same may be taken later.
func (r *Refusal) Passing() bool { return r.Status == http.StatusTooManyRequests || r.Status >= 500 }

// Workers returns all workers of the workspace. It returns a *Refusal or
// sms.ErrSilent, as all that follows does.
func (c *Client) Workers(ctx context.Context) (all []Worker, err error) {
	path := c.path + "/Workers?PageSize=" + strconv.Itoa(pageSize)
	for range maxPages {
		var page struct {
			Workers []struct {
				SID        string `json:"sid"`
				Attributes string `json:"attributes"`
			} `json:"workers"`
			Meta meta `json:"meta"`
		}
		if err := c.ask(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		for _, w := range page.Workers {
			all = append(all, workerOf(w.SID, w.Attributes))
		}
		if path = page.Meta.next(); path == "" {
			break
		}
	}
	return all, nil
}

// workerOf reads attributes, which may hold anything.
func workerOf(sid, attributes string) Worker {
	var has map[string]any
	w := Worker{SID: sid}
	if json.Unmarshal([]byte(attributes), &has) == nil {
		w.User, _ = has["nameplate_user"].(string)
		w.Mail, _ = has["email"].(string)
	}
	return w
}

// meta leads from one page of a list to the next.
type meta struct {
	Next *string `json:"next_page_url"`
}

// next is the path of the next page; empty: there is none. Whatever host the
// address names, the workspace is asked where it always is.
func (m meta) next() string {
	if m.Next == nil {
		return ""
	}
	u, err := url.Parse(*m.Next)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// channel is one as it is spelled there.
type channel struct {
	SID       string `json:"sid"`
	Name      string `json:"task_channel_unique_name"`
	Capacity  int    `json:"configured_capacity"`
	Available bool   `json:"available"`
}

// Channels returns those of a worker.
func (c *Client) Channels(ctx context.Context, worker string) (all []Channel, err error) {
	path := c.path + "/Workers/" + url.PathEscape(worker) + "/Channels?PageSize=" + strconv.Itoa(pageSize)
	for range maxPages {
		var page struct {
			Channels []channel `json:"channels"`
			Meta     meta      `json:"meta"`
		}
		if err := c.ask(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		for _, ch := range page.Channels {
			all = append(all, Channel(ch))
		}
		if path = page.Meta.next(); path == "" {
			break
		}
	}
	return all, nil
}

// Change is what to set of a channel: nil stays as it is.
type Change struct {
	Capacity  *int
	Available *bool
}

// Set changes a channel of a worker.
func (c *Client) Set(ctx context.Context, worker, sid string, ch Change) error {
	form := url.Values{}
	if ch.Capacity != nil {
		form.Set("Capacity", strconv.Itoa(*ch.Capacity))
	}
	if ch.Available != nil {
		form.Set("Available", strconv.FormatBool(*ch.Available))
	}
	return c.ask(ctx, http.MethodPost, c.path+"/Workers/"+url.PathEscape(worker)+"/Channels/"+url.PathEscape(sid), form, nil)
}

func (c *Client) ask(ctx context.Context, method, path string, form url.Values, to any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := c.server.Ask(ctx, method, host, path, form)
	if err != nil {
		return err
	}
	if a.Status/100 != 2 {
		return &Refusal{a.Status, after(a.Header)}
	}
	if to != nil && json.Unmarshal(a.Body, to) != nil {
		return sms.ErrSilent // what came is no answer
	}
	return nil
}

func after(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestWait)
}
