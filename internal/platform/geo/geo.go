// Package geo says about where in the world a network address is.
//
// It reads a file in MaxMind's DB format that the operator has put on the
// machine; nothing is asked of anybody else. What the file says is a guess at a
// city or a country, so it is never more than a hint to a person who looks at
// their own devices.
package geo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"nameplate/internal/platform/i18n"
)

// Atlas is an open file. A nil one knows no place.
type Atlas struct{ file *maxminddb.Reader }

// Open opens the file at path. It is read where it lies, so put a newer one in
// its place by renaming, never by writing into it.
func Open(path string) (*Atlas, error) {
	file, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the file of places %s: %w", path, err)
	}
	a := &Atlas{file}
	if !a.knowsPlaces() {
		return nil, errors.Join(fmt.Errorf("the file %s holds %s and no places: take one of cities or countries", path, file.Metadata.DatabaseType), a.Close())
	}
	return a, nil
}

// knowsPlaces tells files of cities and countries from those about networks.
func (a *Atlas) knowsPlaces() bool {
	for _, kind := range []string{"City", "Country", "Enterprise"} {
		if strings.Contains(a.file.Metadata.DatabaseType, kind) {
			return true
		}
	}
	return false
}

// Close gives the file back.
func (a *Atlas) Close() error {
	if a == nil {
		return nil
	}
	return a.file.Close()
}

// About says what the file is and when it was made: "GeoLite2-City of
// 2026-11-20".
func (a *Atlas) About() string {
	m := a.file.Metadata
	return m.DatabaseType + " of " + m.BuildTime().UTC().Format(time.DateOnly)
}

// Near says about where an address is, in the language of the context: "near
// Berlin, Germany". It is empty where the file does not know.
func (a *Atlas) Near(ctx context.Context, address string) string {
	ip, err := netip.ParseAddr(address)
	if a == nil || err != nil {
		return ""
	}
	var found struct {
		City    named `maxminddb:"city"`
		Country named `maxminddb:"country"`
	}
	if err := a.file.Lookup(ip.Unmap()).Decode(&found); err != nil {
		return ""
	}
	tag := i18n.Lang(ctx).Tag
	city, country := found.City.in(tag), found.Country.in(tag)
	switch {
	case country == "":
		return ""
	case city == "":
		return i18n.T(ctx, "geo.in_country", "Country", country)
	}
	return i18n.T(ctx, "geo.near_city", "City", city, "Country", country)
}

// named is something with a name in several languages.
type named struct {
	Names map[string]string `maxminddb:"names"`
}

func (n named) in(tag string) string {
	if name := n.Names[tag]; name != "" {
		return name
	}
	return n.Names["en"]
}
