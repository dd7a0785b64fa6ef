package arch

import (
	"fmt"
	"go/ast"
	"go/doc"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Constructors finds constructors that no runnable example shows. A constructor
// is an exported function New or NewX that returns a type of its own package; an
// example shows it by calling it, and runs because its output is written down.
func Constructors(s *Source) []string {
	shown := map[string]bool{}
	for _, e := range doc.Examples(s.Tests...) {
		if e.Output == "" && !e.EmptyOutput {
			continue
		}
		ast.Inspect(e.Code, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == s.Name {
					shown[sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	var found []string
	for _, t := range s.Doc.Types {
		for _, f := range t.Funcs { // go doc lists functions under the type that they return
			if isConstructor(f.Name) && !shown[f.Name] {
				found = append(found, fmt.Sprintf("%s: constructor %s.%s has no example that runs: write one that calls it and has an // Output: comment",
					s.at(f.Decl.Pos()), s.Name, f.Name))
			}
		}
	}
	return found
}

func isConstructor(name string) bool {
	rest, ok := strings.CutPrefix(name, "New")
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || unicode.IsUpper(first))
}
