package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/*.json
var locales embed.FS

// catalogue is every text in one language. It is never changed after it was
// made.
type catalogue struct {
	language Language
	plain    map[string]string // texts that take no arguments
	gapped   map[string]gapped // texts with arguments between their words
	formed   map[string]bool   // keys of texts that have plural forms or more to them
	forms    *goi18n.Localizer
	fallback *catalogue // nil for English
}

// newCatalogue makes the catalogue of lang; tag says by which rules it counts.
func newCatalogue(lang Language, tag language.Tag, messages []*goi18n.Message, fallback *catalogue) (*catalogue, error) {
	c := &catalogue{
		language: lang,
		plain:    make(map[string]string, len(messages)),
		gapped:   make(map[string]gapped),
		formed:   make(map[string]bool),
		fallback: fallback,
	}
	// A bundle of its own for each language spares every text the search for
	// the language that suits best.
	bundle := goi18n.NewBundle(tag)
	for _, m := range messages {
		if !isFormed(m) {
			c.plain[m.ID] = m.Other
			continue
		}
		if g, ok := newGapped(m); ok {
			c.gapped[m.ID] = g
			continue
		}
		if err := bundle.AddMessages(tag, m); err != nil {
			return nil, err
		}
		c.formed[m.ID] = true
	}
	c.forms = goi18n.NewLocalizer(bundle, tag.String())
	return c, nil
}

func isFormed(m *goi18n.Message) bool {
	return strings.Contains(m.Other, "{{") || m.Zero+m.One+m.Two+m.Few+m.Many != ""
}

// text returns the words for key, or those of English, or the key.
func (c *catalogue) text(key string, args []any) string {
	for ; c != nil; c = c.fallback {
		if s, ok := c.plain[key]; ok {
			return s
		}
		if g, ok := c.gapped[key]; ok {
			return g.text(args)
		}
		if c.formed[key] {
			return c.form(key, args)
		}
	}
	return key
}

func (c *catalogue) form(key string, args []any) string {
	data := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	config := goi18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if n, ok := data["Count"]; ok {
		config.PluralCount = fmt.Sprint(n)
	}
	// An error beside a text only says that a plural form is missing and that
	// the general one was taken.
	s, err := c.forms.Localize(&config)
	if s == "" && err != nil {
		return key
	}
	return s
}

// load reads the files of dir and returns a catalogue for each, English first,
// and the pseudo-language last.
func load(dir fs.FS) ([]*catalogue, error) {
	english, err := read(dir, "locales/en.json", nil)
	if err != nil {
		return nil, err
	}
	all := []*catalogue{english}

	files, err := fs.Glob(dir, "locales/*.json")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if file == "locales/en.json" {
			continue
		}
		c, err := read(dir, file, english)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}

	mirrored, err := mirroredCatalogue(dir)
	if err != nil {
		return nil, err
	}
	return append(all, mirrored), nil
}

func read(dir fs.FS, file string, fallback *catalogue) (*catalogue, error) {
	tag, err := language.Parse(strings.TrimSuffix(path.Base(file), ".json"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	messages, err := parse(dir, file)
	if err != nil {
		return nil, err
	}
	return newCatalogue(languageOf(tag), tag, messages, fallback)
}

func parse(dir fs.FS, file string) ([]*goi18n.Message, error) {
	text, err := fs.ReadFile(dir, file)
	if err != nil {
		return nil, err
	}
	messages, err := goi18n.ParseMessageBytes(text, json.Unmarshal)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return messages, nil
}
