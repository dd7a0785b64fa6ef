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

// TestCasesOfPlannedAndDismissedWork: who writes to us is answered, whatever it is about.
func TestCasesOfPlannedAndDismissedWork(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: ack, act: acknowledge, within: 5m}
  - {id: answer, act: answer, within: 4h}
  - {id: planned, act: answer, within: 2h, when: {maintenance: true}}
  - {id: unplanned, act: answer, within: 1h, when: {maintenance: false}}
  - {id: keep, act: keep_promise, wake: [{who: boss}]}
`)
	dismissed := outage(status(incident.StatusDismissed, 30*minutes)).Incident
	planned := &incident.Incident{ID: "work", Maintenance: true, Status: incident.StatusScheduled, Statuses: []incident.StatusAt{{Status: incident.StatusScheduled, At: day}}}
	tests := []struct {
		name string
		of   *incident.Incident
		want []string
	}{
		{"alone", nil, []string{"ack/case.2", "answer/case.2", "unplanned/case.2", "promise/case.3"}},
		{"an incident", outage().Incident, []string{"ack/case.2", "answer/case.2", "unplanned/case.2", "promise/case.3"}},
		{"a false alarm", dismissed, []string{"ack/case.2", "answer/case.2", "unplanned/case.2", "promise/case.3"}},
		{"planned work", planned, []string{"ack/case.2", "answer/case.2", "planned/case.2", "promise/case.3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &policy.CaseFacts{Incident: tt.of, Case: &incident.Case{
				ID:       "case",
				Reports:  []*incident.Report{{ID: "case.2", Received: day, ReportReceived: incident.ReportReceived{Report: incident.ReportQuestion}}},
				Promises: []*incident.Promise{{ID: "case.3", State: incident.PromisePending, PromiseMade: incident.PromiseMade{Promise: incident.PromiseCallBack, Due: incident.Moment{At: in(time.Hour)}}}},
			}}
			d := c.DecideCase(in(2*time.Hour), f)
			require.Equal(t, tt.want, ids(d))
			assert.True(t, get(t, d, "ack/case.2").Late)
			assert.Equal(t, []policy.Escalation{{To: "boss", At: in(time.Hour), Level: 1}}, get(t, d, "promise/case.3").Escalate)
		})
	}
}

// TestRepliesHaveTheirOwnAnswer: that an earlier message was answered says nothing of this one.
func TestRepliesHaveTheirOwnAnswer(t *testing.T) {
	t.Parallel()
	c := compile(t, `
communication:
  - {id: answer, act: answer, within: 4h}
`)
	statement := func(id string) *incident.Statement {
		return &incident.Statement{ID: id, Published: in(time.Hour), StatementDrafted: incident.StatementDrafted{Purpose: incident.PurposeAnswer}}
	}
	arrived := policy.Told{Expanded: true, Items: 1, Sent: 1}
	underway := policy.Told{Expanded: true, Items: 1, Pending: 1}
	dead := policy.Told{Expanded: true, Items: 1, Dead: 1}
	tests := []struct {
		name   string
		answer string
		told   policy.Told
		change func(*incident.Case)
		status policy.RequirementStatus
		late   bool // long after
		why    string
	}{
		{"arrived", "case.6", arrived, nil, policy.Met, false, "answered"},
		{"not yet", "case.6", underway, nil, policy.Open, false, "has not arrived yet"},
		{"died on the way", "case.6", dead, nil, policy.Open, true, "none of 1 delivery arrived"},
		{"nobody can be written to", "case.6", policy.Told{Expanded: true}, nil, policy.Met, false, "answered"},
		{"in the words to all", "inc.4", dead, nil, policy.Met, false, "answered"},
		{"corrected before it arrived", "case.6", dead, func(c *incident.Case) { c.Statements[1].CorrectedBy = "case.7" }, policy.Met, false, "answered"},
		{"withdrawn before it arrived", "case.6", policy.Told{}, func(c *incident.Case) { c.Statements[1].Withdrawn = in(2 * time.Hour) }, policy.Open, true, "withdrawn before it arrived"},
		{"late on record", "case.6", arrived, func(c *incident.Case) {
			c.Breaches = []incident.BreachAt{{Breached: incident.Breached{Requirement: "answer/case.5"}}}
		}, policy.Met, true, "answered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &policy.CaseFacts{Case: &incident.Case{
				ID:         "case",
				Statements: []*incident.Statement{statement("case.3"), statement("case.6"), statement("case.7")},
				Reports: []*incident.Report{{
					ID: "case.2", Received: day, Answered: in(time.Hour), Answer: "case.3",
					Thread: []incident.Entry{{ID: "case.5", Kind: incident.ReplyReceived{}.Kind(), At: in(2 * time.Hour), Answered: in(3 * time.Hour), Answer: tt.answer}},
				}},
			}, Told: map[string]policy.Told{"case.3": arrived, "case.6": tt.told, "case.7": arrived}}
			if tt.change != nil {
				tt.change(f.Case)
			}
			q := get(t, c.DecideCase(in(100*time.Hour), f), "answer/case.5")
			assert.Equal(t, tt.status, q.Status, q.Why)
			assert.Equal(t, tt.late, q.Late)
			assert.Contains(t, q.Why, tt.why)
			if q.Status == policy.Met {
				assert.Equal(t, tt.answer, q.MetBy)
			}
			assert.Equal(t, policy.Met, get(t, c.DecideCase(in(100*time.Hour), f), "answer/case.2").Status)
		})
	}
}
