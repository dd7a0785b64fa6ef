package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

// A prepared text that the review blocks waits for a person; the desk does not spin on it.
func TestABlockedHoldingTextWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	r, err := w.desk.Declare(t.Context(), amends.Declare{
		Command: amends.Command{By: system}, Space: space, ID: "inc-1", Title: "Only a small number of customers cannot restore", Severity: incident.SeverityMajor,
	})
	require.NoError(t, err)
	w.later(25 * time.Minute)
	v := w.incident(r.Record)
	require.Len(t, v.Statements, 1)
	assert.True(t, v.Statements[0].Blocked)
	assert.Empty(t, v.PublishedStatements())
	assert.NotEmpty(t, v.Escalations, "somebody is woken")
}

// Nobody judges a fix that nobody claims: a verdict before is refused, one
// that comes after a reopening is about the fix before it.
func TestAVerdictNeedsAFix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	_, err := w.desk.Verdict(t.Context(), amends.Verdict{Customer: of(id, "c0"), Opinion: incident.OpinionBroken})
	require.ErrorIs(t, err, amends.ErrInvalid)
	w.resolve(id)
	w.verdict(id, "c0", incident.OpinionBroken)
	require.Equal(t, incident.StatusInvestigating, w.incident(id).Status)
	w.verdict(id, "c1", incident.OpinionBroken) // answers the question that came with the first fix
	w.resolve(id)
	assert.Equal(t, incident.StatusResolved, w.incident(id).Status, "the second fix is not bounced by words about the first")
}

// A question that reached nobody was not asked: nothing is confirmed by silence then (R72).
func TestAQuestionThatReachedNobodyWasNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, oneTry)
	id := w.declare("inc-1", "c0")
	w.mail.ScriptFor("c0-tech", notifytest.Lasting())
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.resolve(id)
	w.later(4 * 24 * time.Hour)
	assert.Contains(t, w.unmet(id, incident.StepConfirm), "asked")
}

// Only the affected decide that it is fixed for all, and each counts once (R73).
func TestABystandersWordConfirmsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	id := w.declare("inc-1", "c0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.note(id, incident.ImpactRecorded{Affected: 1})
	w.resolve(id)
	w.verdict(id, "c2", incident.OpinionFixed)
	assert.Contains(t, w.unmet(id, incident.StepConfirm), "window")
	w.verdict(id, "c0", incident.OpinionFixed)
	assert.Empty(t, w.unmet(id, incident.StepConfirm))
}

// A loss that is noted while customers are being assessed, page by page, is paid all the same (R82).
func TestALossNotedDuringTheAssessmentIsPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, func(o *amends.Options) { o.PageSize, o.PagesPerPass = 1, 1 })
	id := w.declare("inc-1", "c0", "c1", "c2")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.resolve(id)
	for _, c := range []string{"c0", "c1", "c2"} {
		w.verdict(id, c, incident.OpinionFixed)
	}
	_, err := w.desk.Note(t.Context(), amends.Note{Command: by(), Record: id, Facts: []incident.Payload{incident.ImpactRecorded{Affected: 3}}})
	require.NoError(t, err)
	for i := 0; i < 50 && len(w.entries(id)) == 0; i++ {
		require.NoError(t, w.desk.Reconcile(t.Context(), id))
	}
	require.Len(t, w.entries(id), 1, "the first page is behind us, the others are not")
	_, err = w.desk.NoteCase(t.Context(), amends.CaseNote{Command: by(), Customer: of(id, "c0"), Facts: []incident.Payload{incident.LossRecorded{Minutes: 600}}})
	require.NoError(t, err)
	require.NoError(t, w.desk.Reconcile(t.Context(), amends.CaseID(id, "c0")))
	w.settle()
	w.later(10 * time.Minute)
	assert.Equal(t, int64(1500), w.owed("c1", id))
	assert.Greater(t, w.owed("c0", id), w.owed("c1", id), "ten hours of their own are made good")
}

// Who is affected only by what their case says gets the same, whenever it was noted (R85).
func TestEqualHarmIsPaidEquallyWhoeverNotedIt(t *testing.T) {
	t.Parallel()
	down := incident.CustomerImpact{Degree: incident.DegreeDown, Windows: []incident.Window{{From: sunday.Add(-10 * time.Minute), To: sunday.Add(3 * time.Hour)}}}
	for name, before := range map[string]bool{"before the assessment": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			id := w.declare("inc-1", "c0")
			w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
			if before {
				w.noteCase(of(id, "c1"), down)
			}
			w.note(id, incident.ImpactRecorded{Affected: 1})
			w.resolve(id)
			w.verdict(id, "c0", incident.OpinionFixed)
			if !before {
				w.noteCase(of(id, "c1"), down)
			}
			w.later(10 * time.Minute)
			assert.Positive(t, w.owed("c0", id))
			assert.Equal(t, w.owed("c0", id), w.owed("c1", id))
		})
	}
}

// An answer that has not arrived keeps its incident open.
func TestAnAnswerOnItsWayStopsClosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, oneTry)
	id := w.declare("inc-1", "c0")
	w.ready(id)
	r := w.report(of(id, "c0"), "why?")
	w.mail.ScriptFor("c0-tech", notifytest.FailTimes(1000))
	w.answer(r.Record, r.ID)
	assert.Contains(t, w.unmet(id, incident.StepClose), "answers")
}

// A customer whom nobody can reach does not keep an incident open for ever: a
// named person waives what cannot be done, and it stays visible.
func TestAWaiverSettlesWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.dir.AddCustomer(space, policy.CustomerFacts{Customer: "silent"}) // no contact at all
	id := w.declare("inc-1", "c0")
	w.ready(id)
	r := w.report(of(id, "silent"), "it hangs")
	w.answer(r.Record, r.ID)
	require.Contains(t, w.unmet(id, incident.StepClose), "answers")
	reqs, err := w.desk.Requirements(t.Context(), r.Record)
	require.NoError(t, err)
	for _, q := range reqs {
		_, err := w.desk.Waive(t.Context(), amends.Waive{Command: by(), Record: r.Record, Requirement: q.ID, Reason: "they left no address", Expires: w.clock().Add(time.Hour)})
		require.NoError(t, err)
	}
	w.settle()
	assert.NotContains(t, w.unmet(id, incident.StepClose), "answers")
	_, err = w.desk.Waive(t.Context(), amends.Waive{Command: by(), Record: id, Requirement: "no-such-rule", Reason: "a slip", Expires: w.clock().Add(time.Hour)})
	require.ErrorIs(t, err, amends.ErrInvalid, "a waiver of nothing is a mistake")
}

// After a reopening nobody is told that it is fixed, or asked whether it is (R72).
func TestWordsOfAnEarlierRoundAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, oneTry)
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.mail.ScriptFor("c0-tech", notifytest.FailTimes(3))
	w.resolve(id)
	w.verdict(id, "c1", incident.OpinionBroken)
	w.later(3 * time.Hour)
	assert.Zero(t, told(w.mail, "c0-tech", notify.KindResolution))
	assert.Zero(t, told(w.mail, "c0-tech", notify.KindAskVerdict))
}

// What is wrong with one customer's facts holds up no other's award.
func TestOneCustomersWrongFactsHoldUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0")
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDown, Windows: []incident.Window{{From: sunday, To: sunday.Add(-time.Hour)}}}, "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.note(id, incident.ImpactRecorded{Affected: 2})
	w.resolve(id)
	w.verdict(id, "c0", incident.OpinionFixed)
	w.verdict(id, "c1", incident.OpinionFixed)
	w.later(10 * time.Minute)
	assert.Positive(t, w.owed("c0", id))
	list, _, err := w.stores.Ledger.List(t.Context(), compensate.Query{Space: space, Customers: []string{"c1"}}, "", 0)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, compensate.StateInKind, list[0].State, "a person must look at c1")
}

// Facts that make no sense are refused before they stay on record for ever.
func TestWrongFactsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	for name, p := range map[string]incident.Payload{
		"a clock without a time":   incident.ClockRecorded{Clock: incident.ClockAware},
		"an unknown severity":      incident.SeverityChanged{To: "awful"},
		"an unknown cause":         incident.CauseRecorded{Cause: "gremlins"},
		"a policy that is broken":  incident.PolicyJoined{Policy: incident.PolicyPin{Name: "x", Source: "name: x\nrules: 7", Hash: "0"}},
		"less than no customers":   incident.ImpactRecorded{Affected: -1},
		"no answer":                incident.ExposureAnswered{},
		"an empty title":           incident.TitleChanged{},
		"a window the wrong way":   incident.MaintenanceMoved{Planned: incident.Window{From: sunday, To: sunday.Add(-time.Hour)}},
		"a fact with its own verb": incident.StatusChanged{To: incident.StatusClosed},
	} {
		_, err := w.desk.Note(t.Context(), amends.Note{Command: by(), Record: id, Facts: []incident.Payload{p}})
		require.ErrorIs(t, err, amends.ErrInvalid, name)
	}
	for name, p := range map[string]incident.Payload{
		"an unknown degree":        incident.CustomerImpact{Degree: "terrible"},
		"a window the wrong way":   incident.CustomerImpact{Degree: incident.DegreeDown, Windows: []incident.Window{{From: sunday, To: sunday.Add(-time.Hour)}}},
		"less than no minutes":     incident.LossRecorded{Minutes: -5},
		"a fact with its own verb": incident.VerdictGiven{Opinion: incident.OpinionFixed},
	} {
		_, err := w.desk.NoteCase(t.Context(), amends.CaseNote{Command: by(), Customer: of(id, "c0"), Facts: []incident.Payload{p}})
		require.ErrorIs(t, err, amends.ErrInvalid, name)
	}
}

// A case that was linked to the wrong incident is unlinked, and linked to the right one.
func TestUnlink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	wrong, right := w.declare("inc-1"), w.declare("inc-2", "c0")
	r, err := w.desk.Report(t.Context(), amends.Report{Customer: amends.Customer{Space: space, Customer: "c0"}, Kind: incident.ReportFailure, Words: "it hangs"})
	require.NoError(t, err)
	_, err = w.desk.Link(t.Context(), amends.Link{Command: by(), Case: r.Record, Incident: wrong})
	require.NoError(t, err)
	_, err = w.desk.Link(t.Context(), amends.Link{Command: by(), Case: r.Record, Incident: right})
	require.ErrorIs(t, err, amends.ErrInvalid)
	_, err = w.desk.Unlink(t.Context(), amends.Unlink{Command: by(), Case: r.Record, Reason: "another failure"})
	require.NoError(t, err)
	_, err = w.desk.Link(t.Context(), amends.Link{Command: by(), Case: r.Record, Incident: right})
	require.NoError(t, err)
	assert.Equal(t, right, w.caseOf(r.Record).Incident)
}

// An ID is taken once; nothing has happened in the future; another's case is not theirs.
func TestCommandsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0")
	_, err := w.desk.Declare(t.Context(), amends.Declare{Command: by(), Space: space, ID: id, Title: "again", Severity: incident.SeverityMinor})
	require.ErrorIs(t, err, amends.ErrInvalid)
	_, err = w.desk.Note(t.Context(), amends.Note{
		Command: amends.Command{By: ada, At: w.clock().Add(time.Hour)}, Record: id, Facts: []incident.Payload{incident.TitleChanged{Title: "x"}},
	})
	require.ErrorIs(t, err, amends.ErrInvalid)
	r := w.report(of(id, "c0"), "it hangs")
	_, err = w.desk.Reply(t.Context(), amends.Reply{Customer: amends.Customer{Case: r.Record, Customer: "c1"}, Report: r.ID, Words: "mine"})
	require.ErrorIs(t, err, amends.ErrInvalid)
}

// A repeat counts while the earlier incident still waits for its customers' word (R63, R64).
func TestARepeatCountsBeforeTheEarlierIncidentIsAssessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	first := w.declare("inc-1", "c0")
	w.say(first, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.resolve(first)
	w.later(3 * time.Hour)
	second := w.declare("inc-2", "c0")
	w.say(second, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.note(second, incident.ImpactRecorded{Affected: 1})
	w.resolve(second)
	w.verdict(second, "c0", incident.OpinionFixed)
	require.Empty(t, w.entries(first), "the first is not assessed yet")
	assert.Equal(t, int64(2500), w.owed("c0", second), "10 %% of the contract, 5 %% for the core function, 10 %% for the second time")
}

// ready brings an incident of one customer, c0, to where it may be closed.
func (w *world) ready(id string) {
	w.t.Helper()
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.note(id, incident.ImpactRecorded{Affected: 1}, incident.ExposureAnswered{Answer: "nobody"})
	w.resolve(id)
	w.verdict(id, "c0", incident.OpinionFixed)
	w.say(id, incident.PurposeExplanation, plainExplanation, time.Time{})
	w.advance(id, incident.StepConfirm)
	require.Empty(w.t, w.unmet(id, incident.StepClose))
}
