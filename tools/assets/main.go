// Command assets turns the sources in assets/ into what the browser gets, in
// assets/dist: scripts and sheets bundled and made small, drawings as they are.
//
// It needs Go alone. Run it as
//
//	cd tools && go run ./assets
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(filepath.Join("..", "assets")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run bundles the sources in dir into dir/dist.
func run(dir string) error {
	files, err := bundle(dir)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dist, name), content, 0o644); err != nil {
			return err
		}
		fmt.Printf("%-12s %6d bytes\n", name, len(content))
	}
	return nil
}
