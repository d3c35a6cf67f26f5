package archtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Rings, from the inside. A package imports its own ring and those within.
const (
	platform = iota
	kernel
	feature
	root     // app and what only composes it
	commands // cli, cmd
)

var wings = []string{"who", "access", "team", "reach", "connect", "privacy", "help"}

// ring returns where a package stands. Outside of the rings are assets, which
// hold files alone, and tools.
func ring(pkg string) (n int, counted bool) {
	rest, inside := strings.CutPrefix(pkg, "internal/")
	head, _, _ := strings.Cut(rest, "/")
	switch {
	case strings.HasPrefix(pkg, "cmd/"), inside && head == "cli":
		return commands, true
	case !inside:
		return 0, false
	case head == "platform", head == "config":
		return platform, true
	case head == "kernel":
		return kernel, true
	case slices.Contains(wings, head):
		return feature, true
	}
	return root, true
}

// room is the feature that a package is part of: a wing and its first folder.
func room(pkg string) string {
	parts := strings.SplitN(pkg, "/", 4)
	if len(parts) < 3 {
		return pkg
	}
	return strings.Join(parts[:3], "/")
}

func TestImportsPointInward(t *testing.T) {
	for _, f := range sources(t) {
		from, counted := ring(f.dir())
		if f.test() || !counted {
			continue
		}
		for _, name := range f.imports() {
			pkg, ours := strings.CutPrefix(name, module)
			to, counted := ring(pkg)
			switch {
			case !ours || !counted:
			case to > from:
				t.Errorf("%s imports %s, which is further out", f.name, pkg)
			case to == feature && from == feature && room(pkg) != room(f.dir()):
				t.Errorf("%s imports %s: a feature never imports a feature", f.name, pkg)
			}
		}
	}
}

func TestAWingHoldsRoomsAndNoCode(t *testing.T) {
	for _, f := range sources(t) {
		if dir, inside := strings.CutPrefix(f.dir(), "internal/"); inside && slices.Contains(wings, dir) {
			t.Errorf("%s is code of a wing", f.name)
		}
	}
}

func TestNoPackageIsADrawerForAnything(t *testing.T) {
	for _, f := range sources(t) {
		switch strings.TrimSuffix(f.Name.Name, "_test") {
		case "common", "util", "utils", "helpers", "models", "types", "handlers", "services", "misc", "shared":
			t.Errorf("%s is of package %s", f.name, f.Name.Name)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, f := range sources(t) {
		if f.test() || strings.HasPrefix(f.name, "tools/") {
			continue
		}
		said[f.dir()] = said[f.dir()] || f.Doc != nil && len(f.Doc.Text()) > 20
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// only lists what may be used in few places, and where.
var only = map[string][]string{
	"time.Now": {"internal/platform/clock"}, "time.Since": {"internal/platform/clock"}, "time.Until": {"internal/platform/clock"},

	"net/http.Handle": {}, "net/http.HandleFunc": {}, "net/http.DefaultServeMux": {}, "net/http.NewServeMux": {"internal/platform/edge"},

	"net/http.Get": {}, "net/http.Post": {}, "net/http.PostForm": {}, "net/http.Head": {}, "net/http.DefaultClient": {}, "net/http.DefaultTransport": {},

	// Who calls out goes through httpout, or to what the operator configured.
	"net.Dial": {}, "net.DialTimeout": {}, "net/http.Client": {"internal/platform/httpout", "internal/platform/sms", "internal/platform/stripe", "internal/platform/control", "internal/cli", "internal/app/apptest"},

	// Text that goes into a page as it stands: the guide's own, and the gallery's.
	"github.com/a-h/templ.Raw": {"internal/help/guide", "internal/platform/web/ui"},

	"os.Exit": {"cmd/nameplate", "internal/cli"}, "log.Fatal": {}, "log.Fatalf": {},
}

func TestSomeThingsAreDoneInOnePlaceAlone(t *testing.T) {
	for _, f := range sources(t) {
		if f.test() || !strings.HasPrefix(f.name, "internal/") && !strings.HasPrefix(f.name, "cmd/") || program(f) {
			continue
		}
		f.selectors(func(pkg, name string) {
			places, watched := only[pkg+"."+name]
			if watched && !slices.Contains(places, f.dir()) {
				t.Errorf("%s uses %s.%s", f.name, pkg, name)
			}
		})
	}
}

// program reports whether a file is a generator and no part of the product.
func program(f file) bool {
	return f.Name.Name == "main" && !strings.HasPrefix(f.name, "cmd/")
}

func TestChanceComesFromTheSystem(t *testing.T) {
	for _, f := range sources(t) {
		for _, name := range f.imports() {
			if name == "math/rand" || name == "math/rand/v2" {
				t.Errorf("%s imports %s", f.name, name)
			}
		}
	}
}

func TestCertificatesAreCheckedButWhereMailIsOffered(t *testing.T) {
	for _, f := range sources(t) {
		if f.dir() == "internal/platform/mail" || f.dir() == "internal/archtest" {
			continue
		}
		if strings.Contains(text(f), "InsecureSkipVerify") {
			t.Errorf("%s does not check certificates", f.name)
		}
	}
}

func TestTestsNeitherSkipNorSleep(t *testing.T) {
	for _, f := range sources(t) {
		if !f.test() {
			continue
		}
		f.selectors(func(pkg, name string) {
			if pkg == "time" && name == "Sleep" {
				t.Errorf("%s sleeps", f.name)
			}
		})
		if f.dir() != "internal/archtest" && slices.ContainsFunc([]string{"t.Skip", "t.SkipNow", "t.Skipf"}, func(s string) bool { return strings.Contains(text(f), s) }) {
			t.Errorf("%s skips", f.name)
		}
	}
}

// text is every name that a file uses, one a line.
func text(f file) string {
	var b strings.Builder
	f.names(func(name string) { fmt.Fprintln(&b, name) })
	return b.String()
}
