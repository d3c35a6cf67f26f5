package archtest_test

import "go/ast"

// names calls visit for each identifier of a file, and for each pair x.Name.
func (f file) names(visit func(string)) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			visit(n.Name)
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				visit(x.Name + "." + n.Sel.Name)
			}
		}
		return true
	})
}
