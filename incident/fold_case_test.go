package incident_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

// foldCase folds a case that is opened, linked to inc_1, and then goes through events.
func foldCase(t *testing.T, events ...incident.Event) *incident.Case {
	t.Helper()
	c, err := incident.FoldCase("case_1", incidenttest.Numbered("case_1", append([]incident.Event{incidenttest.Opened("c1", "inc_1")}, events...)...))
	require.NoError(t, err)
	return c
}

// said is a customer's event n minutes after the start.
func said(n int, p incident.Payload, text string) incident.Event {
	e := on(n, p)
	e.Actor, e.Words = incidenttest.Customer("c1"), incident.NewWords(text)
	return e
}

const report = "case_1.2"

func TestFoldThread(t *testing.T) {
	t.Parallel()
	c := foldCase(t,
		incidenttest.Reported(minute(1), "c1", "uploads fail"),                                            // 2
		on(2, incident.ReportAcknowledged{Report: report}),                                                // 3
		said(3, incident.ReportCorrected{Report: report, Urgency: incident.UrgencyMayday}, "all of them"), // 4
		on(4, incident.QuestionAsked{Report: report, Text: "Which browser?"}),                             // 5
	)
	r := c.Report(report)
	assert.Equal(t, "uploads fail", r.Words.Text)
	assert.Equal(t, minute(2), r.Acknowledged)
	assert.Equal(t, incident.UrgencyMayday, r.Urgency)
	assert.Equal(t, minute(1).Add(-60*60e9), r.Since, "a correction keeps what it does not mention")
	assert.True(t, r.AwaitsCustomer())
	assert.Equal(t, 2, r.Contacts())
	require.Len(t, r.Thread, 2)
	assert.Equal(t, "Which browser?", r.Thread[1].Text)
	assert.Equal(t, []string{incident.MarkReported, incident.MarkUnanswered}, c.Marks())

	next := func(e incident.Event) {
		e.Record, e.Version = c.ID, c.Version+1
		require.NoError(t, c.Apply(e))
	}
	next(said(5, incident.ReplyReceived{Report: report}, "Firefox")) // 6
	assert.False(t, r.AwaitsCustomer())
	assert.Same(t, r, c.Report("case_1.6"))
	assert.Equal(t, "Firefox", r.Thread[2].Text)
	assert.Equal(t, []incident.Message{{ID: "case_1.6", Report: r, Reply: true, At: minute(5)}}, c.Unacknowledged())
	assert.Equal(t, []incident.Message{{ID: report, Report: r, At: minute(1)}, {ID: "case_1.6", Report: r, Reply: true, At: minute(5)}}, c.Unanswered())

	next(on(6, incident.ReportAcknowledged{Report: "case_1.6"}))
	assert.Empty(t, c.Unacknowledged())
	next(said(7, incident.ReplyReceived{Report: report}, "and Chrome")) // 8
	next(on(8, incident.ReportAnswered{Report: "case_1.6", Statement: "inc_1.4"}))
	assert.Equal(t, []incident.Message{{ID: "case_1.8", Report: r, Reply: true, At: minute(7)}}, c.Unanswered(), "the answer named the reply before")
	assert.Equal(t, "inc_1.4", r.Answer)
	next(on(9, incident.ReportAcknowledged{Report: "case_1.8"}))
	next(on(9, incident.ReportAnswered{Report: report, Statement: "inc_1.5"}))
	assert.Empty(t, c.Unanswered(), "an answer to the report answers all before it")
	assert.Equal(t, minute(8), r.Answered, "the first answer counts")
	assert.Equal(t, "inc_1.4", r.Answer)
	assert.Equal(t, []string{"", "", "inc_1.4", "inc_1.5"}, []string{r.Thread[0].Answer, r.Thread[1].Answer, r.Thread[2].Answer, r.Thread[3].Answer},
		"each reply has the answer that it was given")
	assert.Equal(t, incident.StatusSettled, c.Status())
	next(said(10, incident.ReplyReceived{Report: report}, "again")) // 12
	assert.Equal(t, incident.StatusOpen, c.Status(), "a later reply is owed an answer of its own")
}

func TestMarksAndStatusOfACase(t *testing.T) {
	t.Parallel()
	promise := func(k incident.PromiseKind) incident.Event {
		return on(1, incident.PromiseMade{Promise: k, Due: incident.Moment{At: minute(9)}})
	}
	verdict := func(o incident.Opinion, round int) incident.Event {
		return said(2, incident.VerdictGiven{Opinion: o, Round: round, Satisfaction: 2}, "meh")
	}
	tests := []struct {
		name   string
		events []incident.Event
		marks  []string
		status incident.Status
	}{
		{"nothing", nil, []string{}, incident.StatusSettled},
		{"report", []incident.Event{incidenttest.Reported(minute(1), "c1", "x")}, []string{"reported", "unacknowledged", "unanswered"}, incident.StatusOpen},
		{"promise", []incident.Event{promise(incident.PromiseCallBack)}, []string{"promise_pending"}, incident.StatusOpen},
		{"promise kept", []incident.Event{promise(incident.PromiseCallBack), on(3, incident.PromiseKept{Promise: report})}, []string{}, incident.StatusSettled},
		{"prevention", []incident.Event{promise(incident.PromisePrevention)}, []string{}, incident.StatusSettled},
		{"fixed", []incident.Event{verdict(incident.OpinionFixed, 0)}, []string{"fixed.0"}, incident.StatusSettled},
		{"partly", []incident.Event{verdict(incident.OpinionPartly, 1)}, []string{"partly.1"}, incident.StatusOpen},
		{
			"verdict on an incident",
			[]incident.Event{on(2, incident.VerdictGiven{Opinion: incident.OpinionBroken, Round: 1, Incident: "inc_2"})},
			[]string{"broken.1@inc_2"},
			incident.StatusOpen,
		},
		{"nonsense verdict on an incident", []incident.Event{on(2, incident.VerdictGiven{Opinion: "maybe", Incident: "inc_2"})}, []string{}, incident.StatusSettled},
		{"last verdict counts", []incident.Event{verdict(incident.OpinionFixed, 0), verdict(incident.OpinionBroken, 10)}, []string{"broken.10"}, incident.StatusOpen},
		{"loss", []incident.Event{on(1, incident.LossRecorded{Minutes: 5})}, []string{"weighs"}, incident.StatusSettled},
		{"impact", []incident.Event{on(1, incident.CustomerImpact{Degree: incident.DegreeDown})}, []string{"weighs"}, incident.StatusSettled},
		{"broken promise", []incident.Event{promise(incident.PromisePrevention), on(10, incident.PromiseBroken{Promise: report, Due: incident.Moment{At: minute(9)}})}, []string{"weighs"}, incident.StatusSettled},
		{
			"sorted",
			[]incident.Event{verdict(incident.OpinionBroken, 0), promise(incident.PromiseFix), incidenttest.Reported(minute(1), "c1", "x")},
			[]string{"broken.0", "promise_pending", "reported", "unacknowledged", "unanswered"},
			incident.StatusOpen,
		},
		{"nonsense verdict", []incident.Event{verdict("maybe", 0)}, []string{}, incident.StatusSettled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := foldCase(t, tt.events...)
			assert.Equal(t, tt.marks, c.Marks())
			assert.Equal(t, tt.status, c.Status())
		})
	}
}

func TestFoldCaseFacts(t *testing.T) {
	t.Parallel()
	c := foldCase(t,
		on(1, incident.CustomerImpact{Degree: incident.DegreeUnknown}),
		on(2, incident.CustomerImpact{Degree: incident.DegreeDown}),
		on(3, incident.LossRecorded{Minutes: 30}),
		on(4, incident.LossRecorded{Minutes: 60}),
		on(5, incident.GestureMade{InKind: "cake", By: "ada"}), // 6
		on(6, incident.HelpGiven{What: "a trace"}),
		on(7, incident.RequestDone{Request: "inc_1.4"}),
		on(8, incident.RequestDone{Request: "inc_1.4", Signal: true}),
		on(8, incident.OwnerAssigned{Owner: "ada"}),
		on(9, incident.OwnerAssigned{Owner: "grace"}),
		on(9, incident.VerdictGiven{Opinion: incident.OpinionBroken}),
		on(9, incident.VerdictGiven{Opinion: incident.OpinionFixed, Round: 1}),
		on(10, incident.PromiseMade{Promise: incident.PromiseCallBack, Due: incident.Moment{At: minute(11)}}), // 14
		on(12, incident.PromiseBroken{Promise: "case_1.14", Due: incident.Moment{At: minute(11)}}),
		on(12, incident.Waived{Requirement: "r", Expires: minute(20)}),
	)
	assert.Equal(t, incident.DegreeDown, c.Impact.Degree)
	assert.Equal(t, int64(90), c.LostMinutes())
	assert.Equal(t, "case_1.6", c.Gestures[0].ID)
	assert.Len(t, c.Help, 1)
	assert.Equal(t, minute(7), c.Done["inc_1.4"], "done counts once")
	assert.Equal(t, 1, c.HandOvers)
	v, ok := c.Verdict(0)
	assert.True(t, ok)
	assert.True(t, v.Disputes())
	v, ok = c.LastVerdict()
	assert.True(t, ok)
	assert.Equal(t, 1, v.Round)
	assert.Equal(t, 1, c.BrokenPromises())
	assert.Len(t, c.PendingPromises(), 1)
	assert.NotNil(t, c.ActiveWaiver("r", minute(12)))
}

func TestFoldCaseLinks(t *testing.T) {
	t.Parallel()
	c, err := incident.FoldCase("case_1", incidenttest.Numbered("case_1",
		incidenttest.Opened("c1", ""),
		on(1, incident.CaseLinked{Incident: "inc_1"}),
		on(2, incident.CaseLinked{Incident: "inc_1"}),
	))
	require.NoError(t, err)
	assert.Equal(t, "inc_1", c.Incident)
	assert.Equal(t, minute(1), c.Linked)
	require.NoError(t, c.Apply(incidenttest.Numbered("case_1", on(0, incident.HelpGiven{}), on(0, incident.HelpGiven{}), on(0, incident.HelpGiven{}), on(3, incident.CaseUnlinked{Incident: "inc_1"}))[3]))
	assert.Empty(t, c.Incident)
	assert.True(t, c.Linked.IsZero())
}

func TestFoldCaseRefusesUnsoundRecords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		p    incident.Payload
		want string
	}{
		"opened twice":       {incident.CaseOpened{Customer: "c1"}, "the record is open already"},
		"an incident's kind": {incident.TitleChanged{}, "case_1.2 (title.changed): this kind does not belong in the record of a case"},
		"linked elsewhere":   {incident.CaseLinked{Incident: "inc_2"}, `the case is linked to "inc_1": unlink it first`},
		"unlinked elsewhere": {incident.CaseUnlinked{Incident: "inc_2"}, `the case is not linked to "inc_2"`},
		"no such report":     {incident.ReplyReceived{Report: "x"}, `no report "x"`},
		"no such question":   {incident.QuestionAsked{Report: "x"}, `no report "x"`},
		"no such ack":        {incident.ReportAcknowledged{Report: "x"}, `no report "x"`},
		"no such answer":     {incident.ReportAnswered{Report: "x"}, `no report "x"`},
		"no such correction": {incident.ReportCorrected{Report: "x"}, `no report "x"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := incident.FoldCase("case_1", incidenttest.Numbered("case_1", incidenttest.Opened("c1", "inc_1"), on(1, tt.p)))
			require.ErrorContains(t, err, tt.want)
		})
	}
	_, err := incident.FoldCase("case_1", nil)
	require.ErrorContains(t, err, "no events")
	_, err = incident.FoldCase("case_1", incidenttest.Numbered("case_1", on(1, incident.HelpGiven{})))
	require.ErrorContains(t, err, "opened by case.opened")
	_, err = incident.FoldCase("case_1", incidenttest.Numbered("case_1", on(1, incident.CaseOpened{})))
	require.ErrorContains(t, err, "names no customer")
}

func TestCloneOfACaseIsIndependent(t *testing.T) {
	t.Parallel()
	events := []incident.Event{incidenttest.Reported(minute(1), "c1", "x"), said(2, incident.ReplyReceived{Report: report}, "y")}
	c, before := foldCase(t, events...), foldCase(t, events...)
	n := c.Clone()
	for _, p := range []incident.Payload{
		incident.ReportAcknowledged{Report: report},
		incident.ReportAnswered{Report: report},
		incident.RequestDone{Request: "r"},
		incident.CustomerImpact{},
		incident.ReplyReceived{Report: report},
	} {
		e := said(5, p, "z")
		e.Record, e.Version = n.ID, n.Version+1
		require.NoError(t, n.Apply(e))
	}
	before.Report("case_1.3")
	assert.Equal(t, before.Reports, c.Reports)
	assert.Equal(t, before.Marks(), c.Marks())
	assert.Nil(t, c.Done)
}
