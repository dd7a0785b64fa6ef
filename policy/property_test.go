package policy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// randomFacts makes an incident that a run of the library could have made.
func randomFacts(r *rand.Rand) *policy.Facts {
	f := outage()
	i := f.Incident
	i.Severity = []incident.Severity{incident.SeverityMinor, incident.SeverityMajor, incident.SeverityCritical}[r.IntN(3)]
	i.Components = []incident.Component{{ID: fmt.Sprintf("c%d", r.IntN(4)), Core: r.IntN(2) == 0}}
	i.DataLoss = r.IntN(3) == 0
	i.Impact.Affected = int64(r.IntN(3) * 100)
	for range r.IntN(3) {
		f.Repeats = append(f.Repeats, time.Duration(r.IntN(20))*24*time.Hour)
	}
	at, version := time.Duration(0), 2
	for range r.IntN(8) {
		at += time.Duration(1+r.IntN(90)) * time.Minute
		switch r.IntN(4) {
		case 1: // merged, and separated again
			before := i.Status
			status(incident.StatusMerged, at)(f)
			at += time.Duration(r.IntN(200)) * time.Minute
			i.Status = before
			i.Statuses = append(i.Statuses, incident.StatusAt{Status: before, At: in(at), Round: i.Round})
		case 0:
			steps := []incident.Status{incident.StatusInvestigating, incident.StatusIdentified, incident.StatusMonitoring, incident.StatusResolved}
			status(steps[r.IntN(4)], at)(f)
		default:
			purposes := []incident.Purpose{incident.PurposeUpdate, incident.PurposeResolution, incident.PurposeExplanation, incident.PurposeReopening}
			both(version, purposes[r.IntN(4)], at)(f)
			arrive(r, f, fmt.Sprintf("inc.%d", version))
			version++
		}
	}
	return f
}

// arrive decides how much of a notice arrives so far.
func arrive(r *rand.Rand, f *policy.Facts, key string) {
	t := f.Told[key]
	switch r.IntN(5) {
	case 0:
		t = policy.Told{Expanded: true, Items: t.Items, Dead: t.Items - 1, Bounced: 1}
	case 1:
		t.Items, t.Dead = t.Items+1, 1
	case 2:
		t.Items, t.Pending = t.Items+1, 1
	}
	f.Told[key] = t
}

// latest is when the last fact was recorded: decisions are not taken before.
func latest(f *policy.Facts) time.Time {
	at := day
	for _, s := range f.Incident.Statuses {
		at = later(at, s.At)
	}
	for _, s := range f.Incident.Statements {
		at = later(at, s.Published)
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func randomRule(r *rand.Rand, id int) string {
	when := []string{"", "severity: critical", "core_function: true", "data_loss: true", "components: [c1, c2]", "repeats: {within: 7d}", "affected: {at_least: 100}", "lasts: 2h", "status: [resolved]"}
	what := []string{
		"act: first_notice, within: 15m, to: public", "act: update, cadence: 1h, to: affected", "act: status_change, within: 30m, to: public",
		"act: resolution, within: 1h, to: [affected, public]", "act: explanation, within: 3d, to: public", "act: ask_verdict, within: 1h", "act: reopening, within: 10m, to: public",
	}
	return fmt.Sprintf("  - {id: r%d, %s, when: {%s}}\n", id, what[r.IntN(len(what))], when[r.IntN(len(when))])
}

// TestLateIsNeverTakenBack: whatever is said, delivered or returned after a
// breach went on record, what was late stays late.
func TestLateIsNeverTakenBack(t *testing.T) {
	t.Parallel()
	const seed = 11
	r := rand.New(rand.NewPCG(seed, seed))
	late := 0
	for n := range 300 {
		var rules strings.Builder
		rules.WriteString("communication:\n")
		for id := range 1 + r.IntN(6) {
			rules.WriteString(randomRule(r, id))
		}
		c := compile(t, rules.String())
		f := randomFacts(r)
		at := latest(f).Add(time.Duration(r.IntN(600)) * time.Minute)
		breached := map[string]bool{}
		for _, q := range c.Decide(at, f).Requirements {
			if q.Late {
				breached[q.ID] = true
				f.Incident.Breaches = append(f.Incident.Breaches, incident.BreachAt{Breached: incident.Breached{Requirement: q.ID, Rule: q.Rule, Due: q.Due}, At: at})
			}
		}
		for version := range 1 + r.IntN(4) {
			both(100+version, incident.PurposeUpdate, at.Sub(day))(f)
		}
		for key := range f.Told {
			told(key, at.Sub(day))(f)
		}
		for _, q := range c.Decide(at, f).Requirements {
			if breached[q.ID] {
				late++
				require.True(t, q.Late, "seed %d, round %d: %s was late: %s", seed, n, q.ID, q.Why)
			}
		}
	}
	require.Positive(t, late, "something was late")
}

func keys(d policy.Decision) map[string]bool {
	out := map[string]bool{}
	for _, q := range d.Requirements {
		out[q.ID] = true
	}
	return out
}

func TestPropertiesOfDecisions(t *testing.T) {
	t.Parallel()
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	for n := range 300 {
		var rules strings.Builder
		rules.WriteString("communication:\n")
		for id := range 1 + r.IntN(6) {
			rules.WriteString(randomRule(r, id))
		}
		c := compile(t, rules.String())
		f := randomFacts(r)
		at := latest(f).Add(time.Duration(r.IntN(200)) * time.Minute)
		before, err := json.Marshal(f)
		require.NoError(t, err)
		d := c.Decide(at, f)

		require.Len(t, keys(d), len(d.Requirements), "seed %d, round %d: no two requirements have the same name: %v", seed, n, ids(d))

		again := c.Decide(at, f)
		require.Equal(t, d, again, "seed %d, round %d: the same facts and time give the same decision", seed, n)
		after, err := json.Marshal(f)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after), "deciding changes no fact")
		require.True(t, d.Next.IsZero() || d.Next.After(at))

		f.Incident.Impact.Affected += 1000
		more := keys(c.Decide(at, f))
		f.Incident.Impact.Affected -= 1000
		for id := range keys(d) {
			require.True(t, more[id], "seed %d, round %d: more customers affected must not remove %s (R21, R36)", seed, n, id)
		}

		larger := keys(compile(t, rules.String()+randomRule(r, 99)).Decide(at, f))
		for id := range keys(d) {
			require.True(t, larger[id], "seed %d, round %d: a further rule must not remove %s", seed, n, id)
		}

		// Between now and Next time alone changes no status and no lateness.
		if !d.Next.IsZero() {
			just := c.Decide(d.Next.Add(-time.Microsecond), f)
			require.Equal(t, len(d.Requirements), len(just.Requirements))
			for k := range d.Requirements {
				require.Equal(t, d.Requirements[k].Status, just.Requirements[k].Status)
				require.Equal(t, d.Requirements[k].Late, just.Requirements[k].Late)
			}
		}
	}
}

func TestDecideIntoUsesBuffersAgain(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	var d policy.Decision
	c.DecideInto(&d, in(time.Hour), outage(both(2, incident.PurposeUpdate, 5*minutes)))
	c.DecideInto(&d, in(time.Minute), outage())
	require.Equal(t, c.Decide(in(time.Minute), outage()).Requirements, d.Requirements)
}
