package archtest_test

import (
	"context"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nameplate/internal/platform/i18n"
)

// TestEveryActionOfTheJournalHasWords reads the actions out of the source:
// what stands behind Action in a journal.Act, where that is a variable what it
// is set to, and where it is a parameter what callers give.
func TestEveryActionOfTheJournalHasWords(t *testing.T) {
	var found []string
	for _, p := range packages(t) {
		found = append(found, p.actions(t)...)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) < 20 {
		t.Errorf("only %d actions were found: %v", len(found), found)
	}
	for _, action := range found {
		for _, lang := range i18n.Languages() {
			key := "audit.did." + action
			if i18n.T(i18n.With(context.Background(), lang.Tag), key) == key {
				t.Errorf("%s: no words for %q in the catalogue, at %q", lang.Tag, action, key)
			}
		}
	}
}

// folder is the files of a package, without tests and what is generated.
type folder []file

func packages(t *testing.T) map[string]folder {
	t.Helper()
	all := map[string]folder{}
	for _, f := range sources(t) {
		if !f.test() && !f.generated() && slices.Contains(f.imports(), module+"internal/kernel/journal") {
			all[f.dir()] = nil
		}
	}
	for _, f := range sources(t) {
		if _, recording := all[f.dir()]; recording && !f.test() && !f.generated() {
			all[f.dir()] = append(all[f.dir()], f)
		}
	}
	return all
}

// functions calls visit for each function of the package.
func (p folder) functions(visit func(*ast.FuncDecl)) {
	for _, f := range p {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				visit(fn)
			}
		}
	}
}

// actions are those that the package records.
func (p folder) actions(t *testing.T) (all []string) {
	p.functions(func(fn *ast.FuncDecl) {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || !isAct(lit.Type) {
				return true
			}
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Action" {
					all = append(all, p.values(t, fn, kv.Value)...)
				}
			}
			return true
		})
	})
	return all
}

func isAct(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "journal" && s.Sel.Name == "Act"
}

// values are the texts that an expression in a function may be.
func (p folder) values(t *testing.T, fn *ast.FuncDecl, e ast.Expr) (all []string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return []string{text}
	case *ast.CallExpr: // a conversion
		if len(e.Args) == 1 {
			return p.values(t, fn, e.Args[0])
		}
	case *ast.Ident:
		if text, ok := p.constant(e.Name); ok {
			return []string{text}
		}
		if set := p.assigned(t, fn, e.Name); len(set) > 0 {
			return set
		}
		if i := place(fn, e.Name); i >= 0 {
			return p.given(t, fn.Name.Name, i)
		}
	}
	t.Errorf("%s: what %s records can't be read from the source", p[0].dir(), fn.Name.Name)
	return nil
}

// assigned is what a function sets a variable to.
func (p folder) assigned(t *testing.T, fn *ast.FuncDecl, name string) (all []string) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, left := range set.Lhs {
			if x, ok := left.(*ast.Ident); ok && x.Name == name && len(set.Lhs) == len(set.Rhs) {
				all = append(all, p.values(t, fn, set.Rhs[i])...)
			}
		}
		return true
	})
	return all
}

// given is what callers give as the parameter i of a function.
func (p folder) given(t *testing.T, name string, i int) (all []string) {
	p.functions(func(caller *ast.FuncDecl) {
		if caller.Name.Name == name {
			return // one of the same name that passes on what it was given
		}
		ast.Inspect(caller.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && called(call) == name && i < len(call.Args) {
				all = append(all, p.values(t, caller, call.Args[i])...)
			}
			return true
		})
	})
	if len(all) == 0 {
		t.Errorf("%s: nobody is seen to call %s, which records", p[0].dir(), name)
	}
	return all
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// place is that of a parameter among all of its function, or -1.
func place(fn *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range fn.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// constant is the text of a constant of the package.
func (p folder) constant(name string) (string, bool) {
	for _, f := range p {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, n := range v.Names {
					if n.Name == name && i < len(v.Values) {
						if lit, ok := v.Values[i].(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, `"`) {
							text, err := strconv.Unquote(lit.Value)
							return text, err == nil
						}
					}
				}
			}
		}
	}
	return "", false
}
