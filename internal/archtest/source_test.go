package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "nameplate/"

// file is one source file.
type file struct {
	name string // path from the root, with slashes
	*ast.File
}

func (f file) dir() string     { return path.Dir(f.name) }
func (f file) test() bool      { return strings.HasSuffix(f.name, "_test.go") }
func (f file) generated() bool { return strings.HasSuffix(f.name, "_templ.go") }

// imports are the packages of our own and of others that a file uses.
func (f file) imports() []string {
	var all []string
	for _, i := range f.Imports {
		name, _ := strconv.Unquote(i.Path.Value)
		all = append(all, name)
	}
	return all
}

// selectors calls visit for each pkg.Name of a file, with the import path.
func (f file) selectors(visit func(pkg, name string)) {
	names := map[string]string{}
	for _, i := range f.Imports {
		full, _ := strconv.Unquote(i.Path.Value)
		short := path.Base(full)
		if i.Name != nil {
			short = i.Name.Name
		}
		names[short] = full
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil && names[x.Name] != "" {
				visit(names[x.Name], s.Sel.Name)
			}
		}
		return true
	})
}

var parsed = sync.OnceValues(func() ([]file, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	var all []file
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, name)
		all = append(all, file{filepath.ToSlash(short), tree})
		return err
	})
	return all, err
})

func sources(t *testing.T) []file {
	t.Helper()
	all, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}
