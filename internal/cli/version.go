package cli

import (
	"fmt"
	"runtime"
)

// version is set by the build.
var version = "dev"

// versionCommand tells the version.
type versionCommand struct{}

// Help is shown behind the sentence of the command.
func (versionCommand) Help() string { return help("nameplate version", "nameplate version --json") }

// program is what is known of this program.
type program struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run tells it.
func (versionCommand) Run(r *run) error {
	p := program{version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	return r.say(p, fmt.Sprintf("nameplate %s (%s, %s)\n", p.Version, p.Go, p.Platform))
}
