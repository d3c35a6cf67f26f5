package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".."

// papers are the Markdown files that people read in the repository.
func papers(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			text, err := os.ReadFile(path)
			all[path] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code      = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	elsewhere = regexp.MustCompile(`^[a-z]+:|^#|^/`)
)

func TestLinksInThePapersLeadToFiles(t *testing.T) {
	all := papers(t)
	if all["../README.md"] == "" {
		t.Fatal("there is no README")
	}
	for path, text := range all {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			if elsewhere.MatchString(m[1]) {
				continue
			}
			file, _, _ := strings.Cut(m[1], "#")
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), file)); err != nil {
				t.Errorf("%s: %s leads nowhere", path, m[1])
			}
		}
	}
}

func TestEveryDirectDependencySaysWhatItReplaces(t *testing.T) {
	table, err := os.ReadFile("decisions/0001-dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"../go.mod", "../tools/go.mod"} {
		for _, module := range direct(t, file) {
			if !strings.Contains(string(table), "| `"+module+"` |") {
				t.Errorf("%s: %s has no line in the table", file, module)
			}
		}
	}
}

var require = regexp.MustCompile(`^(?:require )?\s*([a-z0-9.]+\.[a-z]+/\S+) v\S+$`)

// direct are the modules that a go.mod requires without the mark of those that
// only others need.
func direct(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if m := require.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && !strings.HasPrefix(line, "exclude") {
			all = append(all, m[1])
		}
	}
	if len(all) == 0 {
		t.Fatalf("nothing is required by %s", file)
	}
	return all
}
