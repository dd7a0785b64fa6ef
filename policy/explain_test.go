package policy_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestExplanationsOfTheDefaultPolicy(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	f := outage(
		status(incident.StatusInvestigating, 5*minutes), both(2, incident.PurposeUpdate, 12*minutes),
		status(incident.StatusResolved, 50*minutes), both(4, incident.PurposeResolution, 48*minutes))
	f.Incident.Waivers = []incident.WaiverAt{{At: in(time.Hour), Waived: incident.Waived{Requirement: "explanation/r0", By: "ada", Reason: "written by the supplier, linked in the resolution", Expires: in(30 * 24 * time.Hour)}}}
	d := c.Decide(in(6*time.Hour), f)
	var b strings.Builder
	for _, q := range d.Requirements {
		x, ok := d.Explain(q.ID)
		require.True(t, ok)
		fmt.Fprintf(&b, "%s\n  %s\n\n", x.Staff, x.Customer)
	}
	for _, o := range d.Outcomes {
		if !o.Matched {
			x, ok := d.Explain(o.Rule)
			require.True(t, ok)
			fmt.Fprintf(&b, "%s\n", x.Staff)
		}
	}
	const golden = "testdata/explain_default.golden"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestWhyNotNamesTheFirstUnmetCondition(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, when, want string }{
		{"severity", "severity: critical", "the worst severity so far is critical, but the worst severity so far is major"},
		{"in the order of the vocabulary", "data_loss: true, severity: critical, lasts: 9h", "the worst severity so far is critical"},
		{"component", "components: [mail, web]", "component mail or web is hit, but hit: api"},
		{"degree", "degrees: down", "but nobody said how hard"},
		{"core function", "core_function: true", "but no core function is hit"},
		{"cause", "cause: supplier", "but no cause was recorded"},
		{"lasts", "lasts: 9h", "it lasts 9h or longer, but it has lasted 1h"},
		{"repeats", "repeats: {within: 7d, at_least: 2}", "at least 2 incidents hit the same component in the 7d before, but there were 0"},
		{"affected", "affected: {at_least: 10}", "but nobody counted the affected"},
		{"reported", "reported: true", "but nobody outside reported it"},
		{"fact", "facts: {personal_data: {is: true}}", "personal_data is true, but the host did not supply it"},
		{"planned work", "maintenance: true", "it is planned work, but it is not"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, "facts: {personal_data: bool}\ncommunication:\n  - {id: x, act: explanation, within: 1h, to: public, when: {"+tt.when+"}}\n")
			d := c.Decide(in(time.Hour), outage())
			x, ok := d.Explain("x")
			require.True(t, ok)
			assert.Contains(t, x.Staff, tt.want)
			assert.NotContains(t, x.Customer, "severity")
			_, ok = d.Explain("nonesuch")
			assert.False(t, ok)
		})
	}
}

func TestRulesWithoutConditionsAlwaysApply(t *testing.T) {
	t.Parallel()
	c := compile(t, "communication:\n  - {id: x, act: answer, within: 1h}\n")
	d := c.Decide(in(time.Hour), outage())
	x, ok := d.Explain("x")
	require.True(t, ok)
	assert.Equal(t, policy.Explanation{Staff: "x always applies.", Customer: "This always applies."}, x)
}
