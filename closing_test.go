package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

// Nobody closes while anything is open: each single thing stops it, and says what it is.
func TestEachOpenThingStopsClosing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		open func(w *world, s *scene)
		want []string
	}{
		{"nothing", func(*world, *scene) {}, nil},
		{"a report just came in", func(w *world, s *scene) {
			_, err := w.desk.Report(w.t.Context(), amends.Report{Customer: of(s.inc, "c0"), Kind: incident.ReportQuestion, Words: "why?"})
			require.NoError(w.t, err)
		}, []string{"answers", "reconciled"}},
		{"a report is not answered (R56)", func(w *world, s *scene) { w.report(of(s.inc, "c0"), "why?") }, []string{"answers"}},
		{"a promise to one customer (R75)", func(w *world, s *scene) {
			_, err := w.desk.Promise(w.t.Context(), amends.Promise{Command: by(), Record: s.caseOf, Kind: incident.PromiseCallBack, Due: incident.Moment{At: w.clock().Add(24 * time.Hour)}})
			require.NoError(w.t, err)
			w.settle()
		}, []string{"promises"}},
		{"a promise to all (R75)", func(w *world, s *scene) {
			_, err := w.desk.Promise(w.t.Context(), amends.Promise{Command: by(), Record: s.inc, Kind: incident.PromiseFix, Due: incident.Moment{At: w.clock().Add(time.Hour)}})
			require.NoError(w.t, err)
			w.settle()
		}, []string{"promises", "requirements"}},
		{"a prevention outlives closing (R29)", func(w *world, s *scene) {
			_, err := w.desk.Promise(w.t.Context(), amends.Promise{Command: by(), Record: s.inc, Kind: incident.PromisePrevention, Due: incident.Moment{At: w.clock().Add(240 * time.Hour)}})
			require.NoError(w.t, err)
			w.settle()
		}, nil},
		{"something owed in kind", func(w *world, s *scene) {
			_, err := w.desk.Gesture(w.t.Context(), amends.Gesture{Command: by(), Customer: of(s.inc, "c0"), InKind: "a training day", Reason: "for your patience"})
			require.NoError(w.t, err)
			w.settle()
		}, []string{"credits"}},
		{"words taken back and not put right (R32)", func(w *world, s *scene) {
			_, err := w.desk.Withdraw(w.t.Context(), amends.StatementCommand{Command: by(), Record: s.inc, Statement: w.incident(s.inc).FirstPublished().ID, Reason: "not true"})
			require.NoError(w.t, err)
			w.settle()
		}, []string{"requirements"}},
		{"others turn out to be affected, and nobody is told and assessed yet", func(w *world, s *scene) {
			w.dir.Affect(space, s.inc, amends.Hit{Degree: incident.DegreeDegraded}, "c3")
			_, err := w.desk.Note(w.t.Context(), amends.Note{Command: by(), Record: s.inc, Facts: []incident.Payload{incident.ImpactRecorded{Affected: 3}}})
			require.NoError(w.t, err)
		}, []string{"assessed", "requirements", "told"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 4)
			s := ending(w)
			tt.open(w, s)
			assert.Equal(t, tt.want, w.unmet(s.inc, incident.StepClose))
			before := w.versions()
			_, err := w.desk.Close(t.Context(), s.inc, by())
			if tt.want == nil {
				require.NoError(t, err)
				assert.Equal(t, incident.StatusClosed, w.incident(s.inc).Status)
				return
			}
			require.ErrorIs(t, err, incident.ErrTransition)
			assert.Equal(t, before, w.versions(), "a refused step writes nothing")
		})
	}
}

// concluded goes the way to the end, without what is skipped.
func concluded(w *world, skip string) string {
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	if skip == "told" {
		w.mail.ScriptFor("c1-tech", notifytest.FailTimes(1))
	}
	w.say(id, incident.PurposeResolution, plainResolution, time.Time{})
	facts := []incident.Payload{incident.ImpactRecorded{Affected: 2}}
	if skip != "exposure" {
		facts = append(facts, incident.ExposureAnswered{Answer: "nobody else"})
	}
	w.note(id, facts...)
	_, err := w.desk.Advance(w.t.Context(), amends.Advance{Command: by(), Record: id, Step: incident.StepResolve, Done: "rolled back"})
	require.NoError(w.t, err)
	if skip == "asked" {
		return id
	}
	w.settle()
	if skip != "explanation" {
		w.say(id, incident.PurposeExplanation, plainExplanation, time.Time{})
	}
	if skip != "window" {
		for _, c := range []string{"c0", "c1"} {
			if skip == "undisputed" && c == "c1" {
				w.verdict(id, c, incident.OpinionPartly)
				continue
			}
			w.verdict(id, c, incident.OpinionFixed)
		}
	}
	return id
}

// What was left out on the way is what closing asks for.
func TestClosingAsksForWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		skip string
		want []string
	}{
		{"nothing", nil},
		{"exposure", []string{"exposure"}},
		{"explanation", []string{"requirements"}},
		{"told", []string{"asked", "assessed", "requirements", "told", "window"}}, // what comes later in the thread waits, too
		{"undisputed", []string{"assessed", "requirements", "undisputed", "window"}},
		{"window", []string{"assessed", "requirements", "window"}},
		{"asked", []string{"asked", "assessed", "requirements", "window"}},
	} {
		t.Run(tt.skip, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, oneTry, withPolicy(t, "reopen: 1", "reopen: 2"))
			id := concluded(w, tt.skip)
			assert.Equal(t, tt.want, w.unmet(id, incident.StepClose))
			if tt.skip == "window" {
				w.later(3*24*time.Hour + 10*time.Minute)
				assert.Empty(t, w.unmet(id, incident.StepClose), "after the window silence counts as no objection")
			}
		})
	}
}

// A waiver needs a name, a reason and an end, stays visible, and holds until it expires.
func TestWaiverSettlesUntilItExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := concluded(w, "explanation")
	require.Equal(t, []string{"requirements"}, w.unmet(id, incident.StepClose))
	q := w.requirement(id, "explanation/r0")
	require.Equal(t, policy.Open, q.Status)
	_, err := w.desk.Waive(t.Context(), amends.Waive{Command: by(), Record: id, Requirement: q.ID, Reason: "the supplier explains on Friday", Expires: w.clock().Add(time.Hour)})
	require.NoError(t, err)
	w.settle()
	q = w.requirement(id, q.ID)
	assert.Equal(t, policy.Waived, q.Status)
	assert.Equal(t, "ada", q.WaivedBy)
	assert.Contains(t, q.Why, "the supplier explains on Friday")
	assert.Empty(t, w.unmet(id, incident.StepClose), "a waived requirement is settled")
	w.later(time.Hour)
	assert.Equal(t, policy.Open, w.requirement(id, q.ID).Status, "the waiver is over")
	assert.Equal(t, []string{"requirements"}, w.unmet(id, incident.StepClose))
	assert.Len(t, w.incident(id).Waivers, 1, "and stays on record")
}

// A false alarm of which something was said is put right for those who heard it (R32).
func TestDismissingAfterPublishingNeedsACorrection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	quiet := w.declare("inc-0")
	w.advance(quiet, incident.StepDismiss)
	assert.Equal(t, incident.StatusDismissed, w.incident(quiet).Status, "nothing was said: nothing is to be put right")

	id := w.declare("inc-1", "c0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	assert.Equal(t, []string{"correction"}, w.unmet(id, incident.StepDismiss))
	w.say(id, incident.PurposeCorrection, "Restores did not hang: our monitoring was wrong. Nothing of yours was touched.", time.Time{})
	w.advance(id, incident.StepDismiss)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindCorrection))
	assert.Equal(t, 1, told(w.page, "status", notify.KindCorrection))
	w.later(24 * time.Hour)
	v := w.incident(id)
	assert.Equal(t, incident.StatusDismissed, v.Status)
	for _, b := range v.Breaches {
		assert.Equal(t, "keep-promises", b.Rule, "a false alarm owes nothing more, except the word that was promised")
	}

	// It was no false alarm after all: a new round, and all duties are back.
	w.advance(id, incident.StepReopen)
	v = w.incident(id)
	assert.Equal(t, incident.StatusInvestigating, v.Status)
	assert.Equal(t, 1, v.Round)
	q := w.requirement(id, "reopening/r1")
	assert.Equal(t, policy.Open, q.Status)
	w.say(id, incident.PurposeReopening, plainReopening, w.clock().Add(time.Hour))
	assert.Equal(t, policy.Met, w.requirement(id, "reopening/r1").Status)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindReopening))
}
