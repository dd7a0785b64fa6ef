package arch

import (
	"fmt"
	"slices"
	"strings"
)

// TestCode finds packages that a host may link and that carry code for tests:
// the testing package or testify. Only packages whose name ends in "test" may.
func TestCode(pkgs []Package) []string {
	var found []string
	for _, p := range pkgs {
		if !Public(p.ImportPath) || ForTests(p.ImportPath) {
			continue
		}
		for _, dep := range p.Deps {
			switch {
			case dep == "testing", strings.HasPrefix(dep, "testing/"), strings.HasPrefix(dep, "github.com/stretchr/testify"):
				found = append(found, fmt.Sprintf("%s links %s: code for tests belongs into a package whose name ends in test", Room(p.ImportPath), dep))
			case Ours(dep) && ForTests(dep):
				found = append(found, fmt.Sprintf("%s links %s, which is made for tests", Room(p.ImportPath), Room(dep)))
			}
		}
	}
	return found
}

// Links says for each public package that links modules of others which ones:
// a line a package, in order. Packages that link the standard library alone have no line.
func Links(pkgs []Package) []string {
	module := map[string]string{}
	for _, p := range pkgs {
		if p.Module != nil {
			module[p.ImportPath] = p.Module.Path
		}
	}
	var lines []string
	for _, p := range pkgs {
		if !Public(p.ImportPath) {
			continue
		}
		var mods []string
		for _, dep := range p.Deps {
			if m := module[dep]; m != "" && !Ours(m) {
				mods = append(mods, m)
			}
		}
		slices.Sort(mods)
		if mods = slices.Compact(mods); len(mods) > 0 {
			lines = append(lines, Room(p.ImportPath)+": "+strings.Join(mods, " "))
		}
	}
	slices.Sort(lines)
	return lines
}
