package compensate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
)

// at is a time in November, so long after it began.
func at(after string) time.Time {
	text, before := strings.CutPrefix(after, "-")
	var d compensate.Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return time.Time{} // no test passes with it
	}
	if before {
		d = -d
	}
	return november().Start.Add(time.Duration(d))
}

func window(from, to string) compensate.Window {
	return compensate.Window{Start: at(from), End: at(to)}
}

func impact(from, to string) compensate.Impact { return compensate.Impact{Window: window(from, to)} }

func partial(from, to, share string) compensate.Impact {
	return compensate.Impact{Window: window(from, to), Share: compensate.MustRatio(share)}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		measure compensate.Measure
		on      compensate.On
		in      compensate.Input
		want    string
	}{
		{"overlaps count once", compensate.Measure{}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("20m", "40m"), impact("0m", "30m"), impact("10m", "15m")},
		}, "40"},
		{"clipped to the period", compensate.Measure{}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("-1h", "10m"), impact("-3h", "-2h"), impact("719h30m", "800h")},
		}, "40"},
		{"planned work is excused", compensate.Measure{}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0m", "60m")}, Maintenance: []compensate.Window{window("10m", "20m"), window("15m", "30m")},
		}, "40"},
		{"planned work counts", compensate.Measure{Maintenance: compensate.MaintenanceCounts}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0m", "60m")}, Maintenance: []compensate.Window{window("10m", "20m")},
		}, "60"},
		{"excused, the period stays as long", compensate.Measure{}, compensate.Availability, compensate.Input{
			Impact: []compensate.Impact{impact("0h", "72h")}, Maintenance: []compensate.Window{window("0h", "36h")},
		}, "95"},
		{"the period shrinks", compensate.Measure{Maintenance: compensate.MaintenanceShrinks}, compensate.Availability, compensate.Input{
			Impact: []compensate.Impact{impact("360h", "396h")}, Maintenance: []compensate.Window{window("0h", "360h")},
		}, "90"},
		{"short runs are dropped", compensate.Measure{MinRun: compensate.Duration(5 * time.Minute)}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0m", "4m59s"), impact("10m", "15m")},
		}, "5"},
		{"only longer runs count", compensate.Measure{MinRun: compensate.Duration(5 * time.Minute), Longer: true}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("10m", "15m"), impact("20m", "26m")},
		}, "6"},
		{"touching windows are one run", compensate.Measure{MinRun: compensate.Duration(5 * time.Minute)}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0m", "3m"), impact("3m", "6m")},
		}, "6"},
		{"partial minutes are dropped, run by run", compensate.Measure{WholeMinutes: true}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0s", "119s"), impact("10m", "10m59s")},
		}, "1"},
		{"grace", compensate.Measure{Grace: compensate.Duration(time.Hour)}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0m", "90m")},
		}, "30"},
		{"grace larger than the loss", compensate.Measure{Grace: compensate.Duration(time.Hour)}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{impact("0m", "30m")},
		}, "0"},
		{"degraded counts in full", compensate.Measure{}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{partial("0m", "60m", "0.1")},
		}, "60"},
		{"degraded by its share", compensate.Measure{Degraded: compensate.DegradedShare}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{partial("0m", "60m", "0.1"), partial("30m", "40m", "0.5"), impact("100m", "101m")},
		}, "11"},
		{"degraded ignored", compensate.Measure{Degraded: compensate.DegradedIgnore}, compensate.Downtime, compensate.Input{
			Impact: []compensate.Impact{partial("0m", "60m", "0.1"), impact("100m", "101m")},
		}, "1"},
		{"events", compensate.Measure{}, compensate.GoodShare, compensate.Input{Good: 999, Total: 1000}, "99.9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := compensate.MustRatio("1000000")
			s := compensate.Scheme{Name: "s", Measure: c.measure, Lines: []compensate.Line{{
				ID: "l", On: c.on, Tiers: []compensate.Tier{{To: &all}},
			}}}
			compiled, err := compensate.Compile(&s)
			require.NoError(t, err)
			c.in.Period = november()
			got, err := compensate.Assess(compiled, &c.in)
			require.NoError(t, err)
			require.Empty(t, got.Undecided)
			assert.Equal(t, c.want, got.Value.String())
		})
	}
}

func TestUndecidedAndImpossible(t *testing.T) {
	t.Parallel()
	fee := compensate.MustMoney("100 EUR")
	for _, c := range []struct {
		name string
		text string
		in   compensate.Input
		why  string
		err  string
	}{
		{"no period", exactMetric, compensate.Input{Fee: fee}, "the period is not known", ""},
		{"still going on", exactMetric, compensate.Input{Fee: fee, Period: november(), Impact: []compensate.Impact{{Window: compensate.Window{Start: at("1h")}}}}, "has not ended", ""},
		{"ends before it starts", exactMetric, compensate.Input{Fee: fee, Period: november(), Impact: []compensate.Impact{impact("2h", "1h")}}, "", "does not end after it starts"},
		{"a share above one", exactMetric, compensate.Input{Fee: fee, Period: november(), Impact: []compensate.Impact{partial("1h", "2h", "1.1")}}, "", "share"},
		{"a fee below zero", exactMetric, compensate.Input{Fee: compensate.MustMoney("-1 EUR"), Period: november()}, "", "below zero"},
		{"a missing number", rail, compensate.Input{Fee: fee}, `"delay" is not known`, ""},
		{"an unknown flag", "name: x\nexclude: [customer_cause]\nlines: [{id: l, pay: {amount: 5 EUR}}]", compensate.Input{}, "customer_cause", ""},
		{"a missing base", "name: x\nlines: [{id: l, pay: {percent: 5, of: ticket}}]", compensate.Input{Fee: fee}, `"ticket" is not known`, ""},
		{"two rows", "name: x\nlines: [{id: l, on: n, tiers: [{from: 1, pay: {percent: 5}}, {from: 2, pay: {percent: 6}}]}]", compensate.Input{Fee: fee, Numbers: map[string]compensate.Ratio{"n": compensate.Whole(2)}}, "in two rows", ""},
		{"no events", "name: x\nlines: [{id: l, on: good_share, tiers: [{below: 99, pay: {percent: 5}}]}]", compensate.Input{Fee: fee}, "no events", ""},
		{"more good than all", "name: x\nlines: [{id: l, on: good_share, tiers: [{below: 99, pay: {percent: 5}}]}]", compensate.Input{Fee: fee, Good: 2, Total: 1}, "", "cannot be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := compensate.Assess(load(t, c.text), &c.in)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Contains(t, got.Undecided, c.why)
			assert.False(t, got.Nothing())
			assert.NotEmpty(t, got.Steps)
		})
	}
}

func TestAmountFunctions(t *testing.T) {
	t.Parallel()
	in := func() *compensate.Input {
		return &compensate.Input{
			Period: november(), Impact: down("60"), Fee: compensate.MustMoney("1250.00 USD"),
			Bases:   map[string]compensate.Money{"annual": compensate.MustMoney("1000 USD")},
			Numbers: map[string]compensate.Ratio{"missed": compensate.Whole(2), "hours": compensate.MustRatio("30.5")},
			Flags:   map[string]bool{"tariff_b": true, "customer_cause": false},
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"a hundredfold of the lost time", "lines: [{id: l, tiers: [{below: 99.99, pay: {lost_time: 100}}]}]", "173.61 USD"},
		{"a twelfth of another base", "lines: [{id: l, pay: {percent: 25/12, of: annual}}]", "20.83 USD"},
		{"per event", "lines: [{id: l, on: missed, pay: {amount: 10 USD}}]", "20.00 USD"},
		{"completed intervals", "lines: [{id: l, on: hours, every: {interval: 12m, pay: {amount: 45 USD}}}]", "90.00 USD"},
		{"all lines", "lines: [{id: a, pay: {amount: 5 USD}}, {id: b, pay: {percent: 1}}]", "17.50 USD"},
		{"the greatest", "combine: greatest\nlines: [{id: a, pay: {amount: 5 USD}}, {id: b, pay: {percent: 1}}]", "12.50 USD"},
		{"the first that pays", "combine: first\nlines: [{id: z, pay: {}}, {id: a, pay: {amount: 5 USD}}, {id: b, pay: {percent: 1}}]", "5.00 USD"},
		{"reduced", "lines: [{id: b, pay: {percent: 1}}]\nreduce: [{id: r, percent: 50, when: tariff_b}]", "6.25 USD"},
		{"not excluded", "exclude: [customer_cause]\nlines: [{id: b, pay: {percent: 1}}]", "12.50 USD"},
		{"excluded", "exclude: [tariff_b]\nlines: [{id: b, pay: {percent: 1}}]", "0.00 USD"},
		{"whole dollars", "lines: [{id: b, pay: {percent: 1}}]\nround: {digits: 0, mode: half_even}", "12.00 USD"},
		{"each line rounded", "lines: [{id: a, pay: {percent: 0.0004}}, {id: b, pay: {percent: 0.0004}}]\nround: {each_line: true}", "0.02 USD"},
		{"only the end rounded", "lines: [{id: a, pay: {percent: 0.0004}}, {id: b, pay: {percent: 0.0004}}]", "0.01 USD"},
		{"the first row wins", "lines: [{id: l, on: hours, pick: first, tiers: [{from: 1, pay: {amount: 1 USD}}, {from: 2, pay: {amount: 2 USD}}]}]", "1.00 USD"},
		{"the last row wins", "lines: [{id: l, on: hours, pick: last, tiers: [{from: 1, pay: {amount: 1 USD}}, {from: 2, pay: {amount: 2 USD}}]}]", "2.00 USD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := compensate.Assess(load(t, "name: x\n"+c.text), in())
			require.NoError(t, err)
			require.Empty(t, got.Undecided)
			assert.Equal(t, c.want, got.Amount.String(), "%q", got.Why())
		})
	}
}

func TestPeriodsAreCivilAndReal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, start string
		hours             int
		of                func(time.Time, string) (compensate.Period, error)
	}{
		{"a month in which summer time ends", "Europe/Berlin", "2026-09-30T22:00:00Z", 31*24 + 1, compensate.CalendarMonth},
		{"the same month in UTC", "", "2026-10-01T00:00:00Z", 31 * 24, compensate.CalendarMonth},
		{"a quarter", "UTC", "2026-10-01T00:00:00Z", 92 * 24, compensate.CalendarQuarter},
		{"a year", "UTC", "2026-01-01T00:00:00Z", 365 * 24, compensate.CalendarYear},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := c.of(time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC), c.zone)
			require.NoError(t, err)
			assert.Equal(t, c.start, p.Start.Format(time.RFC3339))
			assert.Equal(t, c.hours, int(p.Length()/time.Hour))
		})
	}
	_, err := compensate.CalendarMonth(time.Now(), "Nowhere/Else")
	require.Error(t, err)
}
