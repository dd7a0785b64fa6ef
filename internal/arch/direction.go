package arch

import (
	"fmt"
	"slices"
	"strings"
)

// directions says what of ours the packages of a folder may import besides the
// folder itself: "x" is that package, "x/..." also all below it, "public" what
// users can import. The longest folder that holds a package decides.
//
// A package in a folder below may import the package of that folder, never the
// other way round; only packages made for tests may import their neighbours.
// So arrows run downwards alone.
var directions = map[string][]string{ //nolint:gochecknoglobals // a constant table
	".":                    {"incident", "notify", "compensate", "policy", "policy/candor", "internal/..."},
	"incident":             {"internal/..."},
	"incident/sqlitefile":  {"public", "internal/..."},
	"incident/riverengine": {"public", "internal/..."},
	"notify":               {"internal/..."},
	"compensate":           {"internal/..."},
	"policy":               {"incident", "compensate", "internal/..."},
	"policy/candor":        {"internal/..."},
	"internal":             {"internal/..."},
	"internal/integration": {"public", "internal/..."},
	"internal/peerbench":   {"public", "internal/..."},
	"examples":             {"public", "examples/..."},
}

// Directions finds imports against the arrows. What tests of a package import
// is not asked: they may look across.
func Directions(pkgs []Package) []string {
	var found []string
	for _, p := range pkgs {
		if !Ours(p.ImportPath) {
			continue
		}
		from := Room(p.ImportPath)
		folder := folderOf(from)
		if folder == "" {
			found = append(found, from+": lies in no folder that has a direction")
			continue
		}
		for _, imp := range p.Imports {
			if to := Room(imp); Ours(imp) && !mayImport(from, folder, to) {
				found = append(found, fmt.Sprintf("%s imports %s: besides its own folder it may import %s",
					from, to, strings.Join(directions[folder], ", ")))
			}
		}
	}
	return found
}

// folderOf returns the folder of the table that decides for a room, "" if none does.
func folderOf(room string) string {
	best := ""
	for folder := range directions {
		if within(room, folder) && len(folder) > len(best) {
			best = folder
		}
	}
	return best
}

func mayImport(from, folder, to string) bool {
	if from != folder && (to == folder || ForTests(from) && within(to, folder)) {
		return true
	}
	return slices.ContainsFunc(directions[folder], func(may string) bool {
		below, all := strings.CutSuffix(may, "/...")
		switch {
		case may == "public":
			return !within(to, "internal") && !within(to, "examples")
		case all:
			return within(to, below)
		default:
			return to == may
		}
	})
}
