package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

const scheme = `
  schemes:
    sla: {name: sla, lines: [{id: table, on: availability, tiers: [{from: 99.9, pay: {}}, {from: 99, below: 99.9, pay: {percent: 10}}, {below: 99, pay: {percent: 25}}]}]}
`

// eur is a customer who pays EUR 100 a month and was down for so many minutes.
func eur(down int, changes ...func(*policy.CustomerFacts)) *policy.CustomerFacts {
	f := &policy.CustomerFacts{
		Customer: "c1", Degree: incident.DegreeDown, Components: []string{"api"}, Currency: "EUR", Zone: "UTC",
		Fees:    map[string]compensate.Money{"": compensate.FromMinor(10000, "EUR")},
		Windows: []incident.Window{{From: day, To: in(time.Duration(down) * minutes)}},
	}
	for _, change := range changes {
		change(f)
	}
	return f
}

func TestAwards(t *testing.T) {
	t.Parallel()
	core := func(f *policy.Facts) { f.Incident.Components[0].Core = true }
	twice := func(f *policy.CustomerFacts) { f.Before = []time.Duration{72 * time.Hour} }
	hours := func(f *policy.CustomerFacts) { f.LostMinutes = 90 }
	tests := []struct {
		name            string
		rules           string
		facts           *policy.Facts
		customer        *policy.CustomerFacts
		total, contract int64
		undecided       string
	}{
		{"contract alone", "combine: add", outage(), eur(100), 1000, 1000, ""},
		{"contract gives nothing", "combine: add", outage(), eur(10), 0, 0, ""},
		{"added", "combine: add\n  repeat: {within: 7d, give: {percent_of_fee: 10}}\n  hours_lost: {per_hour: 60.00 EUR}", outage(), eur(100, twice, hours), 1000 + 1000 + 9000, 1000, ""},
		{"greatest", "combine: greatest\n  repeat: {within: 7d, give: {percent_of_fee: 15}}\n  core_function: {amounts: 12.00 EUR}", outage(core), eur(100, twice), 1500, 1000, ""},
		{"first that gives", "combine: first\n  core_function: {amounts: 50.00 EUR}", outage(core), eur(10), 5000, 0, ""},
		{"first is the contract", "combine: first\n  core_function: {amounts: 50.00 EUR}", outage(core), eur(100), 1000, 1000, ""},
		{"repeat only within its time", "combine: add\n  repeat: {within: 2d, give: {percent_of_fee: 10}}", outage(), eur(100, twice), 1000, 1000, ""},
		{"core function of another component", "combine: add\n  core_function: {percent_of_fee: 10}", outage(core), eur(100, func(f *policy.CustomerFacts) { f.Components = []string{"mail"} }), 1000, 1000, ""},
		{"hours are bounded", "combine: add\n  hours_lost: {per_hour: 60.00 EUR, at_most: 1}", outage(), eur(10, hours), 6000, 0, ""},
		{"costs", "combine: add\n  costs_lost: {percent: 50, at_most: 20.00 EUR}", outage(), eur(10, func(f *policy.CustomerFacts) {
			f.LostCosts = []compensate.Money{compensate.FromMinor(1001, "EUR"), compensate.FromMinor(1000, "EUR")}
		}), 1001, 0, ""},
		{"broken promises", "combine: add\n  broken_promises: {each: 10.00 EUR, at_most: 2}", outage(), eur(10, func(f *policy.CustomerFacts) { f.BrokenPromises = 3 }), 2000, 0, ""},
		{"always above the contract", "combine: add\n  above_contract: {percent_of_contract: 50}", outage(), eur(100), 1500, 1000, ""},
		{"at least", "combine: add\n  at_least: {amounts: 3.00 EUR}", outage(), eur(10), 300, 0, ""},
		{"the cap bounds goodwill", "combine: add\n  hours_lost: {per_hour: 60.00 EUR}\n  cap: {percent_of_fee: 20}", outage(), eur(100, hours), 2000, 1000, ""},
		{"and never the contract", "combine: add\n  cap: {percent_of_fee: 5}", outage(), eur(100), 1000, 1000, ""},
		{"data loss without downtime", "combine: add\n  data_loss: {percent_of_fee: 100}", outage(), eur(0, func(f *policy.CustomerFacts) {
			f.Degree, f.DataLoss, f.Windows = incident.DegreeExposed, true, nil
		}), 10000, 0, ""},
		{"windows unknown", "combine: add", outage(), eur(0, func(f *policy.CustomerFacts) { f.Windows, f.Degree = nil, incident.DegreeUnknown }), 0, 0, "how long the customer was hit is not known"},
		{"it still lasts", "combine: add", outage(), eur(0, func(f *policy.CustomerFacts) { f.Windows[0].To = time.Time{} }), 0, 0, "not known when it began or ended"},
		{"no fee", "combine: add", outage(), eur(100, func(f *policy.CustomerFacts) { f.Fees = nil }), 0, 0, "what the customer pays"},
		{"fees of components", "combine: add", outage(), eur(100, func(f *policy.CustomerFacts) {
			f.Fees = map[string]compensate.Money{"api": compensate.FromMinor(5000, "EUR"), "mail": compensate.FromMinor(900, "EUR")}
		}), 500, 500, ""},
		{"another currency", "combine: add\n  at_least: {amounts: 3.00 USD}", outage(), eur(100), 0, 0, "no amount in EUR"},
		{"another contract", "combine: add", outage(), eur(100, func(f *policy.CustomerFacts) { f.Contract = "gold" }), 0, 0, `no scheme "gold"`},
		{"not hit", "combine: add\n  at_least: {amounts: 3.00 EUR}", outage(), &policy.CustomerFacts{Customer: "c1"}, 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := compile(t, "compensation:\n  "+tt.rules+scheme).Decide(in(time.Hour), tt.facts)
			e, err := d.For(tt.customer)
			require.NoError(t, err)
			if tt.undecided != "" {
				assert.Contains(t, e.Undecided, tt.undecided)
				assert.True(t, e.Owed.Total.IsZero())
				return
			}
			assert.Empty(t, e.Undecided)
			assert.Equal(t, tt.total, e.Owed.Total.Minor(), "%q", e.WhyStaff)
			assert.Equal(t, tt.contract, e.Owed.Contract.Minor())
			assert.Equal(t, e.Award.Amount, e.Owed.Total)
			assert.Equal(t, compensate.Key{Space: "acme", Scheme: "test", Customer: "c1", Basis: "inc"}, e.Owed.Key)
		})
	}
}

func TestComplainingChangesNothing(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	d := c.Decide(in(time.Hour), outage())
	quiet, err := d.For(eur(500))
	require.NoError(t, err)
	loud, err := d.For(eur(500, func(f *policy.CustomerFacts) { f.Reported = true }))
	require.NoError(t, err)
	require.Equal(t, quiet, loud)
	require.Positive(t, quiet.Owed.Total.Minor())
	require.Greater(t, quiet.Owed.Total.Minor(), quiet.Owed.Contract.Minor(), "beyond the contract")
	require.NotEmpty(t, quiet.Why)
	for _, line := range quiet.Why {
		require.NotContains(t, line, "goodwill", "what customers read has no names of rules")
	}
}

func TestApprovalLimitsAndCases(t *testing.T) {
	t.Parallel()
	d := compile(t, "compensation:\n  combine: add\n  approval: 50.00 EUR"+scheme).Decide(day, outage())
	e, err := d.For(eur(100))
	require.NoError(t, err)
	require.Equal(t, compensate.FromMinor(5000, "EUR"), e.Owed.Limit)
	e, err = d.For(eur(100, func(f *policy.CustomerFacts) { f.Fees[""] = compensate.FromMinor(10000, "USD") }))
	require.NoError(t, err)
	require.Contains(t, e.Undecided, "no approval limit in USD")

	c := compile(t, "")
	caseDecision := c.DecideCase(day, &policy.CaseFacts{Case: &incident.Case{}})
	_, err = caseDecision.For(eur(1))
	require.ErrorContains(t, err, "not about an incident")
	d = c.Decide(day, outage())
	e, err = d.For(eur(100))
	require.NoError(t, err)
	require.True(t, e.Owed.Total.IsZero())
}
