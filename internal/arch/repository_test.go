package arch_test

import (
	"context"
	"flag"
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/arch"
)

var update = flag.Bool("update", false, "write testdata/links.golden anew")

const root = "../.."

// outside of the workspace stand modules that would move the versions of our own dependencies.
var outside = map[string]bool{"internal/tools": true, "internal/peerbench": true}

// packages lists every module of the repository once, and everything that they link.
var packages = sync.OnceValues(func() ([]arch.Package, error) {
	files, err := arch.Files(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	var all []arch.Package
	seen := map[string]bool{}
	for _, name := range files {
		if path.Base(name) != "go.mod" || outside[path.Dir(name)] {
			continue
		}
		pkgs, err := arch.List(context.Background(), filepath.Join(root, path.Dir(name)))
		if err != nil {
			return nil, err
		}
		for _, p := range pkgs {
			if !seen[p.ImportPath] {
				seen[p.ImportPath] = true
				all = append(all, p)
			}
		}
	}
	return all, nil
})

func listed(t *testing.T) []arch.Package {
	t.Helper()
	pkgs, err := packages()
	require.NoError(t, err)
	return pkgs
}

// sources parses the packages of ours, and reads others when a link names them.
type sources struct {
	t      *testing.T
	listed map[string]*arch.Package
	parsed map[string]*arch.Source
}

func readSources(t *testing.T) *sources {
	s := &sources{t: t, listed: map[string]*arch.Package{}, parsed: map[string]*arch.Source{}}
	pkgs := listed(t)
	for i := range pkgs {
		s.listed[pkgs[i].ImportPath] = &pkgs[i]
	}
	return s
}

func (s *sources) ours() []*arch.Source {
	var all []*arch.Source
	pkgs := listed(s.t)
	for i := range pkgs {
		if arch.Ours(pkgs[i].ImportPath) {
			all = append(all, s.read(&pkgs[i]))
		}
	}
	require.NotEmpty(s.t, all)
	return all
}

func (s *sources) read(p *arch.Package) *arch.Source {
	if src, ok := s.parsed[p.ImportPath]; ok {
		return src
	}
	src, err := arch.Read(p)
	require.NoError(s.t, err)
	s.parsed[p.ImportPath] = src
	return src
}

// symbols is an arch.Symbols over the repository, what it links and the standard library.
func (s *sources) symbols(importPath string) (map[string]bool, bool) {
	p, ok := s.listed[importPath]
	if !ok {
		std, err := build.Import(importPath, "", 0)
		if err != nil || !std.Goroot {
			return nil, false
		}
		p = &arch.Package{ImportPath: importPath, Dir: std.Dir, GoFiles: std.GoFiles}
	}
	return arch.SymbolsOf(s.read(p)), true
}

// holds fails with one line for each place where the rule does not hold.
func holds(t *testing.T, rule string, found []string) {
	t.Helper()
	if len(found) > 0 {
		t.Errorf("%s:\n\t%s", rule, strings.Join(found, "\n\t"))
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	tree := os.DirFS(root)
	for _, c := range []struct {
		rule  string
		check func(fs.FS) ([]string, error)
	}{
		{"the top level holds only the agreed folders", arch.TopLevel},
		{"no file is longer than one concept needs", arch.LongFiles},
		{"nothing names a path of somebody's machine", arch.MachinePaths},
		{"all modules name the same Go, no toolchain, and only relative replaces", arch.Modules},
		{"relative links in texts lead somewhere", arch.MarkdownLinks},
		{"Go that readers copy is compiled", arch.Snippets},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			found, err := c.check(tree)
			require.NoError(t, err)
			holds(t, c.rule, found)
		})
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	holds(t, "arrows only run downwards", arch.Directions(listed(t)))
}

func TestNoTestCodeInHosts(t *testing.T) {
	t.Parallel()
	holds(t, "what a host links carries no code for tests", arch.TestCode(listed(t)))
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const golden = "testdata/links.golden"
	got := strings.Join(arch.Links(listed(t)), "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "a package links other modules than agreed; if that is meant, run with -update and look at the difference")
}

func TestSources(t *testing.T) {
	s := readSources(t)
	ours := s.ours()
	for _, c := range []struct {
		rule  string
		check func(*arch.Source) []string
	}{
		{"every package explains itself", arch.PackageComment},
		{"every exported symbol is explained, no seam has more than five methods", arch.Documented},
		{"links in comments lead somewhere", func(src *arch.Source) []string { return arch.DocLinks(src, s.symbols) }},
		{"every constructor is shown by an example that runs", func(src *arch.Source) []string {
			if !arch.Public(src.ImportPath) {
				return nil
			}
			return arch.Constructors(src)
		}},
	} {
		t.Run(c.rule, func(t *testing.T) { // one after the other: they share what was parsed
			var found []string
			for _, src := range ours {
				found = append(found, c.check(src)...)
			}
			holds(t, c.rule, found)
		})
	}
}
