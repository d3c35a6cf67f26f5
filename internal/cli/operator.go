package cli

import (
	"context"
	"errors"
	"fmt"

	"nameplate/internal/app"
	"nameplate/internal/config"
	"nameplate/internal/platform/control"
	"nameplate/internal/platform/db"
)

// operation calls one operation of the operator, in the running server or
// here. A command that makes something may begin a new instance; to others a
// folder without a database is a mistake.
func (s *settings) operation(r *run, from *sources, name string, begin bool, in, out any) error {
	return s.ask(r, from, begin, func(ctx context.Context, c control.Caller) error { return c.Call(ctx, name, in, out) })
}

// ask hands do the running server, or this process.
func (s *settings) ask(r *run, from *sources, begin bool, do func(context.Context, control.Caller) error) error {
	cfg, err := s.load(from)
	if err != nil {
		return err
	}
	server, err := control.Dial(r.ctx, cfg.Data)
	if err == nil {
		return do(r.ctx, server)
	}
	if !errors.Is(err, control.ErrNoServer) {
		return err
	}
	if !begin && !app.Exists(cfg) {
		return fmt.Errorf("there is no instance in %s; name its folder with --data", cfg.Data)
	}
	return r.here(cfg, func(ctx context.Context, a *app.App) error { return do(ctx, a.Operations()) })
}

// here opens the instance in this process for as long as do takes.
func (r *run) here(cfg config.Checked, do func(context.Context, *app.App) error) error {
	a, err := app.Offline(r.ctx, cfg, logger(r.stderr, cfg))
	if err != nil {
		return inUse(cfg, err)
	}
	return errors.Join(do(r.ctx, a), a.Close())
}

// inUse says that a server runs, and cannot be asked.
func inUse(cfg config.Checked, err error) error {
	if errors.Is(err, db.ErrInUse) {
		return fmt.Errorf("another process has the database in %s open and does not answer on its control.sock: stop it, or try again when it has started", cfg.Data)
	}
	return err
}
