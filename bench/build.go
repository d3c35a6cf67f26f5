package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// build makes both programs as a release is made.
func (w *world) build(ctx context.Context) error {
	for out, pkg := range map[string]string{"nameplate": "./cmd/nameplate", "floor-server": "./bench/floor"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-tags", "nodynamic", "-trimpath", "-ldflags", "-s -w", "-o", w.in(out), pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	info, err := os.Stat(w.in("nameplate"))
	if err != nil {
		return err
	}
	w.oursSize = info.Size()
	return nil
}
