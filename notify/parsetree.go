package notify

import (
	"maps"
	"slices"
	texttemplate "text/template"
	"text/template/parse"
)

// undefined names the templates that t calls and does not define.
func undefined(t *texttemplate.Template) []string {
	missing := map[string]bool{}
	for _, each := range t.Templates() {
		if each.Tree == nil {
			continue
		}
		calls(each.Root, func(name string) {
			if t.Lookup(name) == nil {
				missing[name] = true
			}
		})
	}
	return slices.Sorted(maps.Keys(missing))
}

// calls visits the name of every template that is called below n.
func calls(n parse.Node, visit func(string)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			calls(child, visit)
		}
	case *parse.TemplateNode:
		visit(n.Name)
	case *parse.IfNode:
		branch(&n.BranchNode, visit)
	case *parse.RangeNode:
		branch(&n.BranchNode, visit)
	case *parse.WithNode:
		branch(&n.BranchNode, visit)
	}
}

func branch(n *parse.BranchNode, visit func(string)) {
	calls(n.List, visit)
	calls(n.ElseList, visit)
}
