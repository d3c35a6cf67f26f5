package cli

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/config"
	"nameplate/internal/platform/control"
)

// healthcheckCommand asks a server whether it is ready.
type healthcheckCommand struct {
	settings
}

// Help is shown behind the sentence of the command.
func (healthcheckCommand) Help() string {
	return "It asks the server of the data folder, and where there is none, whatever listens on the address of the settings.\n\n" +
		help("nameplate healthcheck", "nameplate healthcheck --addr 127.0.0.1:9000")
}

// health is the answer.
type health struct {
	Ready   bool   `json:"ready"`
	Address string `json:"address"`
}

const healthPatience = 5 * time.Second

// Run asks once.
func (c *healthcheckCommand) Run(r *run, from *sources) error {
	cfg, err := c.load(from)
	if err != nil {
		return err
	}
	out := health{Address: listening(r, cfg)}
	client := http.Client{Timeout: healthPatience}
	res, err := client.Get("http://" + out.Address + "/readyz")
	if err != nil {
		return fmt.Errorf("nothing answers on %s", out.Address)
	}
	res.Body.Close()
	if out.Ready = res.StatusCode == http.StatusOK; !out.Ready {
		return fmt.Errorf("the server on %s is not ready: its database or its files do not answer", out.Address)
	}
	return r.say(out, "The server on "+out.Address+" is ready.\n")
}

// listening is where the server can be reached from this machine.
func listening(r *run, cfg config.Checked) string {
	addr := cfg.Addr
	if server, err := control.Dial(r.ctx, cfg.Data); err == nil {
		var s app.Status
		if server.Call(r.ctx, "status", app.Nothing{}, &s) == nil {
			addr = s.Address
		}
	}
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}
