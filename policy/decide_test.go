package policy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

var day = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) // a Monday

func in(d time.Duration) time.Time { return day.Add(d) }

const minutes = time.Minute

func compile(t testing.TB, src string) *policy.Compiled {
	t.Helper()
	p, err := policy.Load("test.yaml", []byte("name: test\n"+src))
	require.NoError(t, err)
	c, err := policy.Compile(p, nil)
	require.NoError(t, err)
	return c
}

// outage is an incident that was opened at the start of the day.
func outage(changes ...func(*policy.Facts)) *policy.Facts {
	f := &policy.Facts{
		Incident: &incident.Incident{
			ID: "inc", Space: "acme", Severity: incident.SeverityMajor, Worst: incident.SeverityMajor, Opened: day,
			Status: incident.StatusDetected, Components: []incident.Component{{ID: "api"}},
			Statuses: []incident.StatusAt{{Status: incident.StatusDetected, At: day}}, Clocks: map[incident.Clock]time.Time{},
		},
		Told: map[string]policy.Told{},
	}
	for _, change := range changes {
		change(f)
	}
	return f
}

func status(s incident.Status, after time.Duration) func(*policy.Facts) {
	return func(f *policy.Facts) {
		i := f.Incident
		if s == incident.StatusInvestigating && (i.Status == incident.StatusResolved || i.Status == incident.StatusMonitoring) {
			i.Round++
		}
		i.Status = s
		i.Statuses = append(i.Statuses, incident.StatusAt{Status: s, At: in(after), Round: i.Round})
	}
}

func said(version int, purpose incident.Purpose, after time.Duration, to ...incident.Audience) func(*policy.Facts) {
	return func(f *policy.Facts) {
		id := fmt.Sprintf("inc.%d", version)
		f.Incident.Statements = append(f.Incident.Statements, &incident.Statement{
			ID: id, StatementDrafted: incident.StatementDrafted{Purpose: purpose, Audiences: to},
			Published: in(after), Approved: in(after), ApprovedBy: incident.Actor{Kind: incident.ActorStaff, ID: "ada"},
		})
	}
}

// told says that a notice reached everybody by mail and on the status page.
func told(key string, after time.Duration) func(*policy.Facts) {
	return func(f *policy.Facts) {
		f.Told[key] = policy.Told{
			Expanded: true, Items: 3, Sent: 3, First: in(after), Last: in(after),
			Channels: []policy.ToldChannel{{Channel: "mail", Sent: 2}, {Channel: "page", Public: true, Passive: true, Sent: 1}},
		}
	}
}

func both(version int, purpose incident.Purpose, after time.Duration) func(*policy.Facts) {
	return func(f *policy.Facts) {
		said(version, purpose, after, incident.AudienceAffected, incident.AudiencePublic)(f)
		told(fmt.Sprintf("inc.%d", version), after)(f)
	}
}

func get(t testing.TB, d policy.Decision, id string) policy.Requirement {
	t.Helper()
	for _, q := range d.Requirements {
		if q.ID == id {
			return q
		}
	}
	require.Failf(t, "no such requirement", "%q is not among %v", id, ids(d))
	return policy.Requirement{}
}

func ids(d policy.Decision) []string {
	var out []string
	for _, q := range d.Requirements {
		out = append(out, q.ID)
	}
	return out
}

const firstWord = `
communication:
  - {id: first, act: first_notice, from: [aware, detected, outside_report, opened], within: 10m, to: [affected, public], channels: {at_least: 2, public: 1, private: 1}, prepared: holding, wake: [{who: lead, before: 3m}, {who: boss}]}
prepared: {holding: {en: {body: We are looking.}}}
`

func TestFirstNotice(t *testing.T) {
	t.Parallel()
	clock := func(c incident.Clock, after time.Duration) func(*policy.Facts) {
		return func(f *policy.Facts) { f.Incident.Clocks[c] = in(after) }
	}
	change := func(do func(*policy.Facts)) func(*policy.Facts) { return do }
	tests := []struct {
		name   string
		at     time.Duration
		facts  *policy.Facts
		status policy.RequirementStatus
		late   bool
		due    time.Duration
	}{
		{"open while nothing was said", 5 * minutes, outage(), policy.Open, false, 10 * minutes},
		{"in time at the due time", 10 * minutes, outage(), policy.Open, false, 10 * minutes},
		{"late after it", 10*minutes + time.Microsecond, outage(), policy.Open, true, 10 * minutes},
		{"the earliest clock counts", 5 * minutes, outage(clock(incident.ClockOutsideReport, -20*minutes)), policy.Open, true, -10 * minutes},
		{"met by words to all that were told", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes)), policy.Met, false, 10 * minutes},
		{"met late", 20 * minutes, outage(both(2, incident.PurposeUpdate, 11*minutes)), policy.Met, true, 10 * minutes},
		{
			"published in time and not told is open but not late", 20 * minutes,
			outage(said(2, incident.PurposeUpdate, 9*minutes, "affected", "public")), policy.Open, false, 10 * minutes,
		},
		{"two statements together", 20 * minutes, outage(
			said(2, incident.PurposeUpdate, 8*minutes, "affected"), said(3, incident.PurposeUpdate, 9*minutes, "public"),
			told("inc.2", 8*minutes), told("inc.3", 9*minutes)), policy.Met, false, 10 * minutes},
		{"the later of the two decides", 20 * minutes, outage(
			said(2, incident.PurposeUpdate, 8*minutes, "affected"), said(3, incident.PurposeUpdate, 12*minutes, "public"),
			told("inc.2", 8*minutes), told("inc.3", 9*minutes)), policy.Met, true, 10 * minutes},
		{"private mail is not enough", 20 * minutes, outage(
			said(2, incident.PurposeUpdate, 8*minutes, "affected"), told("inc.2", 8*minutes)), policy.Open, true, 10 * minutes},
		{"withdrawn words do not stand", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes),
			change(func(f *policy.Facts) { f.Incident.Statements[0].Withdrawn = in(12 * minutes) })), policy.Open, true, 10 * minutes},
		{"corrected words stand with their correction", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes), both(3, incident.PurposeCorrection, 15*minutes),
			change(func(f *policy.Facts) { f.Incident.Statements[0].CorrectedBy = "inc.3" })), policy.Met, false, 10 * minutes},
		{"a passive page alone is no private word", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes),
			change(func(f *policy.Facts) {
				f.Told["inc.2"] = policy.Told{Expanded: true, Items: 2, Sent: 2, Channels: []policy.ToldChannel{{Channel: "inbox", Passive: true, Sent: 1}, {Channel: "page", Public: true, Sent: 1}}}
			})), policy.Open, false, 10 * minutes},
		{"nobody affected needs no private channel", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes),
			change(func(f *policy.Facts) {
				f.Told["inc.2"] = policy.Told{Expanded: true, Items: 1, Sent: 1, Empty: []incident.Audience{"affected"}, Channels: []policy.ToldChannel{{Channel: "page", Public: true, Sent: 1}}}
			})), policy.Met, false, 10 * minutes},
		{"a lawful no to mail settles the private channel", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes),
			change(func(f *policy.Facts) {
				f.Told["inc.2"] = policy.Told{Expanded: true, Items: 2, Sent: 1, Suppressed: 1, Channels: []policy.ToldChannel{{Channel: "page", Public: true, Sent: 1}}}
			})), policy.Met, false, 10 * minutes},
		{"a dead address does not", 20 * minutes, outage(both(2, incident.PurposeUpdate, 9*minutes),
			change(func(f *policy.Facts) {
				f.Told["inc.2"] = policy.Told{Expanded: true, Items: 2, Sent: 1, Dead: 1, Channels: []policy.ToldChannel{{Channel: "page", Public: true, Sent: 1}}}
			})), policy.Open, false, 10 * minutes},
		{"the prepared text may go out alone", 20 * minutes, outage(both(2, incident.PurposeHolding, 9*minutes),
			change(func(f *policy.Facts) {
				f.Incident.Statements[0].Approved, f.Incident.Statements[0].Prepared = time.Time{}, "holding"
			})), policy.Met, false, 10 * minutes},
		{"other unapproved words may not", 20 * minutes, outage(both(2, incident.PurposeHolding, 9*minutes),
			change(func(f *policy.Facts) {
				f.Incident.Statements[0].Approved, f.Incident.Statements[0].Prepared = time.Time{}, "other"
			})), policy.Open, true, 10 * minutes},
		{"a waiver settles it, and lateness stays", 20 * minutes, outage(
			change(func(f *policy.Facts) {
				f.Incident.Waivers = []incident.WaiverAt{{At: in(15 * minutes), Waived: incident.Waived{Requirement: "first", By: "ada", Reason: "told on the phone", Expires: in(60 * minutes)}}}
			})), policy.Waived, true, 10 * minutes},
	}
	c := compile(t, firstWord)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := get(t, c.Decide(in(tt.at), tt.facts), "first")
			assert.Equal(t, tt.status, q.Status, q.Why)
			assert.Equal(t, tt.late, q.Late, q.Why)
			assert.Equal(t, in(tt.due), q.Due)
			assert.NotEmpty(t, q.Why)
		})
	}
}

func TestNextIsWhenTimeAloneChangesSomething(t *testing.T) {
	t.Parallel()
	c := compile(t, firstWord)
	f := outage()
	at := day
	for _, want := range []time.Time{in(7 * minutes), in(10 * minutes), in(10*minutes + time.Microsecond), {}} {
		d := c.Decide(at, f)
		require.Equal(t, want, d.Next)
		if !want.IsZero() {
			at = want
		}
	}
	q := get(t, c.Decide(day, f), "first")
	require.Equal(t, []policy.Escalation{{To: "lead", At: in(7 * minutes), Level: 1}, {To: "boss", At: in(10 * minutes), Level: 2}}, q.Escalate)
}

func TestCadence(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: updates, act: update, cadence: [{every: 30m, for: 2h}, {every: 2h}], to: public}
`)
	word := func(version int, after time.Duration) func(*policy.Facts) {
		return func(f *policy.Facts) {
			said(version, incident.PurposeUpdate, after, incident.AudiencePublic)(f)
			told(fmt.Sprintf("inc.%d", version), after)(f)
		}
	}
	type want struct {
		id     string
		due    time.Duration
		status policy.RequirementStatus
		late   bool
	}
	tests := []struct {
		name  string
		at    time.Duration
		facts *policy.Facts
		want  []want
	}{
		{"waits for the first word", 90 * minutes, outage(), []want{{"updates/first", 0, policy.Waiting, false}}},
		{"next word owed after the first", 40 * minutes, outage(word(2, 5*minutes)), []want{{"updates/2", 35 * minutes, policy.Open, true}}},
		{"each gap by itself", 70 * minutes, outage(word(2, 5*minutes), word(3, 25*minutes), word(4, 65*minutes)), []want{
			{"updates/2", 35 * minutes, policy.Met, false}, {"updates/3", 55 * minutes, policy.Met, true}, {"updates/4", 95 * minutes, policy.Open, false},
		}},
		{"slower in the second phase", 200 * minutes, outage(word(2, 0), word(3, 30*minutes), word(4, 121*minutes)), []want{
			{"updates/2", 30 * minutes, policy.Met, false}, {"updates/3", 60 * minutes, policy.Met, true}, {"updates/4", 241 * minutes, policy.Open, false},
		}},
		{"ends before it is due", 90 * minutes, outage(word(2, 5*minutes), status(incident.StatusResolved, 20*minutes)), nil},
		{"silence before the end stays late", 90 * minutes, outage(word(2, 5*minutes), status(incident.StatusResolved, 40*minutes), word(4, 45*minutes)), []want{
			{"updates/2", 35 * minutes, policy.Met, true},
		}},
		{"begins again when it is reopened", 130 * minutes, outage(word(2, 5*minutes), status(incident.StatusResolved, 20*minutes), status(incident.StatusInvestigating, 100*minutes)), []want{
			{"updates/r1", 130 * minutes, policy.Open, false},
		}},
		{"owed by the survivor while merged", 90 * minutes, outage(word(2, 5*minutes), status(incident.StatusMerged, 20*minutes)), nil},
		{"and here again once separated", 300 * minutes, outage(word(2, 5*minutes), status(incident.StatusMerged, 20*minutes), status(incident.StatusInvestigating, 240*minutes), word(6, 260*minutes)), []want{
			{"updates/separated.2", 270 * minutes, policy.Met, false}, {"updates/6", 290 * minutes, policy.Open, true},
		}},
		{"silence before the merge stays late", 250 * minutes, outage(word(2, 5*minutes), status(incident.StatusMerged, 40*minutes), status(incident.StatusInvestigating, 240*minutes)), []want{
			{"updates/2", 35 * minutes, policy.Open, true}, {"updates/separated.2", 270 * minutes, policy.Open, false},
		}},
		{"separated before the first word", 250 * minutes, outage(status(incident.StatusMerged, 20*minutes), status(incident.StatusInvestigating, 240*minutes)), []want{
			{"updates/first", 0, policy.Waiting, false},
		}},
		{"counted from the first word after that", 300 * minutes, outage(status(incident.StatusMerged, 20*minutes), status(incident.StatusInvestigating, 240*minutes), word(6, 250*minutes)), []want{
			{"updates/6", 280 * minutes, policy.Open, true},
		}},
		{"separated when it was over", 300 * minutes, outage(word(2, 5*minutes), status(incident.StatusResolved, 10*minutes), status(incident.StatusMerged, 20*minutes), status(incident.StatusResolved, 240*minutes)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []want
			for _, q := range c.Decide(in(tt.at), tt.facts).Requirements {
				w := want{q.ID, 0, q.Status, q.Late}
				if !q.Due.IsZero() {
					w.due = q.Due.Sub(day)
				}
				got = append(got, w)
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestStatusChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: moves, act: status_change, within: 30m, to: public}
`)
	announcing := func(version int, s incident.Status, after time.Duration) func(*policy.Facts) {
		return func(f *policy.Facts) {
			said(version, incident.PurposeUpdate, after, incident.AudiencePublic)(f)
			f.Incident.Statements[len(f.Incident.Statements)-1].Status = s
			told(fmt.Sprintf("inc.%d", version), after)(f)
		}
	}
	f := outage(
		status(incident.StatusInvestigating, 5*minutes), announcing(2, "", 6*minutes),
		status(incident.StatusIdentified, 20*minutes), status(incident.StatusMonitoring, 30*minutes),
		announcing(3, incident.StatusMonitoring, 45*minutes), status(incident.StatusResolved, 60*minutes))
	d := c.Decide(in(70*minutes), f)
	require.Equal(t, []string{"moves/investigating.1", "moves/identified.2", "moves/monitoring.3", "moves/resolved.4"}, ids(d))
	assert.Equal(t, policy.Met, get(t, d, "moves/investigating.1").Status)
	assert.Equal(t, policy.Met, get(t, d, "moves/identified.2").Status, "a later status says enough of the earlier one")
	assert.Equal(t, policy.Met, get(t, d, "moves/monitoring.3").Status)
	assert.Equal(t, policy.Open, get(t, d, "moves/resolved.4").Status)

	said(4, incident.PurposeResolution, 59*minutes, incident.AudiencePublic)(f)
	told("inc.4", 59*minutes)(f)
	assert.Equal(t, policy.Met, get(t, c.Decide(in(70*minutes), f), "moves/resolved.4").Status, "a resolution is published before the step that it is a condition of")
}

const ending = `
calendars: {office: {zone: Europe/Berlin, holidays: [2026-03-04]}}
communication:
  - {id: fixed, act: resolution, within: 30m, to: [affected, public], same_channels: true}
  - {id: why, act: explanation, within: 2 business days, to: [affected, public]}
  - {id: again, act: reopening, within: 30m, to: [affected, public]}
  - {id: correct, act: correction, within: 1h, to: [affected, public]}
  - {id: ask, act: ask_verdict, within: 4h}
  - {id: pay, act: compensate, within: 5d}
`

func TestEndings(t *testing.T) {
	t.Parallel()
	c := compile(t, ending)
	resolved := []func(*policy.Facts){both(2, incident.PurposeUpdate, 5*minutes), status(incident.StatusResolved, 60*minutes)}
	with := func(more ...func(*policy.Facts)) *policy.Facts {
		return outage(append(slices.Clone(resolved), more...)...)
	}

	d := c.Decide(in(30*minutes), outage(both(2, incident.PurposeUpdate, 5*minutes)))
	for _, id := range []string{"fixed/r0", "why/r0", "ask/r0", "pay/r0.0"} {
		assert.Equal(t, policy.Waiting, get(t, d, id).Status, id)
		assert.True(t, get(t, d, id).Due.IsZero(), id)
	}
	d = c.Decide(in(61*minutes), with())
	assert.Equal(t, in(90*minutes), get(t, d, "fixed/r0").Due)
	assert.Equal(t, time.Date(2026, 3, 5, 16, 0, 0, 0, time.UTC), get(t, d, "why/r0").Due, "close of business in Berlin, the holiday left out")
	assert.Equal(t, policy.Open, get(t, d, "ask/r0").Status)
	assert.Equal(t, policy.Open, get(t, d, "pay/r0.0").Status)

	d = c.Decide(in(70*minutes), with(both(3, incident.PurposeResolution, 59*minutes)))
	assert.Equal(t, policy.Met, get(t, d, "fixed/r0").Status)
	f := with(both(3, incident.PurposeResolution, 59*minutes))
	two := f.Told["inc.2"]
	two.Channels = append(slices.Clone(two.Channels), policy.ToldChannel{Channel: "social", Public: true, Sent: 1})
	f.Told["inc.2"] = two
	q := get(t, c.Decide(in(70*minutes), f), "fixed/r0")
	assert.Equal(t, policy.Open, q.Status)
	assert.Contains(t, q.Why, "social")

	f = with(told("ask:inc:0", 62*minutes), told("award:inc:0.0", 62*minutes))
	d = c.Decide(in(70*minutes), f)
	assert.Equal(t, policy.Met, get(t, d, "ask/r0").Status)
	assert.Equal(t, policy.Open, get(t, d, "pay/r0.0").Status, "not assessed")
	f.Credits.Assessed = true
	assert.Equal(t, policy.Met, get(t, c.Decide(in(70*minutes), f), "pay/r0.0").Status)

	f = with(both(3, incident.PurposeResolution, 59*minutes), status(incident.StatusInvestigating, 120*minutes))
	d = c.Decide(in(130*minutes), f)
	assert.Equal(t, policy.Open, get(t, d, "again/r1").Status)
	assert.Equal(t, policy.Waiting, get(t, d, "fixed/r1").Status, "what was said in the last round is no resolution of this one")
	both(5, incident.PurposeReopening, 125*minutes)(f)
	assert.Equal(t, policy.Met, get(t, c.Decide(in(130*minutes), f), "again/r1").Status)
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	c := compile(t, ending)
	f := outage(both(2, incident.PurposeUpdate, 5*minutes), said(3, incident.PurposeCorrection, 20*minutes, incident.AudiencePublic), told("inc.3", 20*minutes))
	f.Incident.Statements[0].CorrectedBy = "inc.3"
	q := get(t, c.Decide(in(30*minutes), f), "correct/2")
	assert.Equal(t, policy.Open, q.Status, "the affected had the wrong words and not their correction")
	f.Incident.Statements[1].Audiences = []incident.Audience{incident.AudienceAffected, incident.AudiencePublic}
	assert.Equal(t, policy.Met, get(t, c.Decide(in(30*minutes), f), "correct/2").Status)

	f = outage(both(2, incident.PurposeUpdate, 5*minutes), status(incident.StatusDismissed, 30*minutes))
	d := c.Decide(in(95*minutes), f)
	require.Equal(t, []string{"correct/dismissed.1"}, ids(d), "of a false alarm, only what was said is put right")
	assert.True(t, d.Requirements[0].Late)
	assert.Empty(t, c.Decide(in(95*minutes), outage(status(incident.StatusDismissed, 30*minutes))).Requirements)
	assert.Empty(t, c.Decide(in(95*minutes), outage(status(incident.StatusMerged, 30*minutes))).Requirements)
}

func TestPromisesBindWithoutARule(t *testing.T) {
	t.Parallel()
	c := compile(t, "")
	f := outage()
	f.Incident.Promises = []*incident.Promise{
		{ID: "inc.4", State: incident.PromisePending, Made: day, PromiseMade: incident.PromiseMade{Promise: incident.PromiseFix, Due: incident.Moment{At: in(time.Hour)}}},
		{ID: "inc.5", State: incident.PromisePending, Made: day, PromiseMade: incident.PromiseMade{Promise: incident.PromisePrevention, Due: incident.Moment{At: in(90 * 24 * time.Hour)}}},
		{ID: "inc.6", State: incident.PromiseWasKept, Made: day, KeptAt: in(30 * minutes), Broken: 1, PromiseMade: incident.PromiseMade{Promise: incident.PromiseCallBack, Due: incident.Moment{At: in(20 * minutes)}}},
	}
	d := c.Decide(in(61*minutes), f)
	require.Equal(t, []string{"promise/inc.4", "promise/inc.5", "promise/inc.6"}, ids(d))
	assert.True(t, d.Requirements[0].Late)
	assert.False(t, d.Requirements[0].OutlivesClosing)
	assert.True(t, d.Requirements[1].OutlivesClosing)
	assert.Equal(t, policy.Met, d.Requirements[2].Status)
	assert.True(t, d.Requirements[2].Late)
}

func TestMaintenance(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: announce, act: first_notice, when: {maintenance: true}, from: planned_start, before: 3d, to: public}
  - {id: incidents, act: first_notice, within: 10m, to: public}
`)
	f := outage()
	f.Incident.Maintenance, f.Incident.Status = true, incident.StatusScheduled
	f.Incident.Statuses[0].Status = incident.StatusScheduled
	f.Incident.Planned = incident.Window{From: in(96 * time.Hour), To: in(98 * time.Hour)}
	d := c.Decide(in(time.Hour), f)
	require.Equal(t, []string{"announce"}, ids(d))
	assert.Equal(t, in(24*time.Hour), d.Requirements[0].Due)
	assert.False(t, d.Requirements[0].Late)
}

func TestPreviousFilingAndEarliestOfSeveral(t *testing.T) {
	t.Parallel()
	c := compile(t, `
audiences: regulator
calendars: {berlin: {zone: Europe/Berlin, roll: "12:00"}}
communication:
  - {id: initial, act: first_notice, from: classified, within: 4h, also: [{from: aware, within: 24h}], to: regulator}
  - {id: intermediate, act: first_notice, from: "rule:initial", within: 72h, to: public}
  - {id: final, act: first_notice, from: "rule:intermediate", within: 1 month, to: staff}
`)
	f := outage()
	q := get(t, c.Decide(day, f), "initial")
	assert.Equal(t, policy.Waiting, q.Status, "a clock that has not started is a state")
	f.Incident.Clocks[incident.ClockAware] = day
	assert.Equal(t, in(24*time.Hour), get(t, c.Decide(day, f), "initial").Due)
	f.Incident.Clocks[incident.ClockClassified] = in(time.Hour)
	d := c.Decide(day, f)
	assert.Equal(t, in(5*time.Hour), get(t, d, "initial").Due)
	assert.Equal(t, policy.Waiting, get(t, d, "intermediate").Status)
	said(2, incident.PurposeUpdate, 2*time.Hour, "regulator")(f)
	told("inc.2", 2*time.Hour)(f)
	said(3, incident.PurposeUpdate, 3*time.Hour, "public")(f)
	told("inc.3", 3*time.Hour)(f)
	d = c.Decide(in(4*time.Hour), f)
	assert.Equal(t, in(74*time.Hour), get(t, d, "intermediate").Due)
	assert.Equal(t, time.Date(2026, 4, 2, 12, 0, 0, 0, time.UTC), get(t, d, "final").Due, "a month later at the same hour in Berlin, where clocks changed")
}
