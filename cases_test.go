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

// R54, R55, R56, R65: the acknowledgement comes at once, repeats what was
// reported, says how to correct it, when the answer comes, and whom to reach.
func TestAcknowledgementRepeatsCorrectsAndNamesATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0")
	since := w.clock().Add(-3 * time.Hour)
	r, err := w.desk.Report(t.Context(), amends.Report{
		Command: customer("", "c1"), Customer: of(id, "c1"), Kind: incident.ReportFailure, Words: "restore 7 hangs\nat 0 %", Since: since, Objects: []string{"backup-7"},
	})
	require.NoError(t, err)
	w.settle()
	acks := w.mail.To("c1-tech")
	require.Len(t, acks, 1, "R54: at once")
	text := acks[0].Message.Text
	for _, want := range []string{"restore 7 hangs", "at 0 %", "reply to this mail", "Ada of Acme", "https://acme.example/c/" + r.Record + "/c1"} {
		assert.Contains(t, text, want)
	}
	q := w.requirement(r.Record, "answer-failure/"+r.ID)
	assert.Equal(t, sunday.Add(4*time.Hour), q.Due)
	assert.Contains(t, text, "14:00", "by when the answer comes, in the customer's own zone")
	assert.Equal(t, policy.Open, q.Status, "R56: an acknowledgement is no answer")
	assert.Equal(t, policy.Met, w.requirement(r.Record, "acknowledge/"+r.ID).Status)
	rep := w.caseOf(r.Record).Reports[0]
	assert.Equal(t, w.clock(), rep.Acknowledged)
	assert.Equal(t, since, rep.Since)
	require.NoError(t, rep.Words.Verify(), "the customer's words are as they came in")

	w.answer(r.Record, r.ID)
	assert.Equal(t, []string{"acknowledgement", "answer"}, kinds(w.mail, "c1-tech"))
	assert.Equal(t, policy.Met, w.requirement(r.Record, "answer-failure/"+r.ID).Status)
}

// R57: a customer's reply gets feedback and a deadline of its own.
func TestReplyIsAcknowledgedAndOwedAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	r := w.report(of(id, "c0"), "it hangs")
	w.answer(r.Record, r.ID)
	w.later(2 * time.Hour)
	reply, err := w.desk.Reply(t.Context(), amends.Reply{Command: customer("", "c0"), Customer: amends.Customer{Case: r.Record}, Report: r.ID, Words: "and now nothing at all"})
	require.NoError(t, err)
	at := w.clock()
	w.settle()
	last := w.mail.To("c0-tech")
	assert.Equal(t, notify.KindReplyAcknowledgement, last[len(last)-1].Message.Kind)
	assert.Contains(t, last[len(last)-1].Message.Text, "and now nothing at all")
	q := w.requirement(r.Record, "answer-failure/"+reply.ID)
	assert.Equal(t, policy.Open, q.Status)
	assert.Equal(t, at.Add(4*time.Hour), q.Due, "it counts from the reply, not from the report")
	assert.Contains(t, w.unmetAnyway(id), "answers", "it keeps the incident open")

	w.answer(r.Record, reply.ID)
	assert.Equal(t, policy.Met, w.requirement(r.Record, "answer-failure/"+reply.ID).Status)
	assert.Empty(t, w.caseOf(r.Record).Unanswered())
}

func TestCorrectingAReportIsKeptInItsThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	r := w.report(of(id, "c0"), "it hangs since Monday")
	_, err := w.desk.Reply(t.Context(), amends.Reply{
		Command: customer("", "c0"), Customer: amends.Customer{Case: r.Record}, Report: r.ID, Words: "since Sunday, sorry", Corrects: true,
	})
	require.NoError(t, err)
	w.settle()
	rep := w.caseOf(r.Record).Reports[0]
	require.Len(t, rep.Thread, 1)
	assert.Equal(t, "since Sunday, sorry", rep.Thread[0].Text, "R55")
	assert.Equal(t, "it hangs since Monday", rep.Words.Text, "what they wrote first stays")
}

// R58, R60: how urgent it is, the customer knows best.
func TestMaydayIsAnsweredSooner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	dues := map[incident.Urgency]time.Time{}
	for customerID, urgency := range map[string]incident.Urgency{"c0": "", "c1": incident.UrgencyMayday} {
		r, err := w.desk.Report(t.Context(), amends.Report{
			Command: customer("", customerID), Customer: amends.Customer{Space: space, Customer: customerID}, Kind: incident.ReportFailure, Words: "help", Urgency: urgency,
		})
		require.NoError(t, err)
		w.settle()
		list, err := w.desk.Requirements(t.Context(), r.Record)
		require.NoError(t, err)
		for _, q := range list {
			if q.Act == policy.ActAnswer && (dues[urgency].IsZero() || q.Due.Before(dues[urgency])) {
				dues[urgency] = q.Due
			}
		}
	}
	assert.Equal(t, sunday.Add(4*time.Hour), dues[""])
	assert.Equal(t, sunday.Add(time.Hour), dues[incident.UrgencyMayday])
	assert.Contains(t, w.mail.To("c1-tech")[0].Message.Text, "11:00", "the earliest of several deadlines is the one that is promised")
	w.later(20 * time.Minute)
	assert.Equal(t, 1, told(w.pager, "on_call", notify.KindWake), "on a Sunday, too (R58)")
}

// A report needs no incident: it opens a case, from which one can be declared.
func TestReportOpensACaseFromWhichAnIncidentIsDeclared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	ctx := t.Context()
	r := w.report(amends.Customer{Space: space, Customer: "c0"}, "my restore hangs")
	require.Len(t, w.mail.To("c0-tech"), 1, "it is acknowledged without an incident")
	received := w.clock()
	w.later(30 * time.Minute)
	in, err := w.desk.Declare(ctx, amends.Declare{
		Command: by(), Space: space, ID: "inc-1", Title: "Restores hang", Severity: incident.SeverityMajor, FromCase: r.Record,
	})
	require.NoError(t, err)
	w.settle()
	assert.Equal(t, in.ID, w.caseOf(r.Record).Incident)
	v := w.incident(in.ID)
	assert.Equal(t, r.Record, v.FromCase)
	assert.Equal(t, received, v.Clocks[incident.ClockOutsideReport], "the clock of being found out runs from the report (R34)")
	w.resolve(in.ID)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindResolution), "who reported it is told that it is fixed (R71)")

	before := w.versions()
	_, err = w.desk.Declare(ctx, amends.Declare{Command: by(), Space: space, ID: "inc-2", Title: "again", Severity: incident.SeverityMinor, FromCase: r.Record})
	require.ErrorIs(t, err, amends.ErrInvalid, "it is linked already")
	assert.Equal(t, before, w.versions())
}

// Spaces are brands of their own: a case of one does not become part of an incident of another.
func TestACaseOfAnotherSpaceIsNotLinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	r := w.report(amends.Customer{Space: space, Customer: "c0"}, "my restore hangs")
	before := w.versions()
	_, err := w.desk.Declare(t.Context(), amends.Declare{Command: by(), Space: "other", ID: "inc-1", Title: "Restores hang", Severity: incident.SeverityMajor, FromCase: r.Record})
	require.ErrorIs(t, err, incident.ErrNotFound, "it does not exist for the other space")
	assert.Equal(t, before, w.versions())
}

func TestLinkLaterKeepsTimesAndTheSecondReportFindsTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	ctx := t.Context()
	r := w.report(amends.Customer{Space: space, Case: "case-7", Customer: "c0"}, "my restore hangs")
	require.Equal(t, "case-7", r.Record)
	received := w.clock()
	w.later(time.Hour)
	id := w.declare("inc-1", "c1")
	_, err := w.desk.Link(ctx, amends.Link{Command: by(), Case: r.Record, Incident: id})
	require.NoError(t, err)
	w.settle()
	assert.Equal(t, received, w.caseOf(r.Record).Reports[0].Received)
	assert.Equal(t, received, w.incident(id).Clocks[incident.ClockOutsideReport])
	assert.Equal(t, received.Add(4*time.Hour), w.requirement(r.Record, "answer-failure/"+r.ID).Due)

	second := w.report(of(id, "c0"), "still hanging")
	assert.Equal(t, r.Record, second.Record, "one customer has one case in an incident")
	third := w.report(of(id, "c0"), "hello?")
	assert.Equal(t, r.Record, third.Record)
	assert.Len(t, w.caseOf(r.Record).Reports, 3)

	before := w.versions()
	_, err = w.desk.Link(ctx, amends.Link{Command: by(), Case: r.Record, Incident: id})
	require.ErrorIs(t, err, amends.ErrInvalid, "linked already")
	_, err = w.desk.Link(ctx, amends.Link{Command: by(), Case: r.Record, Incident: "inc-9"})
	require.ErrorIs(t, err, incident.ErrNotFound)
	assert.Equal(t, before, w.versions())
}

// A report by somebody whom the directory does not know is not lost: our people are woken.
func TestReportOfAnUnknownCustomerWakesOurPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	r := w.report(of(id, "stranger"), "I am your customer, too")
	w.later(10 * time.Minute)
	assert.Equal(t, policy.Open, w.requirement(r.Record, "acknowledge/"+r.ID).Status)
	assert.Equal(t, 1, breaches(w.caseOf(r.Record).Breaches, "acknowledge/"+r.ID))
	assert.Positive(t, told(w.pager, "duty", notify.KindWake), "nobody holds the role of support lead: everybody on duty is woken")
	// And the others do not wait for it.
	w.resolve(id)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindResolution))
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAskVerdict))
}
