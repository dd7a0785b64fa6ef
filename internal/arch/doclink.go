package arch

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Symbols looks up what go doc knows of a package: "Type", "Func", "Type.Method",
// "Type.Field". The second result is false if there is no such package.
type Symbols func(importPath string) (map[string]bool, bool)

// DocLinks finds links in the comments of a package, such as [Source] or
// [ast.File], that lead nowhere. Like go doc it takes a package's name
// from the imports of its files, otherwise from the standard library; packages
// that are not imported need their full path.
func DocLinks(s *Source, lookup Symbols) []string {
	imported := imports(s)
	var found []string
	for _, c := range docComments(s) {
		for _, l := range linksIn(c.Text()) {
			if problem := resolve(s, l, imported, lookup); problem != "" {
				found = append(found, s.at(c.Pos())+": "+problem)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func resolve(s *Source, l *comment.DocLink, imported map[string]string, lookup Symbols) string {
	target := s.ImportPath
	if l.ImportPath != "" {
		target = l.ImportPath
		if full, ok := imported[l.ImportPath]; ok {
			target = full
		} else if full, ok := comment.DefaultLookupPackage(l.ImportPath); ok {
			target = full
		}
	}
	name := strings.TrimPrefix(l.Recv+"."+l.Name, ".")
	symbols, ok := lookup(target)
	switch {
	case !ok && name == "" && !strings.Contains(target, "."):
		return "" // a word in brackets, not a link
	case !ok:
		return fmt.Sprintf("link [%s] names a package that is neither imported here nor written with its full path", strings.TrimSuffix(l.ImportPath+"."+name, "."))
	case name != "" && !symbols[name]:
		return fmt.Sprintf("link to %s of %s: there is none", name, target)
	}
	return ""
}

// linksIn returns everything in a comment that looks like a link to Go code.
func linksIn(text string) []*comment.DocLink {
	p := comment.Parser{
		LookupPackage: func(name string) (string, bool) { return name, true },
		LookupSym:     func(string, string) bool { return true },
	}
	var links []*comment.DocLink
	inText := func(ts []comment.Text) {
		for _, t := range ts {
			if l, ok := t.(*comment.DocLink); ok {
				links = append(links, l)
			}
		}
	}
	var inBlocks func(bs []comment.Block)
	inBlocks = func(bs []comment.Block) {
		for _, b := range bs {
			switch b := b.(type) {
			case *comment.Paragraph:
				inText(b.Text)
			case *comment.Heading:
				inText(b.Text)
			case *comment.List:
				for _, item := range b.Items {
					inBlocks(item.Content)
				}
			}
		}
	}
	inBlocks(p.Parse(text).Content)
	return links
}

// docComments returns the comments of a package, its declarations and their fields.
func docComments(s *Source) []*ast.CommentGroup {
	var all []*ast.CommentGroup
	for _, f := range s.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			var c []*ast.CommentGroup
			switch n := n.(type) {
			case *ast.File:
				c = append(c, n.Doc)
			case *ast.GenDecl:
				c = append(c, n.Doc)
			case *ast.FuncDecl:
				c = append(c, n.Doc)
			case *ast.TypeSpec:
				c = append(c, n.Doc, n.Comment)
			case *ast.ValueSpec:
				c = append(c, n.Doc, n.Comment)
			case *ast.Field:
				c = append(c, n.Doc, n.Comment)
			case *ast.BlockStmt:
				return false
			}
			for _, g := range c {
				if g != nil {
					all = append(all, g)
				}
			}
			return true
		})
	}
	return all
}

// imports returns the import paths of the files of a package by the name they have there.
func imports(s *Source) map[string]string {
	paths := map[string]string{s.Name: s.ImportPath}
	for _, f := range s.Files {
		for _, i := range f.Imports {
			full, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				continue // the parser has accepted it, so this cannot be
			}
			name := path.Base(full)
			if i.Name != nil {
				name = i.Name.Name
			}
			paths[name] = full
		}
	}
	return paths
}

// SymbolsOf returns the names that a link to a package may use.
func SymbolsOf(s *Source) map[string]bool {
	names := map[string]bool{}
	for _, v := range s.values() {
		for _, name := range v.Names {
			names[name] = true
		}
	}
	for _, f := range s.funcs() {
		names[strings.TrimPrefix(strings.TrimPrefix(f.Recv, "*")+"."+f.Name, ".")] = true
	}
	for _, t := range s.Doc.Types {
		names[t.Name] = true
		for _, spec := range t.Decl.Specs {
			if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.Name == t.Name {
				for _, member := range members(ts.Type) {
					names[t.Name+"."+member] = true
				}
			}
		}
	}
	return names
}

// members returns the fields of a struct type or the methods of an interface type.
func members(t ast.Expr) []string {
	var list *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return nil
	}
	var names []string
	for _, f := range list.List {
		for _, name := range f.Names {
			names = append(names, name.Name)
		}
	}
	return names
}
