package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// fileSuffix makes the variable that names a file with a secret in it.
const fileSuffix = "_FILE"

// Source is what stands behind the flags: the environment, and behind that the
// file. It collects what is wrong, so that all of it can be told at once.
type Source struct {
	// Unknown are the variables that have our prefix and no meaning.
	Unknown []string

	values map[string]string
	wrong  []error
}

// Read takes the settings from an environment, as os.Environ returns it, and
// from a YAML file. An empty variable counts as none; an empty path is no file.
func Read(environ []string, file string) *Source {
	s := &Source{values: map[string]string{}}
	if file != "" {
		s.readFile(file)
	}
	s.readEnviron(environ)
	return s
}

// Value returns a setting by the name of its flag, and whether it was given.
func (s *Source) Value(name string) (string, bool) {
	v, ok := s.values[name]
	return v, ok
}

// Err is everything that is wrong.
func (s *Source) Err() error { return errors.Join(s.wrong...) }

func (s *Source) mistake(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Errorf(format, args...))
}

func (s *Source) readEnviron(environ []string) {
	given := map[string]string{}
	for _, line := range environ {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, Prefix) && value != "" {
			given[name] = value
		}
	}
	for _, setting := range Settings() {
		s.readVariable(setting, given)
	}
	for _, line := range environ {
		if name, _, _ := strings.Cut(line, "="); given[name] != "" {
			s.Unknown = append(s.Unknown, name)
		}
	}
}

// readVariable takes what belongs to a setting out of given.
func (s *Source) readVariable(setting Setting, given map[string]string) {
	env, file := setting.Env(), setting.Env()+fileSuffix
	value, plain := given[env]
	if plain {
		s.values[setting.Name] = value
		delete(given, env)
	}
	path, ok := given[file]
	if !ok || !setting.Secret {
		return
	}
	delete(given, file)
	if plain {
		s.mistake("%s and %s are both set: keep one", env, file)
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.mistake("%s: %w", file, err)
		return
	}
	s.values[setting.Name] = strings.TrimSpace(string(text))
}

func (s *Source) readFile(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		s.mistake("--config: %w", err)
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		s.mistake("%s: %w", path, err)
		return
	}
	if doc.Kind == 0 {
		return // an empty file
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		s.mistake("%s: write one setting a line, as in addr: 127.0.0.1:8080", path)
		return
	}
	for i := 0; i < len(root.Content); i += 2 {
		s.readKey(path, root.Content[i], root.Content[i+1])
	}
}

func (s *Source) readKey(path string, key, value *yaml.Node) {
	at := fmt.Sprintf("%s, line %d", path, key.Line)
	if !known(key.Value) {
		s.mistake("%s: there is no setting %s; did you mean %s?", at, key.Value, Nearest(key.Value, names()))
		return
	}
	if _, twice := s.values[key.Value]; twice {
		s.mistake("%s: %s is there twice", at, key.Value)
		return
	}
	switch {
	case value.Kind == yaml.ScalarNode:
		s.values[key.Value] = scalar(value)
	case value.Kind == yaml.SequenceNode && scalars(value.Content):
		all := make([]string, len(value.Content))
		for i, v := range value.Content {
			all[i] = v.Value
		}
		s.values[key.Value] = strings.Join(all, ",")
	default:
		s.mistake("%s: %s takes a text, or a list of texts", at, key.Value)
	}
}

// scalar is the text of a value; null is none.
func scalar(v *yaml.Node) string {
	if v.Tag == "!!null" {
		return ""
	}
	return v.Value
}

func scalars(all []*yaml.Node) bool {
	for _, v := range all {
		if v.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

func names() []string {
	var all []string
	for _, s := range Settings() {
		all = append(all, s.Name)
	}
	return all
}

func known(name string) bool {
	for _, n := range names() {
		if n == name {
			return true
		}
	}
	return false
}
