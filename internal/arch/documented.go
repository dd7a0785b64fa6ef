package arch

import (
	"fmt"
	"go/ast"
	"go/doc"
	"regexp"
	"strings"
)

// MaxMethods is the most methods that an exported interface may have: hosts implement them.
const MaxMethods = 5

// minPackageLines is the least length of a public package's comment.
const minPackageLines = 15

// Documented finds exported symbols without a comment: types, functions,
// methods, constants and variables (one comment may explain a group), and the
// methods of interfaces (the comment of the interface may explain them by name).
// It also finds interfaces of more than [MaxMethods] methods.
func Documented(s *Source) []string {
	var found []string
	for _, t := range s.Doc.Types {
		if t.Doc == "" {
			found = append(found, fmt.Sprintf("%s: type %s has no comment", s.at(t.Decl.Pos()), t.Name))
		}
		found = append(found, interfaceDocumented(s, t)...)
	}
	for _, f := range s.funcs() {
		if f.Doc == "" {
			found = append(found, fmt.Sprintf("%s: func %s has no comment", s.at(f.Decl.Pos()), strings.TrimPrefix(f.Recv+"."+f.Name, ".")))
		}
	}
	for _, v := range s.values() {
		if v.Doc == "" {
			found = append(found, valuesDocumented(s, v)...)
		}
	}
	return found
}

func valuesDocumented(s *Source, v *doc.Value) []string {
	var found []string
	for _, spec := range v.Decl.Specs {
		vs, ok := spec.(*ast.ValueSpec)
		if !ok || vs.Doc != nil || vs.Comment != nil {
			continue
		}
		for _, name := range vs.Names {
			if name.IsExported() {
				found = append(found, fmt.Sprintf("%s: %s %s has no comment", s.at(name.Pos()), v.Decl.Tok, name.Name))
			}
		}
	}
	return found
}

func interfaceDocumented(s *Source, t *doc.Type) []string {
	var found []string
	for _, spec := range t.Decl.Specs {
		ts, ok := spec.(*ast.TypeSpec)
		if !ok || ts.Name.Name != t.Name {
			continue
		}
		it, ok := ts.Type.(*ast.InterfaceType)
		if !ok {
			continue
		}
		methods := 0
		for _, m := range it.Methods.List {
			for _, name := range m.Names {
				methods++
				word := regexp.MustCompile(`\b` + regexp.QuoteMeta(name.Name) + `\b`)
				if name.IsExported() && m.Doc == nil && m.Comment == nil && !word.MatchString(t.Doc) {
					found = append(found, fmt.Sprintf("%s: method %s of %s is not explained", s.at(name.Pos()), name.Name, t.Name))
				}
			}
		}
		if methods > MaxMethods {
			found = append(found, fmt.Sprintf("%s: interface %s has %d methods, more than %d: offer the rest as optional interfaces",
				s.at(ts.Pos()), t.Name, methods, MaxMethods))
		}
	}
	return found
}

// PackageComment checks the comment of a package. Every package has one. A
// public one tells what it is for in at least 15 lines, in a file doc.go, and
// ends with what may change and what will not, under the heading Compatibility.
func PackageComment(s *Source) []string {
	if s.Doc.Doc == "" {
		return []string{Room(s.ImportPath) + ": the package has no comment"}
	}
	if !Public(s.ImportPath) {
		return nil
	}
	var found []string
	for _, f := range s.Files {
		if name := s.Fset.Position(f.Pos()).Filename; f.Doc != nil && name != "doc.go" {
			found = append(found, fmt.Sprintf("%s/%s: the comment of the package belongs into doc.go", Room(s.ImportPath), name))
		}
	}
	if n := strings.Count(s.Doc.Doc, "\n"); n < minPackageLines {
		found = append(found, fmt.Sprintf("%s: the package comment has %d lines, fewer than %d", Room(s.ImportPath), n, minPackageLines))
	}
	if i := strings.LastIndex(s.Doc.Doc, "\n# "); i < 0 || !strings.HasPrefix(s.Doc.Doc[i:], "\n# Compatibility\n") {
		found = append(found, Room(s.ImportPath)+`: the package comment does not end with a section "# Compatibility"`)
	}
	return found
}
