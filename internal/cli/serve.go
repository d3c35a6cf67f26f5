package cli

import (
	"errors"
	"fmt"
	"log/slog"

	"nameplate/internal/app"
	"nameplate/internal/config"
	"nameplate/internal/platform/db"
)

// serveCommand starts the server.
type serveCommand struct {
	settings
}

// Help is shown behind the sentence of the command.
func (serveCommand) Help() string {
	return help(
		"nameplate",
		"nameplate --addr 0.0.0.0:8080 --url https://accounts.example",
		"nameplate --config /etc/nameplate.yaml",
		"NAMEPLATE_DATABASE_FILE=/run/secrets/database nameplate serve")
}

// Run serves until a signal.
func (c *serveCommand) Run(r *run, from *sources) error {
	cfg, err := c.load(from)
	if err != nil {
		return err
	}
	log := logger(r.stderr, cfg)
	for _, name := range from.source.Unknown {
		log.Warn("this variable means nothing", "name", name, "nearest", config.NearestVariable(name))
	}
	a, err := r.start(cfg, log)
	if err != nil {
		return err
	}
	g, err := greet(r.ctx, a)
	if err == nil {
		err = r.say(g, g.String())
	}
	return serve(r, a, err)
}

// start builds a server that commands can talk to.
func (r *run) start(cfg config.Checked, log *slog.Logger) (*app.App, error) {
	a, err := app.New(r.ctx, cfg, app.Options{Log: log, Version: version})
	if errors.Is(err, db.ErrInUse) {
		return nil, fmt.Errorf("the data folder %s is in use: another nameplate runs on it", cfg.Data)
	}
	if err != nil {
		return nil, err
	}
	if err := a.Control(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.Log.Info("listening", "address", a.Addr().String(), "url", a.Config.Base.String(), "version", version)
	return a, nil
}

// serve runs a server to which nothing has happened before.
func serve(r *run, a *app.App, before error) error {
	if before != nil {
		return errors.Join(before, a.Close())
	}
	if err := a.Run(r.ctx); err != nil {
		return err
	}
	a.Log.Info("stopped")
	return nil
}
