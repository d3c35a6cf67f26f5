package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"nameplate/internal/app"
	"nameplate/internal/config"
)

// devCommand starts a throw-away instance.
type devCommand struct {
	Addr string `name:"addr" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on, of this machine alone."`
	Log  string `name:"log" default:"warn" placeholder:"LEVEL" help:"What is logged: debug, info, warn or error; with ,json for JSON lines."`
}

// Help is shown behind the sentence of the command.
func (devCommand) Help() string {
	return "Everything lies in a temporary folder and goes when the command ends. No setting from environment or file counts.\n\n" +
		help("nameplate dev", "nameplate dev --addr 127.0.0.1:0 --log debug")
}

// Run serves the seed until a signal.
func (c *devCommand) Run(r *run) (err error) {
	if !loopback(c.Addr) {
		return &usageError{errors.New("everybody knows the password of this instance, so it listens on this machine alone: give an address such as 127.0.0.1:8080")}
	}
	dir, err := os.MkdirTemp("", "nameplate-dev-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := config.Config{Addr: c.Addr, Data: dir, Menu: "top-right", Log: c.Log}.Check()
	if err != nil {
		return &usageError{list(err)}
	}
	a, err := r.start(cfg, logger(r.stderr, cfg))
	if err != nil {
		return err
	}
	return serve(r, a, r.showSeed(a))
}

func loopback(addr string) bool {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	return err == nil && tcp.IP.IsLoopback()
}

// seedGreeting is what dev tells.
type seedGreeting struct {
	greeting
	Organization string       `json:"organization"`
	Password     string       `json:"password"`
	People       []seedPerson `json:"people"`
}

type seedPerson struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
	Card  string `json:"card"`
}

func (r *run) showSeed(a *app.App) error {
	s, err := a.Seed(r.ctx)
	if err != nil {
		return err
	}
	g := seedGreeting{Organization: s.Organization.Name, Password: s.Password.Reveal()}
	if g.greeting, err = greet(r.ctx, a); err != nil {
		return err
	}
	for _, p := range s.People {
		g.People = append(g.People, seedPerson{p.ID, p.Name, p.Email, string(p.Role), p.Card})
	}
	return r.say(g, g.String())
}

// String is the greeting for people.
func (g seedGreeting) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Nameplate %s, a throw-away instance\n\n", version)
	fmt.Fprintf(&b, "  %-13s %s\n  %-13s %s\n  %-13s %s\n  %-13s %s\n\n", "Open", g.URL, "Mailbox", g.Mailbox, "Data", g.Data, "Password", g.Password)
	fmt.Fprintf(&b, "  %s\n", g.Organization)
	for _, p := range g.People {
		fmt.Fprintf(&b, "  %-13s %-27s %s\n", p.Role, p.Email, p.Card)
	}
	b.WriteString("\nStop with Ctrl-C; everything goes with it.\n")
	return b.String()
}
