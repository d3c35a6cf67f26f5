package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"time"

	"nameplate/examples/chat/chat"
)

// throwaway is a Nameplate that goes when the example ends.
type throwaway struct {
	issuer, email, password string
	owner                   *http.Client
}

// start runs "nameplate dev" and waits until it tells who lives in it.
func start(ctx context.Context, addr string) (*throwaway, error) {
	fmt.Println("Starting a throw-away Nameplate …")
	cmd := exec.CommandContext(ctx, "go", "run", "-tags", "nodynamic", "./cmd/nameplate", "dev", "--json", "--addr", addr)
	cmd.Stderr, cmd.WaitDelay = os.Stderr, 5*time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var told struct {
		URL      string
		Password string
		People   []struct{ Email, Role string }
	}
	if err := json.NewDecoder(out).Decode(&told); err != nil {
		return nil, fmt.Errorf("nameplate dev did not start: %w", err)
	}
	jar, err := cookiejar.New(nil)
	o := &throwaway{issuer: told.URL, password: told.Password, owner: &http.Client{Jar: jar, Timeout: 10 * time.Second}}
	for _, p := range told.People {
		if p.Role == "owner" {
			o.email = p.Email
		}
	}
	return o, err
}

// app makes the platform an app of the owner's organization.
func (o *throwaway) app(ctx context.Context, base string) (chat.App, error) {
	var me struct {
		Memberships []struct{ Organization struct{ ID string } }
	}
	var made struct {
		ClientID string `json:"client_id"`
		Secrets  []struct{ Secret string }
	}
	err := o.call(ctx, http.MethodPost, "/v1/session", map[string]any{"email": o.email, "password": o.password}, nil)
	if err == nil {
		err = o.call(ctx, http.MethodGet, "/v1/me", nil, &me)
	}
	if err != nil {
		return chat.App{}, err
	}
	clients := "/v1/orgs/" + me.Memberships[0].Organization.ID + "/clients"
	if err := o.call(ctx, http.MethodPost, clients, map[string]any{"name": "Example Chat", "redirect_uris": []string{base + "/callback"}}, &made); err != nil {
		return chat.App{}, err
	}
	err = o.call(ctx, http.MethodPut, clients+"/"+made.ClientID+"/sign-in", map[string]any{
		"redirect_uris": []string{base + "/callback"}, "post_logout_redirect_uris": []string{base + "/"},
	}, nil)
	return chat.App{Issuer: o.issuer, ClientID: made.ClientID, ClientSecret: made.Secrets[0].Secret, URL: base}, err
}

func (o *throwaway) call(ctx context.Context, method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, o.issuer+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := o.owner.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, res.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
