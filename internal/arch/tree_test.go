package arch_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/arch"
)

// TestTreeChecksFind plants one mistake each beside what is allowed.
func TestTreeChecksFind(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("//\n", arch.MaxLines+1)
	for _, c := range []struct {
		name  string
		check func(fs.FS) ([]string, error)
		files map[string]string
		want  []string // beginnings of what must be found
	}{
		{
			name:  "a folder of the top level that nobody agreed on",
			check: arch.TopLevel,
			files: map[string]string{"util/a.go": "", "incident/a.go": "", "go.mod": "", ".ci/run": ""},
			want:  []string{"util: "},
		},
		{
			name:  "a file that is too long",
			check: arch.LongFiles,
			files: map[string]string{"a.go": long, "b.go": long[3:], "testdata/c.go": long, "d.sum": long, ".cache/e.go": long},
			want:  []string{"a.go: 701 lines"},
		},
		{
			name:  "a path of a machine",
			check: arch.MachinePaths,
			files: map[string]string{"a.md": "x\nsee /" + "tmp/x", "b.go": "// see /tmpl/ and $TMPDIR", "c.sum": "/" + "work/", "run.log": "/" + "work/", "d.bin": "\x00/" + "home/x"},
			want:  []string{`a.md:2: holds "/` + `tmp/"`},
		},
		{
			name:  "modules that differ",
			check: arch.Modules,
			files: map[string]string{
				"go.mod":          "module " + arch.ModulePath + "\n\ngo 1.26.0\n\nrequire (\n\tgo 1\n)\n",
				"examples/go.mod": "module " + arch.ModulePath + "/example\n\ngo 1.26\n\ntoolchain go1.26.8\n\nreplace (\n\ta => ../a\n\tb => /b // no\n)\n",
				"go.work":         "go 1.25.0\n\nuse .\n",
				"x/go.mod":        "module " + arch.ModulePath + "/x\n",
			},
			want: []string{
				"examples/go.mod: module ", "examples/go.mod: go 1.26,", "examples/go.mod: has a toolchain line",
				`examples/go.mod: replaces by "/b"`, "go.work: go 1.25.0", "x/go.mod: has no go directive",
			},
		},
		{
			name:  "links that lead nowhere",
			check: arch.MarkdownLinks,
			files: map[string]string{
				"a.md":      "# One heading\n\n[file](docs/b.md) [gone](gone.md)\n[here](#one-heading) [nowhere](#two)\n```\n[code](x.md)\n```\n[web](https://example.com/x)",
				"docs/b.md": "[up](../a.md#one-heading) [out](../../c.md) [other](../a.md#file)",
			},
			want: []string{
				"a.md:3: link to gone.md: there is no such file", "a.md:4: link to #two: there is no such heading",
				"docs/b.md:1: link to ../../c.md: it leads out", "docs/b.md:1: link to ../a.md#file: there is no such heading",
			},
		},
		{
			name:  "Go that nobody compiles",
			check: arch.Snippets,
			files: map[string]string{
				"x_test.go": "package x\n\nfunc A() {\n\tb()\n}\n",
				"README.md": "[embedmd]:# (x_test.go go /func A/ /^}/)\n```go\nfunc A() {\n\tb()\n}\n```\n" +
					"```sh\nls\n```\n" +
					"[embedmd]:# (x_test.go go /func A/ /^}/)\n```go\nfunc A() {\n\tc()\n}\n```\n" +
					"[embedmd]:# (gone_test.go go /func A/ /^}/)\n```go\nx\n```\n" +
					"words\n```go\nfunc B() {}\n```\n",
			},
			want: []string{"README.md:11: differs from x_test.go", "README.md:16: open gone_test.go", "README.md:21: a block of Go that comes from no file"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree := fstest.MapFS{}
			for name, text := range c.files {
				tree[name] = &fstest.MapFile{Data: []byte(text)}
			}
			found, err := c.check(tree)
			require.NoError(t, err)
			assertFound(t, c.want, found)
		})
	}
}

// assertFound wants exactly these findings, known by how they begin.
func assertFound(t *testing.T, want, found []string) {
	t.Helper()
	if !assert.Len(t, found, len(want), strings.Join(found, "\n")) {
		return
	}
	for i := range want {
		assert.True(t, strings.HasPrefix(found[i], want[i]), "%q should begin with %q", found[i], want[i])
	}
}
