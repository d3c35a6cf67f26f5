package postal

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"nameplate/internal/platform/i18n"
)

//go:embed countries.txt
var countriesText string

// Entry is a code with its name.
type Entry struct{ Code, Name string }

// table is the list as it is read: names by language, then by code.
type table struct {
	codes []string
	names map[string]map[string]string
}

var countries = sync.OnceValue(func() table {
	lines := strings.Split(strings.TrimSpace(countriesText), "\n")
	tags := strings.Split(lines[0], "|")[1:]
	t := table{names: map[string]map[string]string{}}
	for _, tag := range tags {
		t.names[tag] = map[string]string{}
	}
	for _, line := range lines[1:] {
		parts := strings.Split(line, "|")
		t.codes = append(t.codes, parts[0])
		for i, tag := range tags {
			t.names[tag][parts[0]] = parts[i+1]
		}
	}
	return t
})

// IsCountry reports whether code is one of ISO 3166-1 alpha-2, in capitals.
func IsCountry(code string) bool { return slices.Contains(countries().codes, code) }

// CountryName names a country in a language, or in English where the list has
// no names in that.
func CountryName(lang, code string) string {
	t := countries()
	if names, ok := t.names[lang]; ok {
		return names[code]
	}
	return t.names["en"][code]
}

// Countries lists every country by its name in a language.
func Countries(lang string) []Entry {
	if known, ok := sorted.Load(lang); ok {
		return known.([]Entry)
	}
	var all []Entry
	for _, code := range countries().codes {
		all = append(all, Entry{code, CountryName(lang, code)})
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(i18n.Fold(a.Name), i18n.Fold(b.Name)) })
	sorted.Store(lang, all)
	return all
}

// sorted keeps the list of each language.
var sorted sync.Map
