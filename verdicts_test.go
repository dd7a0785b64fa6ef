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

// R72, R73: what the customers say decides; how many it takes is the policy's.
func TestVerdictsReopenAtTheThreshold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		threshold string
		say       []incident.Opinion
		reopened  bool
	}{
		{"fixed", "1", []incident.Opinion{incident.OpinionFixed, incident.OpinionFixed}, false},
		{"one says partly", "1", []incident.Opinion{incident.OpinionPartly}, true},
		{"one says broken", "1", []incident.Opinion{incident.OpinionBroken}, true},
		{"one of two", "2", []incident.Opinion{incident.OpinionBroken, incident.OpinionFixed}, false},
		{"two of two", "2", []incident.Opinion{incident.OpinionBroken, incident.OpinionPartly}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, withPolicy(t, "reopen: 1", "reopen: "+tt.threshold))
			id := w.declare("inc-1", "c0", "c1")
			w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
			w.resolve(id)
			for n, o := range tt.say {
				w.verdict(id, []string{"c0", "c1"}[n], o)
			}
			v := w.incident(id)
			if !tt.reopened {
				assert.Equal(t, incident.StatusResolved, v.Status)
				assert.Zero(t, v.Round)
				return
			}
			assert.Equal(t, incident.StatusInvestigating, v.Status)
			assert.Equal(t, 1, v.Round)
			assert.Equal(t, "open", string(w.requirement(id, "reopening/r1").Status), "everyone who heard that it was fixed is owed the truth")
		})
	}
}

// R74: how satisfied they are, and their words, stay theirs.
func TestSatisfactionIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	w.resolve(id)
	r, err := w.desk.Verdict(t.Context(), amends.Verdict{Command: customer("", "c0"), Customer: of(id, "c0"), Opinion: incident.OpinionFixed, Satisfaction: 2, Words: "it took too long"})
	require.NoError(t, err)
	v, ok := w.caseOf(r.Record).Verdict(0)
	require.True(t, ok)
	assert.Equal(t, 2, v.Satisfaction)
	assert.Equal(t, "it took too long", v.Words.Text)
}

// R72: also after closing the customer can say that it is not fixed.
func TestAVerdictAfterClosingReopens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	s := ending(w)
	_, err := w.desk.Close(t.Context(), s.inc, by())
	require.NoError(t, err)
	w.settle()
	w.later(48 * time.Hour)
	w.verdict(s.inc, "c1", incident.OpinionBroken)
	v := w.incident(s.inc)
	assert.Equal(t, incident.StatusInvestigating, v.Status)
	assert.Equal(t, 1, v.Round)
}

// Who said "fixed" of an earlier round is asked again, and their old word does not count for the new fix.
func TestEachRoundIsJudgedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	w.note(id, incident.ImpactRecorded{Affected: 2})
	w.resolve(id)
	w.verdict(id, "c0", incident.OpinionFixed)
	w.verdict(id, "c1", incident.OpinionBroken)
	require.Equal(t, 1, w.incident(id).Round)
	w.say(id, incident.PurposeReopening, plainReopening, w.clock().Add(time.Hour))
	w.later(10 * time.Minute)
	w.say(id, incident.PurposeResolution, "Archives restore again since 10:00 UTC. We replaced the index that the scheduler had broken.", time.Time{})
	w.advance(id, incident.StepResolve)
	for _, c := range []string{"c0", "c1"} {
		assert.Equal(t, 2, told(w.mail, c+"-tech", notify.KindAskVerdict), "%s is asked in each round", c)
		assert.Equal(t, 2, told(w.mail, c+"-tech", notify.KindResolution))
	}
	assert.Contains(t, w.unmet(id, incident.StepConfirm), "window", "the word of the first round says nothing of the second")
	w.verdict(id, "c1", incident.OpinionFixed)
	assert.Contains(t, w.unmet(id, incident.StepConfirm), "window")
	w.verdict(id, "c0", incident.OpinionFixed)
	assert.Empty(t, w.unmet(id, incident.StepConfirm))
}
