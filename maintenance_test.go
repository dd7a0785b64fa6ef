package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// schedule plans an hour of work in four days, which concerns c0 and c1.
func (w *world) schedule(id string) string {
	w.t.Helper()
	from := w.clock().Add(4 * 24 * time.Hour)
	r, err := w.desk.Schedule(w.t.Context(), amends.Schedule{
		Command: by(), Space: space, ID: id, Title: "Move of the restore servers", Components: []incident.Component{{ID: "restore", Name: "Restore", Core: true}},
		Owner: "ada", Planned: incident.Window{From: from, To: from.Add(time.Hour)}, Zone: "Europe/Berlin",
	})
	require.NoError(w.t, err)
	w.dir.Affect(space, r.Record, amends.Hit{Degree: incident.DegreeDegraded}, "c0", "c1")
	w.settle()
	return r.Record
}

func (w *world) jump(to time.Time) {
	w.t.Helper()
	w.mu.Lock()
	w.now = to
	w.mu.Unlock()
	w.settle()
}

// R42, R45, R46: planned work is announced, begins, is checked and completed, and each is told.
func TestMaintenanceIsAnnouncedAndToldStepByStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	id := w.schedule("mnt-1")
	planned := w.incident(id).Planned
	q := w.requirement(id, "announce-maintenance")
	assert.Equal(t, planned.From.Add(-3*24*time.Hour), q.Due, "customers plan around it only if they know three days ahead")
	w.say(id, incident.PurposeAnnouncement, "On Thursday from 10:00 CET we move the restore servers. Restores take up to ten minutes longer for an hour.", time.Time{})
	assert.Equal(t, policy.Met, w.requirement(id, "announce-maintenance").Status)
	for _, c := range []string{"c0", "c1"} {
		assert.Equal(t, []string{notify.KindAnnouncement}, kinds(w.mail, c+"-tech"))
	}
	assert.Empty(t, w.mail.To("c2-tech"))
	assert.Len(t, w.page.To("status"), 1)

	w.jump(planned.From)
	w.advance(id, incident.StepStart)
	w.say(id, incident.PurposeUpdate, "The move has begun. Restores take up to ten minutes longer.", w.clock().Add(time.Hour))
	assert.Equal(t, policy.Met, w.requirement(id, "maintenance-steps/in_progress").Status)
	w.later(30 * time.Minute)
	w.advance(id, incident.StepVerify)
	assert.Contains(t, w.unmet(id, incident.StepComplete), "promises", "the next update that was promised is owed first")
	w.say(id, incident.PurposeUpdate, "The servers have moved. We are checking restores.", time.Time{})
	w.advance(id, incident.StepComplete)
	w.say(id, incident.PurposeUpdate, "The move is over. All restores run as before.", time.Time{})
	assert.Equal(t, policy.Met, w.requirement(id, "maintenance-steps/completed").Status)
	v := w.incident(id)
	assert.Equal(t, incident.StatusCompleted, v.Status)
	assert.Empty(t, v.Breaches)
	assert.Empty(t, w.entries(id), "planned work that went as announced is no failure")
	w.checkToldOnce()
}

// Work that goes wrong ends as failed; an incident takes over, with all its duties.
func TestFailedMaintenanceIsTakenOverByAnIncident(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	ctx := t.Context()
	id := w.schedule("mnt-1")
	w.say(id, incident.PurposeAnnouncement, "On Thursday from 10:00 CET we move the restore servers. Restores take longer for an hour.", time.Time{})
	w.jump(w.incident(id).Planned.From)
	w.advance(id, incident.StepStart)
	in := w.declare("inc-1", "c0", "c1")

	before := w.versions()
	_, err := w.desk.Advance(ctx, amends.Advance{Command: by(), Record: id, Step: incident.StepFail})
	require.ErrorIs(t, err, incident.ErrTransition, "it must say which incident takes over")
	_, err = w.desk.Advance(ctx, amends.Advance{Command: by(), Record: id, Step: incident.StepFail, Into: "inc-nowhere"})
	require.ErrorIs(t, err, incident.ErrNotFound)
	_, err = w.desk.Advance(ctx, amends.Advance{Command: by(), Record: id, Step: incident.StepFail, Into: id})
	require.Error(t, err)
	require.Equal(t, before, w.versions())

	_, err = w.desk.Advance(ctx, amends.Advance{Command: by(), Record: id, Step: incident.StepFail, Into: in})
	require.NoError(t, err)
	w.settle()
	v := w.incident(id)
	assert.Equal(t, incident.StatusFailed, v.Status)
	assert.Equal(t, in, v.Successor)
	assert.Equal(t, policy.Open, w.requirement(in, "first-word").Status, "the incident owes its own first word")
	assert.Equal(t, policy.Open, w.requirement(id, "maintenance-steps/failed").Status, "and who planned around the work is told that it failed")
}

func TestCancellingAnnouncedWorkNeedsACorrection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.schedule("mnt-1")
	st := w.say(id, incident.PurposeAnnouncement, "On Thursday from 10:00 CET we move the restore servers. Restores take longer for an hour.", time.Time{})
	assert.Equal(t, []string{"correction"}, w.unmet(id, incident.StepCancel))
	_, err := w.desk.Correct(t.Context(), amends.Correct{Command: by(), Record: id, Statement: st, Texts: words("No move", "We do not move the servers on Thursday. You need not plan around it any more.")})
	require.NoError(t, err)
	w.settle()
	w.advance(id, incident.StepCancel)
	assert.Equal(t, incident.StatusCancelled, w.incident(id).Status)
	assert.Equal(t, []string{notify.KindAnnouncement, notify.KindCorrection}, kinds(w.mail, "c0-tech"))
}
