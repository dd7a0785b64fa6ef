package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy"
	"github.com/amends-dev/amends/policy/candor"
)

// call runs the program and returns what it printed.
func call(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func cards(t *testing.T, args ...string) (map[string]*card, *document) {
	t.Helper()
	code, out, _ := call(t, "", append([]string{"-format", "json"}, args...)...)
	require.Zero(t, code)
	var d document
	dec := json.NewDecoder(strings.NewReader(out))
	require.NoError(t, dec.Decode(&d))
	require.False(t, dec.More(), "one document and nothing else")
	byID := map[string]*card{}
	for _, c := range d.Incidents {
		byID[c.ID] = c
	}
	return byID, &d
}

func number64(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

func TestFigures(t *testing.T) {
	t.Parallel()
	got, d := cards(t, "testdata/incidents.json")
	for _, c := range []struct {
		id                       string
		firstWord, silence       any
		updates                  int
		made, kept, broken, open int
		skipped                  []string
	}{
		{"slow", 45.0, 100.0, 4, 3, 1, 2, 0, []string{"monitoring"}},
		{"quick", 4.0, 15.0, 5, 3, 3, 0, 0, []string{}},
		{"running", nil, 0.0, 1, 1, 0, 0, 1, []string{}},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			g := got[c.id]
			assert.Equal(t, c.firstWord, number64(g.FirstWord), "first word")
			assert.Equal(t, c.silence, number64(g.Silence), "silence")
			assert.Equal(t, c.updates, g.Updates)
			assert.Equal(t, []int{c.made, c.kept, c.broken, c.open}, []int{g.Promises.Made, g.Promises.Kept, g.Promises.Broken, g.Promises.Open}, "promises")
			assert.Equal(t, c.skipped, g.Skipped)
			assert.Len(t, g.Promises.List, c.made)
		})
	}
	assert.Equal(t, 3, d.Totals.Incidents)
	assert.Equal(t, 10, d.Totals.Updates)
	assert.Equal(t, promiseTotals{Made: 7, Kept: 4, Broken: 2, Open: 1}, d.Totals.Promises)
	assert.Empty(t, d.Problems)
}

func TestFindingsHaveTheWords(t *testing.T) {
	t.Parallel()
	got, _ := cards(t, "testdata/incidents.json")
	assert.Contains(t, got["slow"].Findings, finding{"s3", "minimising", "block", "Only a small number of customers"})
	assert.Contains(t, got["slow"].Findings, finding{"s4", "blaming_others", "block", "caused by an outage at our hosting provider"})
	assert.Contains(t, got["slow"].Findings, finding{"s4", "resolution_without_action", "block", ""})
	assert.Empty(t, got["quick"].Findings)
}

func TestGradesHaveReasons(t *testing.T) {
	t.Parallel()
	got, _ := cards(t, "testdata/incidents.json")
	assert.Equal(t, grades{Quick: "fair", Transparent: "poor", Proactive: "poor", Beyond: "unknown"}, got["slow"].Grades)
	assert.Equal(t, grades{Quick: "good", Transparent: "good", Proactive: "good", Beyond: "unknown"}, got["quick"].Grades)
	assert.Equal(t, "unknown", got["running"].Grades.Quick, "when it started is not known")
	assert.Equal(t, "good", got["running"].Grades.Transparent, "why it happened is not owed yet")
	for id, c := range got {
		for _, g := range []string{"quick", "transparent", "proactive", "beyond"} {
			assert.NotEmpty(t, c.Reasons[g], "%s %s", id, g)
		}
	}
}

const publicPolicy = `name: page-only
version: "1"
communication:
  - {id: word, act: first_notice, from: [opened], within: 30m, to: [public]}
  - {id: pace, act: update, cadence: [{every: 1h}], to: [public]}
  - {id: both, act: first_notice, from: [opened], within: 10m, to: [public, affected], channels: {at_least: 2, public: 1, private: 1}}
  - {id: mail, act: first_notice, from: [opened], within: 10m, to: [affected]}
  - {id: ask, act: ask_verdict, within: 1h, to: [affected]}
`

func TestRequirementsSayUnknownWhereAnExportShowsNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(file, []byte(publicPolicy), 0o600))
	got, d := cards(t, "-policy", file, "testdata/incidents.json")
	require.Equal(t, "page-only", d.Policy.Name)
	for _, c := range []struct{ id, rule, status string }{
		{"slow", "word", "breached"},
		{"slow", "both", "breached"}, // even the public word came too late
		{"slow", "mail", "unknown"},
		{"slow", "ask", "unknown"},
		{"quick", "word", "met"},
		{"quick", "both", "unknown"},
		{"quick", "mail", "unknown"},
		{"quick", "pace", "met"},
		{"running", "word", "unknown"}, // nothing says when it started
	} {
		t.Run(c.id+" "+c.rule, func(t *testing.T) {
			t.Parallel()
			var statuses []string
			for _, r := range got[c.id].Requirements {
				if r.Rule == c.rule {
					statuses = append(statuses, r.Status)
					assert.NotEmpty(t, r.Why)
					assert.Equal(t, r.Status == "breached", r.Late)
				}
			}
			require.NotEmpty(t, statuses)
			for _, s := range statuses {
				assert.Equal(t, c.status, s)
			}
		})
	}
	paces := map[string]int{}
	for _, r := range got["slow"].Requirements {
		if r.Rule == "pace" {
			paces[r.Status]++
		}
	}
	assert.Equal(t, map[string]int{"met": 1, "breached": 2}, paces, "gaps of 30, 65 and 100 minutes")
}

func TestBrokenInputIsSaidAndTheRestIsAudited(t *testing.T) {
	t.Parallel()
	code, out, errs := call(t, "", "-format", "json", "testdata/broken-incidents.json")
	require.Zero(t, code)
	var d document
	require.NoError(t, json.Unmarshal([]byte(out), &d))
	var ids []string
	for _, c := range d.Incidents {
		ids = append(ids, c.ID)
	}
	assert.Equal(t, []string{"b2", "b3", "incidents[3]"}, ids)
	for _, want := range []string{
		`testdata/broken-incidents.json:2:54: incident "b1": incidents[0]: broken JSON`,
		`unknown word "apocalyptic"`,
		`unknown word "pondering"`,
		`the time "2026-03-02T10:00:00" has no zone`,
		`the incident has no ID`,
	} {
		assert.Contains(t, errs, want)
	}
	assert.Equal(t, strings.Count(errs, "\n"), len(d.Problems))
	assert.Equal(t, d.Totals.Problems, len(d.Problems))
	assert.Nil(t, d.Incidents[0].Skipped, "an unknown status hides which were skipped")
	assert.Equal(t, d.Incidents[1].Untimed, d.Incidents[1].Updates, "no time of it can be used")
	assert.Nil(t, d.Incidents[1].Silence)
	assert.Equal(t, "unknown", d.Incidents[2].Impact)

	got, _ := cards(t, "-zone", "Europe/Vienna", "testdata/broken-incidents.json")
	assert.Equal(t, "2026-03-02T09:10:00Z", got["b3"].FirstPublic.Format("2006-01-02T15:04:05Z07:00"))
	assert.Equal(t, 1, got["b3"].Promises.Broken, "10:30 is meant in the zone given, and the next word came at 11:00")
}

func TestGrace(t *testing.T) {
	t.Parallel()
	got, _ := cards(t, "-grace", "35m", "-zone", "Europe/Vienna", "testdata/broken-incidents.json")
	require.Equal(t, 1, got["b3"].Promises.Kept)
	require.InDelta(t, 30, *got["b3"].Promises.List[0].Late, 0)
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("testdata/incidents.json")
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		stdin  string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"standard input", string(page), nil, 0, "totals: 3 incidents, 10 updates", ""},
		{"dash", string(page), []string{"-"}, 0, "totals: 3 incidents", ""},
		{"twice the same", "", []string{"testdata/incidents.json", "testdata/incidents.json"}, 0, "totals: 3 incidents", "audited once"},
		{"one file missing", "", []string{"testdata/incidents.json", "testdata/none.json"}, 1, "totals: 3 incidents", "testdata/none.json"},
		{"no JSON at all", "hello", nil, 1, "totals: 0 incidents", "standard input:1:1: not the body of incidents.json"},
		{"format", "", []string{"-format", "xml"}, 2, "", "want text or json"},
		{"zone", "", []string{"-zone", "Atlantis"}, 2, "", "Atlantis"},
		{"flag", "", []string{"-frob"}, 2, "", "frob"},
		{"policy missing", "", []string{"-policy", "testdata/none.yaml"}, 2, "", "reading the policy"},
		{"policy wrong", "", []string{"-policy", "testdata/incidents.json"}, 2, "", "testdata/incidents.json"},
		{"help", "", []string{"-h"}, 0, "", "-policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := call(t, c.stdin, c.args...)
			assert.Equal(t, c.code, code)
			if c.stdout == "" {
				assert.Empty(t, out)
			}
			assert.Contains(t, out, c.stdout)
			assert.Contains(t, errs, c.stderr)
			if c.stderr == "" {
				assert.Empty(t, errs)
			}
		})
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	code, out, _ := call(t, "", "testdata/incidents.json")
	require.Zero(t, code)
	for _, want := range []string{
		"first word after 45 min, 4 updates, longest silence 100 min",
		"promised next updates: 3 made, 1 kept, 2 broken",
		"statuses skipped: monitoring",
		`block minimising in s3: "Only a small number of customers"`,
		"beyond the contract: unknown (a public export shows no credits)",
		"started unknown",
	} {
		assert.Contains(t, out, want)
	}
}

// TestWordsOfPolicyAndCandorAgree: a policy names rules and elements in the
// words of candor, and neither package imports the other.
func TestWordsOfPolicyAndCandorAgree(t *testing.T) {
	t.Parallel()
	var elements []string
	for _, e := range candor.AllElements() {
		elements = append(elements, string(e))
	}
	assert.Subset(t, elements, policy.Elements())
	var rules []string
	for _, r := range candor.Rules() {
		rules = append(rules, r.Name)
	}
	p, err := policy.Default()
	require.NoError(t, err)
	for rule := range p.Wording() {
		assert.Contains(t, rules, rule)
	}
}
