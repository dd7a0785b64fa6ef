package compensate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/amends-dev/amends/compensate"
)

func load(t testing.TB, text string) *compensate.Compiled {
	t.Helper()
	var s compensate.Scheme
	require.NoError(t, yaml.Unmarshal([]byte(text), &s))
	c, err := compensate.Compile(&s)
	require.NoError(t, err)
	return c
}

func november() compensate.Period {
	return compensate.Period{Window: compensate.Window{
		Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		End:   time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
	}}
}

// down is one outage in November that lasted so many minutes.
func down(minutes string) []compensate.Impact {
	if compensate.MustRatio(minutes).IsZero() {
		return nil
	}
	return []compensate.Impact{impact("0m", minutes+"m")}
}

const region = `
name: region
lines:
- id: credit
  tiers:
  - {below: 99.99, from: 99, pay: {percent: 10}}
  - {below: 99, from: 95, pay: {percent: 30}}
  - {below: 95, pay: {percent: 100}}
minimum: {amount: 1.00 USD, exclusive: true}
`

// The text says "at most 99.9 and more than 99.0", and "less than 99.0".
const hole = `
name: hole
lines:
- id: credit
  tiers:
  - {to: 99.9, above: 99, pay: {percent: 10}}
  - {below: 99, pay: {percent: 25}}
`

const halfHours = `
name: half-hours
lines:
- id: hosting
  every: {interval: 30m, started: true, pay: {percent: 5}}
caps:
- {id: month, percent: 100}
`

const twoDecimals = `
name: two-decimals
measure: {round: {digits: 2}}
lines:
- id: credit
  tiers:
  - {below: 99.9, pay: {percent: 10}}
`

const exactMetric = `
name: exact
lines:
- id: credit
  tiers:
  - {below: 99.9, pay: {percent: 10}}
`

const rail = `
name: rail
lines:
- id: delay
  on: delay
  tiers:
  - {from: 60, below: 120, pay: {percent: 25}}
  - {from: 120, pay: {percent: 50}}
minimum: {amount: 4.00 EUR, before_rounding: true}
`

func TestAssessAtTheEdges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scheme, down, fee, want string
		undecided                     bool
	}{
		{name: "exactly the promise", scheme: region, down: "4.32", fee: "1000 USD", want: "0.00 USD"},
		{name: "just below it", scheme: region, down: "4.33", fee: "1000 USD", want: "100.00 USD"},
		{name: "99 % stays in the upper row", scheme: region, down: "432", fee: "1000 USD", want: "100.00 USD"},
		{name: "below 99 %", scheme: region, down: "433", fee: "1000 USD", want: "300.00 USD"},
		{name: "below 95 %", scheme: region, down: "2161", fee: "1000 USD", want: "1000.00 USD"},
		{name: "exactly the minimum is not more than it", scheme: region, down: "60", fee: "10.00 USD", want: "0.00 USD"},
		{name: "a cent more than the minimum", scheme: region, down: "60", fee: "10.10 USD", want: "1.01 USD"},
		{name: "inclusive upper bound", scheme: hole, down: "43.2", fee: "6300 USD", want: "630.00 USD"},
		{name: "a number that no row holds", scheme: hole, down: "432", fee: "6300 USD", undecided: true},
		{name: "below the hole", scheme: hole, down: "433", fee: "6300 USD", want: "1575.00 USD"},
		{name: "44 minutes, metric rounded", scheme: twoDecimals, down: "44", fee: "1500 USD", want: "0.00 USD"},
		{name: "44 minutes, exact", scheme: exactMetric, down: "44", fee: "1500 USD", want: "150.00 USD"},
		{name: "46 minutes, metric rounded", scheme: twoDecimals, down: "46", fee: "1500 USD", want: "150.00 USD"},
		{name: "a minute of a half hour", scheme: halfHours, down: "1", fee: "840 USD", want: "42.00 USD"},
		{name: "exactly a half hour", scheme: halfHours, down: "30", fee: "840 USD", want: "42.00 USD"},
		{name: "part of the second half hour", scheme: halfHours, down: "31", fee: "840 USD", want: "84.00 USD"},
		{name: "capped at the fee", scheme: halfHours, down: "5000", fee: "840 USD", want: "840.00 USD"},
		{name: "no time lost", scheme: halfHours, down: "0", fee: "840 USD", want: "0.00 USD"},
		{name: "the fee is missing", scheme: region, down: "60", undecided: true},
		{name: "yen", scheme: region[:len(region)-len("minimum: {amount: 1.00 USD, exclusive: true}\n")], down: "60", fee: "1005 JPY", want: "101 JPY"},
		{name: "the minimum is in another currency", scheme: region, down: "60", fee: "1000 JPY", undecided: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := compensate.Input{Period: november(), Impact: down(c.down)}
			if c.fee != "" {
				in.Fee = compensate.MustMoney(c.fee)
			}
			got, err := compensate.Assess(load(t, c.scheme), &in)
			require.NoError(t, err)
			if c.undecided {
				assert.NotEmpty(t, got.Undecided)
				assert.True(t, got.Amount.IsZero())
				return
			}
			assert.Empty(t, got.Undecided)
			assert.Equal(t, c.want, got.Amount.String(), "steps: %v", got.Why())
		})
	}
}

func TestMinimumBeforeRounding(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, fare, delay, want string }{
		{"exactly the minimum is paid", "16.00 EUR", "60", "4.00 EUR"},
		{"3.9975 is below it although it rounds to 4.00", "15.99 EUR", "60", "0.00 EUR"},
		{"one minute before the bound", "125.00 EUR", "59", "0.00 EUR"},
		{"the published example", "125.00 EUR", "60", "31.25 EUR"},
		{"the second row", "125.00 EUR", "120", "62.50 EUR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := compensate.Assess(load(t, rail), &compensate.Input{
				Fee:     compensate.MustMoney(c.fare),
				Numbers: map[string]compensate.Ratio{"delay": compensate.MustRatio(c.delay)},
			})
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Amount.String(), "steps: %v", got.Why())
		})
	}
}

func BenchmarkAssessTiers(b *testing.B) {
	c := load(b, region)
	in := compensate.Input{Period: november(), Impact: down("433"), Fee: compensate.MustMoney("412.35 USD")}
	b.ReportAllocs()
	for b.Loop() {
		a, err := compensate.Assess(c, &in)
		if err != nil || a.Amount.Minor() != 12371 {
			b.Fatal(a.Amount, err)
		}
	}
}
