package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

func (w *world) merge(from, into string) {
	w.t.Helper()
	_, err := w.desk.Merge(w.t.Context(), amends.Merge{Command: by(), Record: from, Into: into})
	require.NoError(w.t, err)
	w.settle()
}

// Merging moves nothing: reports, promises and breaches keep their times, and can be separated again.
func TestMergedRecordsKeepTheirTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	ctx := t.Context()
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	r := w.report(of(b, "c1"), "mine hangs")
	p, err := w.desk.Promise(ctx, amends.Promise{Command: by(), Record: r.Record, Kind: incident.PromiseCallBack, Due: incident.Moment{At: w.clock().Add(20 * time.Minute)}})
	require.NoError(t, err)
	w.later(90 * time.Minute) // the call did not come, and nobody wrote
	before, old := w.caseOf(r.Record), w.incident(b)
	require.Equal(t, 1, before.Promises[0].Broken)
	w.merge(b, a)
	after := w.caseOf(r.Record)
	assert.Equal(t, before.Reports, after.Reports)
	assert.Equal(t, before.Promises, after.Promises)
	assert.Equal(t, p.ID, after.Promises[0].ID)
	assert.Equal(t, before.Breaches, after.Breaches)
	merged := w.incident(b)
	assert.Equal(t, incident.StatusMerged, merged.Status)
	assert.Equal(t, a, merged.MergedInto)
	assert.Equal(t, old.Clocks, merged.Clocks)
	assert.Equal(t, old.Breaches, merged.Breaches)
	assert.Equal(t, []string{b}, w.incident(a).Absorbed)

	_, err = w.desk.Separate(ctx, amends.Separate{Command: by(), Record: b, Reason: "another cause"})
	require.NoError(t, err)
	w.settle()
	assert.Equal(t, old.Status, w.incident(b).Status, "it stands where it stood")
	assert.Empty(t, w.incident(a).Absorbed)
	assert.Equal(t, before.Reports, w.caseOf(r.Record).Reports)
}

// Customers of both hear everything once; the survivor's end reaches those of the other.
func TestAfterMergingNobodyIsToldTwiceAndNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	a, b := w.declare("inc-a", "c0", "c1"), w.declare("inc-b", "c1", "c2")
	w.say(a, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	w.say(b, incident.PurposeUpdate, "Exports are slow since 09:50 CET. We look for the cause.", w.clock().Add(time.Hour))
	w.merge(b, a)
	assert.Equal(t, 2, told(w.mail, "c1-tech", notify.KindUpdate), "c1 had heard both")
	assert.Equal(t, 2, told(w.mail, "c2-tech", notify.KindUpdate), "c2 gets what it missed of the survivor")
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindUpdate))
	w.resolve(a)
	for _, c := range []string{"c0", "c1", "c2"} {
		assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindResolution), c)
		assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindAskVerdict), c)
	}
	w.checkToldOnce()
}

// R71: who was told of the one is told that the other, in which it lives on, is fixed, affected still or not.
func TestWhoWasToldOfTheMergedOneIsToldThatItIsFixed(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{true, false} { // the resolution is published before the merge, or after
		w := newWorld(t, 4)
		a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1", "c2")
		w.say(a, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
		w.say(b, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
		w.dir.Spare(space, b, "c2")
		if early {
			w.resolve(a)
		}
		w.merge(b, a)
		if !early {
			w.resolve(a)
		}
		for _, c := range []string{"c0", "c1", "c2"} {
			assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindResolution), "%s, early %t", c, early)
		}
		assert.Equal(t, 1, told(w.page, "status", notify.KindResolution))
		assert.Empty(t, w.mail.To("c3-tech"))
		assert.Zero(t, told(w.pager, "on_call", notify.KindResolution))
	}
}

// The survivor answers for all: it does not close while a case of the other is open, and their verdicts count.
func TestTheSurvivorAnswersForTheCasesOfBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	r := w.report(of(b, "c1"), "mine hangs")
	w.merge(b, a)
	w.say(a, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	w.note(a, incident.ImpactRecorded{Affected: 2}, incident.ExposureAnswered{Answer: "nobody else"})
	w.resolve(a)
	w.say(a, incident.PurposeExplanation, plainExplanation, time.Time{})
	assert.Equal(t, r.Record, w.verdict(a, "c1", incident.OpinionFixed), "who speaks of the survivor has one case still")
	w.verdict(a, "c0", incident.OpinionFixed)
	assert.Equal(t, []string{"answers"}, w.unmet(a, incident.StepClose))
	again := w.report(of(a, "c1"), "and who pays me?")
	assert.Equal(t, r.Record, again.Record, "a later report finds the case, too")
	w.answer(r.Record, r.ID)
	assert.Equal(t, []string{"answers"}, w.unmet(a, incident.StepClose), "each report is owed its own answer")
	w.answer(r.Record, again.ID)
	assert.Empty(t, w.unmet(a, incident.StepClose))
	w.verdict(b, "c1", incident.OpinionBroken)
	assert.Equal(t, incident.StatusInvestigating, w.incident(a).Status, "their word reopens the survivor (R72)")
}

// What was said of the fix of one incident is no word on the fix of the other,
// in which it lives on: who disputed is asked again, in the same case.
func TestAVerdictIsAboutOneFix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, withPolicy(t, "reopen: 1", "reopen: 5"))
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c0")
	w.report(of(a, "c0"), "mine hangs") // a case in each
	w.resolve(b)
	disputed := w.verdict(b, "c0", incident.OpinionBroken)
	w.merge(b, a)
	w.resolve(a)
	assert.NotContains(t, w.unmet(a, incident.StepConfirm), "undisputed")
	assert.Equal(t, disputed, w.verdict(a, "c0", incident.OpinionFixed))
	w.verdict(a, "c0", incident.OpinionBroken)
	assert.Contains(t, w.unmet(a, incident.StepConfirm), "undisputed")
}

// One failure is paid once, whichever of its records was compensated first.
func TestAMergedIncidentIsPaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c0", "c1")
	w.decide(b, "c0", "c1")
	had := w.owed("c0", b)
	require.Positive(t, had)
	w.merge(b, a)
	w.say(a, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	w.note(a, incident.ImpactRecorded{Affected: 2})
	w.resolve(a)
	for _, c := range []string{"c0", "c1"} {
		w.verdict(a, c, incident.OpinionFixed)
	}
	assert.Equal(t, had, w.owed("c1", a, b), "c1 was hit by the one only, and was paid for it")
	assert.Equal(t, had, w.owed("c0", a, b), "c0 was hit by one failure, and is paid for one")
	w.checkPaidOnce()
}

// What a customer lost is weighed, in whichever of the two cases it was recorded.
func TestLossesOfBothCasesWeigh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.declare("inc-a", "c0", "c1"), w.declare("inc-b", "c0")
	w.noteCase(of(a, "c0"), incident.LossRecorded{Minutes: 60})
	w.noteCase(of(b, "c0"), incident.LossRecorded{Minutes: 60})
	w.merge(b, a)
	w.decide(a, "c0", "c1")
	assert.Equal(t, w.owed("c1", a)+2*6000, w.owed("c0", a, b))
}

func TestMergingIsRefusedWhereItMakesNoSense(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	ctx := t.Context()
	s := ending(w)
	_, err := w.desk.Close(ctx, s.inc, by())
	require.NoError(t, err)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	w.merge(b, a)
	before := w.versions()
	for _, tt := range []struct {
		name       string
		from, into string
		want       error
		says       string
	}{
		{"into a closed one", a, s.inc, amends.ErrInvalid, "reopen it first"},
		{"into a merged one", s.other, b, amends.ErrInvalid, "merge into that one"},
		{"a merged one", b, s.other, incident.ErrTransition, ""},
		{"a closed one", s.inc, a, incident.ErrTransition, ""},
	} {
		_, err := w.desk.Merge(ctx, amends.Merge{Command: by(), Record: tt.from, Into: tt.into})
		require.ErrorIs(t, err, tt.want, tt.name)
		assert.Contains(t, err.Error(), tt.says, tt.name)
	}
	_, err = w.desk.Separate(ctx, amends.Separate{Command: by(), Record: a})
	require.ErrorIs(t, err, incident.ErrTransition)
	assert.Equal(t, before, w.versions())
}
