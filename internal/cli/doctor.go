package cli

import (
	"errors"
	"fmt"
	"strings"

	"nameplate/internal/app"
	"nameplate/internal/config"
	"nameplate/internal/platform/control"
)

// doctorCommand examines an instance.
type doctorCommand struct {
	settings
}

// Help is shown behind the sentence of the command.
func (doctorCommand) Help() string {
	return "It changes nothing. A warning alone does not make it fail.\n\n" + help("nameplate doctor", "nameplate doctor --json")
}

// Run tells what was found.
func (c *doctorCommand) Run(r *run, from *sources) error {
	cfg, err := c.load(from)
	if err != nil {
		return err
	}
	found, err := examine(r, cfg)
	if err != nil {
		return err
	}
	found.Items = append(variables(from.source), found.Items...)
	if err := r.say(found, checkup(found)); err != nil {
		return err
	}
	if found.Worst() == app.Failed {
		return errShown
	}
	return nil
}

// examine asks the running server, or looks for itself.
func examine(r *run, cfg config.Checked) (out app.Findings, err error) {
	server, err := control.Dial(r.ctx, cfg.Data)
	if err == nil {
		return out, server.Call(r.ctx, "doctor", app.Nothing{}, &out)
	}
	if !errors.Is(err, control.ErrNoServer) {
		return out, err
	}
	out, err = app.Examine(r.ctx, cfg)
	return out, inUse(cfg, err)
}

// variables warns of those that mean nothing.
func variables(source *config.Source) []app.Finding {
	if len(source.Unknown) == 0 {
		return []app.Finding{{Check: "settings", State: app.Good, Message: "Every one of them means something."}}
	}
	var all []app.Finding
	for _, name := range source.Unknown {
		all = append(all, app.Finding{
			Check: "settings", State: app.Warning,
			Message: fmt.Sprintf("The variable %s means nothing. Perhaps it was meant to be %s.", name, config.NearestVariable(name)),
		})
	}
	return all
}

func checkup(found app.Findings) string {
	var b strings.Builder
	for _, f := range found.Items {
		fmt.Fprintf(&b, "%-8s %-12s %s\n", f.State, f.Check, f.Message)
	}
	return b.String()
}
