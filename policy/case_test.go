package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

func TestMessagesOfCustomers(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: ack, act: acknowledge, within: 5m}
  - {id: answer, act: answer, within: 4h}
  - {id: mayday, act: answer, within: 1h, from: report, when: {urgency: mayday}}
`)
	report := func(changes ...func(*incident.Report)) *policy.CaseFacts {
		r := &incident.Report{ID: "case.2", Received: day, ReportReceived: incident.ReportReceived{Report: incident.ReportFailure}}
		for _, change := range changes {
			change(r)
		}
		return &policy.CaseFacts{Case: &incident.Case{ID: "case", Reports: []*incident.Report{r}}, Told: map[string]policy.Told{}}
	}
	reply := func(after time.Duration) func(*incident.Report) {
		return func(r *incident.Report) {
			r.Thread = append(r.Thread, incident.Entry{ID: "case.5", Kind: incident.ReplyReceived{}.Kind(), At: in(after)})
		}
	}
	question := func(after time.Duration) func(*incident.Report) {
		return func(r *incident.Report) {
			r.Thread = append(r.Thread, incident.Entry{ID: "case.4", Kind: incident.QuestionAsked{}.Kind(), At: in(after)})
		}
	}
	tests := []struct {
		name   string
		at     time.Duration
		facts  *policy.CaseFacts
		id     string
		status policy.RequirementStatus
		late   bool
		due    time.Duration
	}{
		{"acknowledgement is owed", time.Minute, report(), "ack/case.2", policy.Open, false, 5 * minutes},
		{"and late", 6 * minutes, report(), "ack/case.2", policy.Open, true, 5 * minutes},
		{"acknowledged", 10 * minutes, report(func(r *incident.Report) { r.Acknowledged = in(time.Minute) }), "ack/case.2", policy.Met, false, 5 * minutes},
		{"an acknowledgement is no answer", 5 * time.Hour, report(func(r *incident.Report) { r.Acknowledged = in(time.Minute) }), "answer/case.2", policy.Open, true, 4 * time.Hour},
		{"answered", 5 * time.Hour, report(func(r *incident.Report) { r.Answered = in(time.Hour) }), "answer/case.2", policy.Met, false, 4 * time.Hour},
		{"mayday", 10 * minutes, report(func(r *incident.Report) { r.Urgency = incident.UrgencyMayday }), "mayday/case.2", policy.Open, false, time.Hour},
		{"a reply has deadlines of its own", 10 * time.Hour, report(func(r *incident.Report) { r.Answered = in(time.Hour) }, reply(8*time.Hour)), "answer/case.5", policy.Open, false, 12 * time.Hour},
		{"and an acknowledgement of its own", 10 * time.Hour, report(reply(8 * time.Hour)), "ack/case.5", policy.Open, true, 8*time.Hour + 5*minutes},
		{"our question stops the clock", 20 * time.Hour, report(question(time.Hour)), "answer/case.2", policy.Waiting, false, 4 * time.Hour},
		{"the reply starts it again", 21 * time.Hour, report(question(time.Hour), reply(20*time.Hour)), "answer/case.2", policy.Open, false, 23 * time.Hour},
		{"a question after the due time stops nothing", 6 * time.Hour, report(question(5 * time.Hour)), "answer/case.2", policy.Open, true, 4 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := get(t, c.DecideCase(in(tt.at), tt.facts), tt.id)
			assert.Equal(t, tt.status, q.Status, q.Why)
			assert.Equal(t, tt.late, q.Late)
			assert.Equal(t, in(tt.due), q.Due)
		})
	}
	require.Equal(t, []string{"ack/case.2", "answer/case.2"}, ids(c.DecideCase(day, report())), "no mayday without a mayday")

	answered := report(func(r *incident.Report) { r.Answered, r.Answer = in(time.Hour), "case.3" })
	answered.Told["case.3"] = policy.Told{Expanded: true, Items: 1, Pending: 1}
	q := get(t, c.DecideCase(in(5*time.Hour), answered), "answer/case.2")
	assert.Equal(t, policy.Open, q.Status, "an answer that has not arrived")
	assert.False(t, q.Late, "but was given in time")

	promised := report()
	promised.Case.Promises = []*incident.Promise{{ID: "case.9", State: incident.PromisePending, PromiseMade: incident.PromiseMade{Promise: incident.PromiseCallBack, Due: incident.Moment{At: in(time.Hour)}}}}
	promised.Case.Waivers = []incident.WaiverAt{{At: day, Waived: incident.Waived{Requirement: "promise/case.9", By: "ada", Reason: "the customer called us", Expires: in(9 * time.Hour)}}}
	assert.Equal(t, policy.Waived, get(t, c.DecideCase(in(2*time.Hour), promised), "promise/case.9").Status)
}
