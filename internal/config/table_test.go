package config

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the guide's table of settings anew")

const (
	guide   = "../../docs/guide/settings.md"
	heading = "## Every setting\n"
)

func TestTheGuideHasEverySetting(t *testing.T) {
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), heading)
	_, after, next := strings.Cut(rest, "\n## ")
	if !found || !next {
		t.Fatalf("%s has no place for the table", guide)
	}
	want := before + heading + "\n" + Table() + "\n## " + after
	if string(page) == want {
		return
	}
	if !*update {
		t.Fatalf("the table of %s is old: run go test ./internal/config -update", guide)
	}
	if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
