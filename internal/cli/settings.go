package cli

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"nameplate/internal/config"
)

const settingsGroup = "settings"

// settings are the flags of a command that works on an instance.
type settings struct {
	config.Config `embed:"" group:"settings"`
	File          string `name:"config" group:"settings" placeholder:"FILE" help:"YAML file with settings."`
}

// load checks the settings of all sources at once.
func (s *settings) load(from *sources) (config.Checked, error) {
	cfg, err := s.Config.Check()
	if err := errors.Join(from.read(s.File).Err(), err); err != nil {
		return cfg, &usageError{list(err)}
	}
	return cfg, nil
}

// sources resolves flags that were not given: from the environment, and behind
// it from the file. The parser itself would put the file before the
// environment, so it knows nothing of variables.
type sources struct {
	environ []string
	source  *config.Source
}

// read reads the sources, once.
func (s *sources) read(file string) *config.Source {
	if s.source == nil {
		s.source = config.Read(s.environ, file)
	}
	return s.source
}

// Validate accepts every grammar.
func (*sources) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a setting, or nil.
func (s *sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !isSetting(flag) {
		return nil, nil
	}
	if value, given := s.read(fileOf(ctx)).Value(flag.Name); given {
		return value, nil
	}
	return nil, nil
}

func isSetting(f *kong.Flag) bool { return f.Group != nil && f.Group.Key == settingsGroup }

// fileOf is the file that the command line names.
func fileOf(ctx *kong.Context) string {
	for _, f := range ctx.Flags() {
		if path, ok := ctx.FlagValue(f).(string); ok && f.Name == "config" {
			return path
		}
	}
	return ""
}

// withVariable names the variable of a setting behind its help, and what it is
// when nobody sets it.
func withVariable(v *kong.Value) string {
	if v.Flag == nil || !isSetting(v.Flag) || v.Name == "config" {
		return v.Help
	}
	behind := config.Setting{Name: v.Name}.Env()
	if v.HasDefault {
		behind += "; at first " + v.Default
	}
	return v.Help + " (" + behind + ")"
}

// hideSettings keeps the help of commands short that need few settings. All of
// them work everywhere.
func hideSettings(k *kong.Kong) error {
	needed := []string{"config", "data", "database", "key"}
	return kong.Visit(k.Model, func(v kong.Visitable, next kong.Next) error {
		node, ok := v.(*kong.Node)
		if !ok || node.Name == "serve" || node.Name == "doctor" {
			return next(nil)
		}
		for _, f := range node.Flags {
			own := node.Name == "healthcheck" && f.Name == "addr"
			f.Hidden = isSetting(f) && !own && !slices.Contains(needed, f.Name)
		}
		return next(nil)
	})
}

// logger writes lines as the setting says.
func logger(w io.Writer, cfg config.Checked) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.ToUpper(cfg.Level))); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.JSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
