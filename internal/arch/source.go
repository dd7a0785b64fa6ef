package arch

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Source is a package as it is written.
type Source struct {
	ImportPath string
	Name       string
	Fset       *token.FileSet
	Files      []*ast.File // without tests
	Tests      []*ast.File
	// Doc is what go doc shows, examples of the tests included.
	Doc *doc.Package
}

// Read parses a package that the go command listed.
func Read(p *Package) (*Source, error) {
	texts := map[string][]byte{}
	for _, names := range [][]string{p.GoFiles, p.CgoFiles, p.TestGoFiles, p.XTestGoFiles} {
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(p.Dir, name)) //nolint:gosec // the go command named it
			if err != nil {
				return nil, fmt.Errorf("arch: reading package %s: %w", p.ImportPath, err)
			}
			texts[name] = text
		}
	}
	return Parse(p.ImportPath, texts)
}

// Parse parses a package from its texts by file name.
func Parse(importPath string, texts map[string][]byte) (*Source, error) {
	s := &Source{ImportPath: importPath, Fset: token.NewFileSet()}
	var all []*ast.File
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f, err := parser.ParseFile(s.Fset, name, texts[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("arch: parsing package %s: %w", importPath, err)
		}
		all = append(all, f)
		if strings.HasSuffix(name, "_test.go") {
			s.Tests = append(s.Tests, f)
		} else {
			s.Files = append(s.Files, f)
			s.Name = f.Name.Name
		}
	}
	d, err := doc.NewFromFiles(s.Fset, all, importPath, doc.PreserveAST)
	if err != nil {
		return nil, fmt.Errorf("arch: reading the documentation of %s: %w", importPath, err)
	}
	s.Doc = d
	return s, nil
}

// at returns "folder/file:line" of a place in the package.
func (s *Source) at(pos token.Pos) string {
	p := s.Fset.Position(pos)
	return fmt.Sprintf("%s/%s:%d", Room(s.ImportPath), p.Filename, p.Line)
}

// funcs returns all functions and methods that go doc shows.
func (s *Source) funcs() []*doc.Func {
	all := slices.Clone(s.Doc.Funcs)
	for _, t := range s.Doc.Types {
		all = append(all, t.Funcs...)
		all = append(all, t.Methods...)
	}
	return all
}

// values returns all declarations of constants and variables that go doc shows.
func (s *Source) values() []*doc.Value {
	all := slices.Concat(s.Doc.Consts, s.Doc.Vars)
	for _, t := range s.Doc.Types {
		all = append(all, t.Consts...)
		all = append(all, t.Vars...)
	}
	return all
}
