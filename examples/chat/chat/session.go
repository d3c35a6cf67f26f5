package chat

import (
	"crypto/rand"
	"net/http"
	"strings"
)

func keep(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// flow is what this browser began.
func flow(r *http.Request) (state, check string, found bool) {
	c, err := r.Cookie("chat-flow")
	if err != nil {
		return "", "", false
	}
	return strings.Cut(c.Value, ".")
}

func (p *platform) open(w http.ResponseWriter, who agent) {
	id := rand.Text()
	p.mu.Lock()
	p.agents[id] = who
	p.mu.Unlock()
	keep(w, "chat-session", id)
}

func (p *platform) agent(r *http.Request) (who agent, in bool) {
	c, err := r.Cookie("chat-session")
	if err != nil {
		return who, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	who, in = p.agents[c.Value]
	return who, in
}

func (p *platform) close(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("chat-session"); err == nil {
		p.mu.Lock()
		delete(p.agents, c.Value)
		p.mu.Unlock()
	}
	keep(w, "chat-session", "")
}
