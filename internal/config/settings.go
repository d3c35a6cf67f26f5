package config

import (
	"reflect"
	"strings"

	"nameplate/internal/platform/secret"
)

// Prefix begins the name of every variable.
const Prefix = "NAMEPLATE_"

// Setting is one of the settings, as people write it.
type Setting struct {
	Name        string // of the flag, and the key in the file
	Default     string
	Placeholder string
	Help        string
	Secret      bool // may stand in a file of its own
}

// Env is the variable of the setting.
func (s Setting) Env() string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Settings lists every setting in the order of [Config].
func Settings() []Setting {
	t := reflect.TypeFor[Config]()
	all := make([]Setting, t.NumField())
	for i := range all {
		f := t.Field(i)
		all[i] = Setting{
			Name: f.Tag.Get("name"), Default: f.Tag.Get("default"), Placeholder: f.Tag.Get("placeholder"), Help: f.Tag.Get("help"),
			Secret: f.Type == reflect.TypeFor[secret.Secret](),
		}
	}
	return all
}

// Table is the table of the guide, in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| Flag and key | Variable | At first | What it is |\n| --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		variable := "`" + s.Env() + "`"
		if s.Secret {
			variable += " or `" + s.Env() + fileSuffix + "`"
		}
		b.WriteString("| `" + s.Name + "` | " + variable + " | " + code(s.Default) + " | " + s.Help + " |\n")
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
