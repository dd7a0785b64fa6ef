package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// sent is how a notice of some deliveries ended: they arrived, died, or were not wanted.
func sent(arrived, dead, unwanted int64, channels ...policy.ToldChannel) policy.Told {
	t := policy.Told{Expanded: true, Items: arrived + dead + unwanted, Sent: arrived, Dead: dead, Suppressed: unwanted, Channels: channels}
	if arrived > 0 {
		t.First, t.Last = in(62*minutes), in(62*minutes)
	}
	return t
}

func set(key string, t policy.Told) func(*policy.Facts) {
	return func(f *policy.Facts) { f.Told[key] = t }
}

// TestToldIsReached: words and acts that arrived nowhere are not done, and whom
// no channel reached is named.
func TestToldIsReached(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: fixed, act: resolution, within: 30m, to: [affected, public]}
  - {id: privately, act: explanation, within: 30m, to: affected}
  - {id: ask, act: ask_verdict, within: 4h}
  - {id: pay, act: compensate, within: 5d}
`)
	mail := policy.ToldChannel{Channel: "mail", Sent: 2}
	page := policy.ToldChannel{Channel: "page", Public: true, Passive: true, Sent: 1}
	bounced := sent(0, 0, 0)
	bounced.Items, bounced.Bounced = 2, 2
	superseded := sent(0, 0, 0)
	superseded.Items = 2
	tests := []struct {
		name   string
		key    string
		told   policy.Told
		id     string
		status policy.RequirementStatus
		why    string
	}{
		{"words that arrived nowhere", "inc.3", sent(0, 3, 0), "fixed/r0", policy.Open, "none of 3 deliveries arrived: revive them"},
		{"words that all came back", "inc.3", bounced, "fixed/r0", policy.Open, "none of 2 deliveries arrived"},
		{"words that some did not get are in public", "inc.3", sent(3, 1, 0, mail, page), "fixed/r0", policy.Met, "1 of 4 deliveries did not arrive"},
		{"words that some did not get are nowhere in public", "inc.3", sent(2, 1, 0, mail), "fixed/r0", policy.Open, "no public channel accepted the words"},
		{"words for nobody", "inc.3", sent(0, 0, 0), "fixed/r0", policy.Met, "said"},
		{"words that nobody wants by mail", "inc.3", sent(0, 0, 2), "fixed/r0", policy.Met, "said"},
		{"words that were overtaken", "inc.3", superseded, "fixed/r0", policy.Met, "said"},
		{"private words that arrived nowhere", "inc.4", sent(0, 1, 1), "privately/r0", policy.Open, "none of 1 delivery arrived"},
		{"private words that some did not get", "inc.4", sent(2, 1, 0, mail), "privately/r0", policy.Met, "1 of 3 deliveries did not arrive"},
		{"a question that arrived nowhere", "ask:inc:0", sent(0, 2, 0), "ask/r0", policy.Open, "none of 2 deliveries arrived: revive them"},
		{"a question that some did not get", "ask:inc:0", sent(2, 1, 0, mail), "ask/r0", policy.Met, "1 of 3 deliveries did not arrive"},
		{"a question to nobody", "ask:inc:0", sent(0, 0, 0), "ask/r0", policy.Met, "nobody to tell"},
		{"a question that nobody wants", "ask:inc:0", sent(0, 0, 2), "ask/r0", policy.Met, "nobody to tell"},
		{"awards that nobody heard of", "award:inc:0.0", sent(0, 2, 1), "pay/r0.0", policy.Open, "none of 2 deliveries arrived"},
		{"awards that some did not hear of", "award:inc:0.0", sent(2, 2, 1, mail), "pay/r0.0", policy.Met, "2 of 4 deliveries did not arrive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := outage(
				both(2, incident.PurposeUpdate, 5*minutes), status(incident.StatusResolved, 60*minutes),
				both(3, incident.PurposeResolution, 61*minutes),
				said(4, incident.PurposeExplanation, 61*minutes, incident.AudienceAffected), told("inc.4", 62*minutes),
				told("ask:inc:0", 62*minutes), told("award:inc:0.0", 62*minutes), set(tt.key, tt.told),
			)
			f.Credits.Assessed = true
			for _, other := range []string{"fixed/r0", "privately/r0", "ask/r0", "pay/r0.0"} {
				q := get(t, c.Decide(in(70*minutes), f), other)
				if other != tt.id {
					assert.Equal(t, policy.Met, q.Status, "%s is not concerned: %s", other, q.Why)
					continue
				}
				assert.Equal(t, tt.status, q.Status, q.Why)
				assert.Contains(t, q.Why, tt.why)
				assert.Equal(t, q.Status != policy.Met, q.MetAt.IsZero())
			}
			q := get(t, c.Decide(in(1000*time.Hour), f), tt.id)
			assert.Equal(t, tt.status == policy.Open && tt.told.Sent == 0, q.Late, "what reached nobody in time is late: %s", q.Why)
		})
	}
}

func TestOtherWordsReachWhomTheFirstDidNot(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: first, act: first_notice, within: 10m, to: affected}
`)
	f := outage(
		said(2, incident.PurposeUpdate, 5*minutes, incident.AudienceAffected), set("inc.2", sent(0, 2, 0)),
		said(3, incident.PurposeUpdate, 20*minutes, incident.AudienceAffected), set("inc.3", policy.Told{Expanded: true, Items: 2, Pending: 2}),
	)
	q := get(t, c.Decide(in(21*minutes), f), "first")
	assert.Equal(t, policy.Open, q.Status)
	assert.Contains(t, q.Why, "not everybody of affected was told yet")
	assert.True(t, q.Late, "the first words that reach anybody decide")
	told("inc.3", 22*minutes)(f)
	q = get(t, c.Decide(in(30*minutes), f), "first")
	assert.Equal(t, policy.Met, q.Status, q.Why)
	assert.Equal(t, "inc.3", q.MetBy)
	assert.True(t, q.Late)

	f = outage(
		said(2, incident.PurposeUpdate, 5*minutes, incident.AudienceAffected), set("inc.2", sent(0, 2, 0)),
		said(3, incident.PurposeCorrection, 20*minutes, incident.AudienceAffected), told("inc.3", 20*minutes),
	)
	f.Incident.Statements[0].CorrectedBy = "inc.3"
	q = get(t, c.Decide(in(30*minutes), f), "first")
	assert.Equal(t, policy.Met, q.Status, "a correction reaches whom the corrected words did not: %s", q.Why)
}

// TestLateStaysLate: what was late once never becomes on time.
func TestLateStaysLate(t *testing.T) {
	t.Parallel()
	c := compile(t, ending)
	resolved := []func(*policy.Facts){both(2, incident.PurposeUpdate, 5*minutes), status(incident.StatusResolved, 60*minutes)}
	slow := policy.Told{Expanded: true, Items: 2, Sent: 1, Pending: 1, First: in(61 * minutes), Last: in(61 * minutes), Channels: []policy.ToldChannel{{Channel: "mail", Sent: 1}}}

	f := outage(append(resolved, set("ask:inc:0", slow))...)
	require.True(t, get(t, c.Decide(in(6*time.Hour), f), "ask/r0").Late, "one has not been asked in time")
	slow.Pending, slow.Sent, slow.Last = 0, 2, in(7*time.Hour)
	set("ask:inc:0", slow)(f)
	q := get(t, c.Decide(in(8*time.Hour), f), "ask/r0")
	assert.Equal(t, policy.Met, q.Status)
	assert.Equal(t, in(7*time.Hour), q.MetAt, "the last who was asked decides")
	assert.True(t, q.Late)

	first, joined := incident.PolicyPin{Name: "company", Hash: "1"}, c.Pin()
	breach := func(id string, pins ...incident.PolicyPin) func(*policy.Facts) {
		return func(f *policy.Facts) {
			f.Incident.Policies = pins
			f.Incident.Breaches = []incident.BreachAt{{Breached: incident.Breached{Requirement: id, Due: in(65 * minutes)}, At: in(66 * minutes)}}
		}
	}
	tests := []struct {
		name   string
		breach func(*policy.Facts)
		late   bool
	}{
		{"no breach", breach("other/r0"), false},
		{"of an incident that names no policy", breach("fixed/r0"), true},
		{"of the first policy", breach("fixed/r0", joined, first), true},
		{"of a policy that joined", breach("test/fixed/r0", first, joined), true},
		{"of another policy's rule of the same name", breach("fixed/r0", first, joined), false},
		{"of a policy that is only tried out", breach("fixed/r0", first), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := outage(append(resolved, both(3, incident.PurposeResolution, 61*minutes), tt.breach)...)
			q := get(t, c.Decide(in(70*minutes), f), "fixed/r0")
			require.Equal(t, policy.Met, q.Status, q.Why)
			assert.Equal(t, tt.late, q.Late)
		})
	}
}
