package compensate_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/amends-dev/amends/compensate"
)

func TestValidateNamesEveryMistake(t *testing.T) {
	t.Parallel()
	var s compensate.Scheme
	require.NoError(t, yaml.Unmarshal([]byte(`
measure: {longer: true, maintenance: sometimes}
lines:
- {id: a, on: availability, every: {interval: 0s, pay: {percent: -1}}}
- {id: a, tiers: [{from: 2, above: 1, pay: {percent: 1, amount: 5 EUR}}, {from: 9, below: 8, pay: {of: x}}]}
combine: multiply
reduce: [{id: r, percent: 101}]
caps: [{id: c}]
round: {mode: sideways}
minimum: {amount: -1 EUR}
`), &s))
	var paths []string
	for _, p := range s.Validate() {
		assert.False(t, p.Warning, p)
		paths = append(paths, p.Path)
	}
	assert.Equal(t, []string{
		"name", "measure.longer", "measure.maintenance",
		"lines[0].every.interval", "lines[0].on", "lines[0].every.pay.percent",
		"lines[1].id", "lines[1].tiers[0]", "lines[1].tiers[0].pay", "lines[1].tiers[1]", "lines[1].tiers[1].pay.of",
		"combine", "reduce[0].when", "reduce[0].percent", "caps[0]", "round.mode", "minimum.amount",
	}, paths)
	_, err := compensate.Compile(&s)
	require.ErrorContains(t, err, "lines[1].tiers[1]")
}

func TestGapsAndOverlapsAreWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, line, want string }{
		{"fits", "{id: l, tiers: [{below: 99.9, from: 99}, {below: 99}]}", ""},
		{"hole at a point", "{id: l, tiers: [{to: 99.9, above: 99}, {below: 99}]}", "no row holds exactly 99"},
		{"hole", "{id: l, tiers: [{to: 99.9, from: 99}, {below: 98.9}]}", "between 98.9 and 99"},
		{"overlap at a point", "{id: l, tiers: [{to: 99.9, from: 99}, {to: 99}]}", "two rows hold exactly 99"},
		{"overlap", "{id: l, tiers: [{below: 99.9}, {below: 99}]}", "overlap"},
		{"overlap that is decided", "{id: l, pick: last, tiers: [{below: 99.9}, {below: 99}]}", ""},
		{"the worst end", "{id: l, tiers: [{below: 99.9, from: 95}]}", "below 95"},
		{"the worst end of a delay", "{id: l, on: delay, tiers: [{from: 60, below: 120}]}", "above 120"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			warnings := load(t, "name: x\nlines: ["+c.line+"]").Warnings()
			if c.want == "" {
				assert.Empty(t, warnings)
				return
			}
			require.Len(t, warnings, 1)
			assert.Contains(t, warnings[0].Text, c.want)
		})
	}
}

func TestAwardReadsBack(t *testing.T) {
	t.Parallel()
	in := compensate.Input{Period: november(), Impact: down("433"), Fee: compensate.MustMoney("412.35 USD")}
	award, err := compensate.Assess(load(t, region), &in)
	require.NoError(t, err)
	b, err := json.Marshal(award)
	require.NoError(t, err)
	var back compensate.Award
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, award.Why(), back.Why())
	assert.Equal(t, award.Amount, back.Amount)
	assert.Equal(t, []string{
		"Of 43200 minutes 433 were lost: available about 98.998 % of the time.",
		"30 % of the fee of 412.35 USD is 123.705 USD.",
		"Rounded, that is 123.71 USD.",
	}, back.Why())
	again, err := json.Marshal(back)
	require.NoError(t, err)
	assert.JSONEq(t, string(b), string(again))
}

func TestCompiledKeepsNothing(t *testing.T) {
	t.Parallel()
	var s compensate.Scheme
	require.NoError(t, yaml.Unmarshal([]byte(region), &s))
	c, err := compensate.Compile(&s)
	require.NoError(t, err)
	*s.Lines[0].Tiers[0].Below = compensate.Whole(1)
	s.Minimum.Amount = compensate.MustMoney("1000 USD")
	kept := c.Scheme()
	assert.Equal(t, "99.99", kept.Lines[0].Tiers[0].Below.String())
	assert.Equal(t, "1.00 USD", kept.Minimum.Amount.String())
}

func FuzzSchemeReadsBackWhatItWrites(f *testing.F) {
	for _, text := range []string{region, hole, halfHours, twoDecimals, rail} {
		var s compensate.Scheme
		require.NoError(f, yaml.Unmarshal([]byte(text), &s))
		b, err := json.Marshal(&s)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s compensate.Scheme
		if json.Unmarshal(b, &s) != nil {
			return
		}
		c, err := compensate.Compile(&s)
		if err != nil {
			return
		}
		one, err := json.Marshal(c.Scheme())
		require.NoError(t, err)
		var back compensate.Scheme
		require.NoError(t, json.Unmarshal(one, &back))
		two, err := json.Marshal(&back)
		require.NoError(t, err)
		require.JSONEq(t, string(one), string(two))
		in := compensate.Input{Period: november(), Impact: down("433"), Fee: compensate.MustMoney("412.35 USD")}
		if a, err := compensate.Assess(c, &in); err == nil {
			require.GreaterOrEqual(t, a.Amount.Minor(), int64(0))
			_, err = json.Marshal(a)
			require.NoError(t, err)
		}
	})
}
