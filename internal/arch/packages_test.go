package arch_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/internal/arch"
)

func pkg(room string, imports ...string) arch.Package {
	full := func(room string) string {
		if room == "." {
			return arch.ModulePath
		}
		return arch.ModulePath + "/" + room
	}
	p := arch.Package{ImportPath: full(room)}
	for _, i := range imports {
		p.Imports = append(p.Imports, full(i))
	}
	return p
}

func TestDirectionsFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pkg  arch.Package
		want []string
	}{
		{pkg("incident"), nil},
		{pkg("incident", "notify"), []string{"incident imports notify"}},
		{pkg("incident", "incident/memstore"), []string{"incident imports incident/memstore"}},
		{pkg("incident/memstore", "incident", "internal/sqlkit"), nil},
		{pkg("incident/memstore", "incident/sqlstore"), []string{"incident/memstore imports incident/sqlstore"}},
		{pkg("incident/incidenttest", "incident", "incident/memstore"), nil},
		{pkg("incident/incidenttest", "notify"), []string{"incident/incidenttest imports notify"}},
		{pkg("incident/sqlitefile", "notify/sqloutbox", "internal/sqlkit"), nil},
		{pkg("incident/sqlitefile", "examples/quickstart"), []string{"incident/sqlitefile imports examples/quickstart"}},
		{pkg("notify", "incident"), []string{"notify imports incident"}},
		{pkg("compensate/memledger", "compensate"), nil},
		{pkg("compensate", "policy"), []string{"compensate imports policy"}},
		{pkg("policy", "incident", "compensate"), nil},
		{pkg("policy", "notify"), []string{"policy imports notify"}},
		{pkg("policy", "incident/memstore"), []string{"policy imports incident/memstore"}},
		{pkg("policy/candor", "policy"), []string{"policy/candor imports policy"}},
		{pkg("policy/candor", "incident"), []string{"policy/candor imports incident"}},
		{pkg(".", "incident", "notify", "compensate", "policy", "policy/candor"), nil},
		{pkg(".", "incident/memstore"), []string{". imports incident/memstore"}},
		{pkg("policy", "."), []string{"policy imports ."}},
		{pkg("internal/arch", "incident"), []string{"internal/arch imports incident"}},
		{pkg("examples/quickstart", ".", "incident/memstore", "examples/story"), nil},
		{pkg("examples/quickstart", "internal/sqlkit"), []string{"examples/quickstart imports internal/sqlkit"}},
		{pkg("util"), []string{"util: lies in no folder"}},
	} {
		assertFound(t, c.want, arch.Directions([]arch.Package{c.pkg}))
	}
}

func TestTestCodeFinds(t *testing.T) {
	t.Parallel()
	with := func(p arch.Package, deps ...string) arch.Package {
		p.Deps = deps
		return p
	}
	assertFound(t, []string{
		"notify links testing:",
		"incident links testing/fstest:",
		"policy links github.com/stretchr/testify/assert:",
		"compensate links compensate/compensatetest,",
	}, arch.TestCode([]arch.Package{
		with(pkg("notify"), "context", "testing"),
		with(pkg("notify/notifytest"), "testing", "github.com/stretchr/testify/assert"),
		with(pkg("incident"), "testing/fstest"),
		with(pkg("policy"), "github.com/stretchr/testify/assert"),
		with(pkg("compensate"), arch.ModulePath+"/compensate/compensatetest"),
		with(pkg("internal/arch"), "testing"),
		{ImportPath: "example.com/other", Deps: []string{"testing"}},
	}))
}

func TestLinksNamesModules(t *testing.T) {
	t.Parallel()
	of := func(path, module string) arch.Package {
		return arch.Package{ImportPath: path, Module: &arch.Module{Path: module}}
	}
	notify, quiet, inside := pkg("notify"), pkg("incident"), pkg("internal/arch")
	notify.Deps = []string{"context", "example.com/b/x", "example.com/a", "example.com/b/y"}
	quiet.Deps = []string{"context"}
	inside.Deps = []string{"example.com/a"}
	assert.Equal(t, []string{"notify: example.com/a example.com/b"}, arch.Links([]arch.Package{
		notify, quiet, inside, of("example.com/a", "example.com/a"), of("example.com/b/x", "example.com/b"), of("example.com/b/y", "example.com/b"),
	}))
}
