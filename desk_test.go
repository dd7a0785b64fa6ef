package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

func TestIncidentFromDetectionToClosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	ctx := t.Context()
	id := w.declare("inc-1", "c0", "c1")

	// First word, in public and in private.
	w.say(id, incident.PurposeUpdate, "Restores hang at 0 % since 09:50 CET. Your backups are safe. We stopped the new scheduler and are looking for the cause.", w.clock().Add(30*time.Minute))
	assert.Len(t, w.page.Delivered(), 1, "the public is told")
	assert.Len(t, w.mail.To("c0-tech"), 1, "each affected customer is told")
	assert.Empty(t, w.mail.To("c2-tech"), "who is not affected is not")

	// A report is acknowledged at once.
	r, err := w.desk.Report(ctx, amends.Report{
		Command: amends.Command{Key: "mail-1", By: incident.Actor{Kind: incident.ActorCustomer, ID: "c0"}}, Customer: amends.Customer{Incident: id, Customer: "c0"},
		Kind: incident.ReportFailure, Words: "my restore hangs at 0 % since this morning",
	})
	require.NoError(t, err)
	again, err := w.desk.Report(ctx, amends.Report{
		Command: amends.Command{Key: "mail-1", By: incident.Actor{Kind: incident.ActorCustomer, ID: "c0"}}, Customer: amends.Customer{Incident: id, Customer: "c0"},
		Kind: incident.ReportFailure, Words: "my restore hangs at 0 % since this morning",
	})
	require.NoError(t, err)
	assert.True(t, again.Repeat)
	assert.Equal(t, r.ID, again.ID, "a repeat returns the first result")
	w.settle()
	acks := w.mail.To("c0-tech")
	require.Len(t, acks, 2)
	assert.Equal(t, "acknowledgement", acks[1].Message.Kind)
	assert.Contains(t, acks[1].Message.Text, "my restore hangs at 0 % since this morning", "it repeats what was reported (R55)")

	_, err = w.desk.Answer(ctx, amends.Answer{
		Command: amends.Command{By: ada}, Case: r.Record, Report: r.ID,
		Texts: words("Your restore", "You did nothing wrong: a change of ours in the scheduler stopped your restore. We are rolling it back and will write to you by 12:00 CET."),
	})
	require.NoError(t, err)
	w.settle()

	w.later(20 * time.Minute)
	w.say(id, incident.PurposeUpdate, "The cause is our new scheduler. We are rolling it back now.", w.clock().Add(30*time.Minute))
	w.later(20 * time.Minute)
	w.say(id, incident.PurposeResolution, "Restores work again since 09:40 UTC. We rolled back the scheduler and restarted every restore that was waiting.", time.Time{})
	_, err = w.desk.Advance(ctx, amends.Advance{Command: amends.Command{By: ada}, Record: id, Step: incident.StepResolve, Done: "scheduler rolled back"})
	require.NoError(t, err)
	w.settle()

	// The customer decides.
	err = w.desk.May(ctx, id, incident.StepClose)
	var refused *incident.TransitionError
	require.ErrorAs(t, err, &refused)
	for _, u := range refused.Unmet {
		t.Log("not yet:", u.ID, u.Sentence)
	}
	_, err = w.desk.Verdict(ctx, amends.Verdict{Customer: amends.Customer{Incident: id, Customer: "c1"}, Opinion: incident.OpinionBroken})
	require.NoError(t, err)
	w.settle()
	v, err := w.desk.Incident(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, incident.StatusInvestigating, v.Status, "a customer's word reopens it (R72)")
	assert.Equal(t, 1, v.Round)

	w.say(id, incident.PurposeReopening, "It is not fixed for everyone: restores of archives still hang. We are looking at it now.", w.clock().Add(30*time.Minute))
	w.later(20 * time.Minute)
	w.say(id, incident.PurposeResolution, "Archives restore again since 10:00 UTC. We replaced the index that the scheduler had broken.", time.Time{})
	_, err = w.desk.Advance(ctx, amends.Advance{Command: amends.Command{By: ada}, Record: id, Step: incident.StepResolve, Done: "index replaced"})
	require.NoError(t, err)
	w.settle()
	for _, c := range []string{"c0", "c1"} {
		_, err = w.desk.Verdict(ctx, amends.Verdict{Customer: amends.Customer{Incident: id, Customer: c}, Opinion: incident.OpinionFixed, Satisfaction: 4})
		require.NoError(t, err)
	}
	_, err = w.desk.Note(ctx, amends.Note{Command: amends.Command{By: ada}, Record: id, Facts: []incident.Payload{
		incident.ImpactRecorded{Affected: 2, Scope: "customers on scheduler 3"}, incident.ExposureAnswered{Answer: "nobody else runs scheduler 3"},
	}})
	require.NoError(t, err)
	w.settle()
	_, err = w.desk.Advance(ctx, amends.Advance{Command: amends.Command{By: ada}, Record: id, Step: incident.StepConfirm})
	require.NoError(t, err)
	w.say(id, incident.PurposeExplanation, "We are sorry: our mistake cost you working time. It happened because we changed the scheduler on Sunday without testing restores of archives. "+
		"We rolled it back, and from now on every change of it is tested with a full restore first. Reply to this mail and Ada will answer.", time.Time{})
	w.settle()

	entries, _, err := w.stores.Ledger.List(ctx, compensate.Query{Space: space, Bases: []string{id}}, "", 1000)
	require.NoError(t, err)
	for _, e := range entries {
		t.Log(e.ID, e.State, e.Amount, e.Why)
	}
	assert.NotEmpty(t, w.billing.paid)

	reqs, err := w.desk.Requirements(ctx, id)
	require.NoError(t, err)
	for _, q := range reqs {
		if q.Status != policy.Met {
			t.Log(q.ID, q.Status, q.Due, q.Why)
		}
	}
	_, err = w.desk.Close(ctx, id, amends.Command{By: ada})
	require.NoError(t, err)
	v, err = w.desk.Incident(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, incident.StatusClosed, v.Status)
	for _, d := range append(w.mail.Delivered(), w.page.Delivered()...) {
		assert.Zero(t, w.mail.Repeats(d.ID), "nobody is told twice")
	}
}
