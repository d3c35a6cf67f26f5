package postal

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed regions.txt
var regionsText string

// region is a part of a country with all its names, ours first.
type region struct {
	code  string
	names []string
}

var regions = sync.OnceValue(func() map[string][]region {
	all := map[string][]region{}
	for _, line := range strings.Split(strings.TrimSpace(regionsText), "\n")[1:] {
		parts := strings.Split(line, "|")
		all[parts[0]] = append(all[parts[0]], region{parts[1], parts[2:]})
	}
	return all
})

// Regions lists the parts of a country by ISO 3166-2, without the country's own
// code; none where the list has none.
func Regions(country string) []Entry {
	var all []Entry
	for _, r := range regions()[country] {
		all = append(all, Entry{r.code, r.names[0]})
	}
	return all
}

// FindRegion returns the part of a country that a code or a name means, and
// whether there is one.
func FindRegion(country, text string) (Entry, bool) {
	for _, r := range regions()[country] {
		means := func(name string) bool { return strings.EqualFold(name, text) }
		if means(r.code) || slices.ContainsFunc(r.names, means) {
			return Entry{r.code, r.names[0]}, true
		}
	}
	return Entry{}, false
}
