package arch_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/arch"
)

func TestSourceChecksFind(t *testing.T) {
	t.Parallel()
	links := func(s *arch.Source) []string {
		return arch.DocLinks(s, func(path string) (map[string]bool, bool) {
			switch path {
			case s.ImportPath:
				return arch.SymbolsOf(s), true
			case "example.com/other":
				return map[string]bool{"Thing": true}, true
			case "context":
				return map[string]bool{"Context": true}, true
			}
			return nil, false
		})
	}
	for _, c := range []struct {
		name  string
		check func(*arch.Source) []string
		files map[string]string
		want  []string
	}{
		{
			name:  "symbols that nobody explained",
			check: arch.Documented,
			files: map[string]string{"a.go": `package x

type A struct{}

// B is explained.
type B struct{}

func (B) Bare() {}

// Group of constants.
const (
	C1 = 1
	C2 = 2
)

var (
	V1, v2 = 1, 2
	V3     = 3 // explained
)

func F() {}

func unexported() {}

// I is asked with Named.
type I interface {
	Named()
	Unnamed()
}

// Big is too big.
type Big interface {
	M1() // 1
	M2() // 2
	M3() // 3
	M4() // 4
	M5() // 5
	M6() // 6
}
`},
			want: []string{
				"policy/a.go:3: type A ", "policy/a.go:32: interface Big has 6 methods", "policy/a.go:28: method Unnamed of I",
				"policy/a.go:21: func F ", "policy/a.go:8: func B.Bare ", "policy/a.go:17: var V1 ",
			},
		},
		{
			name:  "a package that says nothing",
			check: arch.PackageComment,
			files: map[string]string{"a.go": "package x\n"},
			want:  []string{"policy: the package has no comment"},
		},
		{
			name:  "a package comment in the wrong place, too short, without promise",
			check: arch.PackageComment,
			files: map[string]string{"a.go": "// Package x is short.\npackage x\n"},
			want:  []string{"policy/a.go: the comment", "policy: the package comment has 1 lines", "policy: the package comment does not end"},
		},
		{
			name:  "a package comment that goes on after the promise",
			check: arch.PackageComment,
			files: map[string]string{"doc.go": strings.Repeat("// x\n", 20) + "//\n// # Compatibility\n//\n// Yes.\n//\n// # More\n//\n// No.\npackage x\n"},
			want:  []string{"policy: the package comment does not end"},
		},
		{
			name:  "a good package comment",
			check: arch.PackageComment,
			files: map[string]string{"doc.go": strings.Repeat("// x\n", 20) + "//\n// # Compatibility\n//\n// Yes.\npackage x\n", "a.go": "package x\n"},
		},
		{
			name:  "links that lead nowhere",
			check: links,
			files: map[string]string{"a.go": `package x

import (
	"context"

	o "example.com/other"
)

// A uses [B], [B.Field], [*B], [B.Do], [x.B], [o.Thing], [context.Context], [context] and [example.com/other.Thing].
// But not [C], [B.None], [o.None], [other.Thing] or [example.com/gone.Thing].
type A struct {
	B B // see [Gone]
	C context.Context
	O o.Thing
}

// B is [an index] of [A].
type B struct{ Field int }

// Do does; see [RFC 8058] and list [0].
func (*B) Do() {}
`},
			want: []string{
				"policy/a.go:12: link to Gone of ",
				"policy/a.go:9: link [example.com/gone.Thing]", "policy/a.go:9: link [other.Thing]",
				"policy/a.go:9: link to B.None of ", "policy/a.go:9: link to C of ", "policy/a.go:9: link to None of example.com/other",
			},
		},
		{
			name:  "constructors that nobody shows",
			check: arch.Constructors,
			files: map[string]string{
				"a.go": `package x

type A struct{}

func New() *A { return nil }
func NewA() (A, error) { return A{}, nil }
func NewB() A { return A{} }
func Newest() A { return A{} }
func NewID() string { return "" }
`,
				"example_test.go": `package x_test

import "x"

func ExampleNew() {
	x.New()
	// Output:
}

func ExampleNewA() {
	x.NewA() // does not run: no output is given
}
`,
			},
			want: []string{"policy/a.go:6: constructor x.NewA", "policy/a.go:7: constructor x.NewB"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			texts := map[string][]byte{}
			for name, text := range c.files {
				texts[name] = []byte(text)
			}
			s, err := arch.Parse(arch.ModulePath+"/policy", texts)
			require.NoError(t, err)
			assertFound(t, c.want, c.check(s))
		})
	}
}
