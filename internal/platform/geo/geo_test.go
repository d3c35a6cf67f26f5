package geo_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nameplate/internal/platform/geo"
	"nameplate/internal/platform/geo/geotest"
	"nameplate/internal/platform/i18n"
)

func write(t *testing.T, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, spots ...geotest.Spot) *geo.Atlas {
	t.Helper()
	a, err := geo.Open(write(t, geotest.File("Test-City", 1_795_000_000, spots...)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestAnAddressIsNearACityOrInACountryInTheLanguageOfThePerson(t *testing.T) {
	a := open(t, geotest.Berlin, geotest.Norway)
	for _, c := range []struct{ tag, address, want string }{
		{"en", "203.0.113.7", "near Berlin, Germany"},
		{"de", "203.0.113.7", "bei Berlin, Deutschland"},
		{"en", "::ffff:203.0.113.7", "near Berlin, Germany"},
		{"en", "2001:db8:47::1", "in Norway"},
		{"de", "2001:db8:47::1", "in Norway"}, // the file has no German name of it
		{"en", "198.51.100.1", ""},
		{"en", "127.0.0.1", ""},
		{"en", "not an address", ""},
		{"en", "", ""},
	} {
		if got := a.Near(i18n.With(context.Background(), c.tag), c.address); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.address, c.tag, got, c.want)
		}
	}
}

func TestWithoutAFileNoPlaceIsKnown(t *testing.T) {
	var none *geo.Atlas
	if got := none.Near(context.Background(), "203.0.113.7"); got != "" {
		t.Errorf("%q", got)
	}
	if err := none.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheFileTellsWhatItIs(t *testing.T) {
	if got := open(t, geotest.Berlin).About(); got != "Test-City of 2026-11-18" {
		t.Errorf("%q", got)
	}
}

func TestAFileThatIsNoneOrKnowsNoPlacesIsRefusedByName(t *testing.T) {
	whole := geotest.File("Test-City", 1, geotest.Berlin)
	for name, content := range map[string][]byte{
		"empty": {}, "text": []byte("places"), "cut off": whole[:len(whole)-60], "of networks": geotest.File("Test-ASN", 1, geotest.Berlin),
	} {
		path := write(t, content)
		if _, err := geo.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := geo.Open(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("opened a file that is not there")
	}
}
