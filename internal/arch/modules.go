package arch

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// ModulePath is the path of the root module.
const ModulePath = "github.com/amends-dev/amends"

// GoVersion is what the go directive of every module says.
const GoVersion = "1.26.0"

// Modules checks every go.mod and go.work of the tree: the same Go everywhere
// and no toolchain line, so that a host's own choice stands; a module path that
// matches the folder; replaces that stay inside of the repository.
func Modules(tree fs.FS) ([]string, error) {
	return eachFile(tree, func(name string, text []byte) []string {
		switch path.Base(name) {
		case "go.mod":
			return goMod(name, text)
		case "go.work":
			return goWork(name, text)
		}
		return nil
	})
}

func goMod(name string, text []byte) []string {
	var found []string
	want := path.Join(ModulePath, path.Dir(name))
	saidGo := false
	for _, f := range directives(text) {
		switch {
		case f[0] == "module" && len(f) > 1 && f[1] != want:
			found = append(found, fmt.Sprintf("%s: module %s lies in the folder of %s", name, f[1], want))
		case f[0] == "go" && len(f) > 1:
			saidGo = true
			found = append(found, goDirective(name, f[1])...)
		case f[0] == "toolchain":
			found = append(found, name+": has a toolchain line: leave the choice to the host")
		case f[0] == "replace":
			if to := f[len(f)-1]; !strings.HasPrefix(to, "../") && to != ".." {
				found = append(found, fmt.Sprintf("%s: replaces by %q: only relative paths inside of the repository", name, to))
			}
		}
	}
	if !saidGo {
		found = append(found, name+": has no go directive")
	}
	return found
}

func goWork(name string, text []byte) []string {
	var found []string
	for _, f := range directives(text) {
		switch {
		case f[0] == "go" && len(f) > 1:
			found = append(found, goDirective(name, f[1])...)
		case f[0] == "toolchain":
			found = append(found, name+": has a toolchain line")
		}
	}
	return found
}

func goDirective(name, version string) []string {
	if version == GoVersion {
		return nil
	}
	return []string{fmt.Sprintf("%s: go %s, the other modules say %s", name, version, GoVersion)}
}

// directives returns the words of each line of a go.mod or go.work, with the
// verb of a block before each of its lines and without comments.
func directives(text []byte) [][]string {
	var out [][]string
	block := ""
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == ")":
			block = ""
		case len(words) == 2 && words[1] == "(":
			block = words[0]
		case block != "":
			out = append(out, append([]string{block}, words...))
		default:
			out = append(out, words)
		}
	}
	return out
}
