package policy

import (
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
)

// DecideCase applies the policy to the facts of one customer's case at a time:
// every report and reply is acknowledged (R54) and answered (R56, R57), and every
// promise to this customer kept. Like [Compiled.Decide] it is pure.
//
// Outcomes stay empty: rules match message by message here.
func (c *Compiled) DecideCase(at time.Time, f *CaseFacts) Decision {
	d := Decision{Policy: c.pin, At: at, ReopenThreshold: c.reopen, VerdictWindow: c.window.Duration, policy: c}
	d.Policy.Source = ""
	facts := &Facts{Incident: f.Incident, Told: f.Told}
	r := run{d: &d, at: at, facts: facts, i: f.Incident, waived: f.Case.ActiveWaiver}
	if r.i == nil {
		r.i = &incident.Incident{}
	}
	for _, rep := range f.Case.Reports {
		var b bitset
		c.match.fill(&b, at, facts, &message{rep.ReportReceived.Report, urgency(rep)})
		for n := range c.rules {
			if ru := &c.rules[n]; ru.Act.onCase() && c.match.unmet(n, &b) < 0 {
				r.report(ru, rep)
			}
		}
	}
	var b bitset
	c.match.fill(&b, at, facts, nil)
	d.Outcomes = c.outcomes(&b, nil)
	r.promises(f.Case.Promises)
	d.Outcomes = nil
	return d
}

func urgency(rep *incident.Report) incident.Urgency {
	if rep.Urgency == "" {
		return incident.UrgencyNormal
	}
	return rep.Urgency
}

// report adds what a rule demands for a report and its replies.
func (r *run) report(ru *rule, rep *incident.Report) {
	if slices.Contains(ru.From, TriggerReport) {
		q := r.begin(ru, rep.ID, rep.ID)
		q.Since, q.Due = rep.Received, ru.after(rep.Received, ru.Within)
		if ru.Act == ActAcknowledge {
			r.acknowledged(&q, rep.Acknowledged)
		} else {
			r.answered(&q, rep, rep.Answered, true)
		}
		r.add(ru, q)
	}
	if !slices.Contains(ru.From, TriggerReply) {
		return
	}
	for n := range rep.Thread {
		e := &rep.Thread[n]
		if !e.Reply() {
			continue
		}
		q := r.begin(ru, e.ID, e.ID)
		q.Since, q.Due = e.At, ru.after(e.At, ru.Within)
		if ru.Act == ActAcknowledge {
			r.acknowledged(&q, e.Acknowledged)
		} else {
			r.answered(&q, rep, e.Answered, false)
		}
		r.add(ru, q)
	}
}

func (r *run) acknowledged(q *Requirement, at time.Time) {
	if at.IsZero() {
		q.Why = "no channel has accepted the acknowledgement yet"
		return
	}
	q.Status, q.MetAt, q.MetBy, q.Why = Met, at, "ack:"+q.Subject, "acknowledged "+stamp(at)
	q.Late = at.After(q.Due)
}

// answered settles an answer. An acknowledgement is none (R56), and neither is
// a question of ours: it only stops the clock until the customer replies.
func (r *run) answered(q *Requirement, rep *incident.Report, at time.Time, pauses bool) {
	if pauses {
		var waiting bool
		if q.Due, waiting = paused(rep, q.Due); waiting && at.IsZero() {
			q.Status, q.Why = Waiting, "we asked the customer, who has not replied yet"
			return
		}
	}
	switch t, own := r.facts.Told[rep.Answer]; {
	case at.IsZero():
		q.Why = "no answer was given yet"
	case own && (!t.Expanded || t.Pending > 0):
		q.inTime = !at.After(q.Due)
		q.Late = !q.inTime
		q.Why = "answered " + stamp(at) + ", but the answer has not arrived yet"
	default:
		q.Status, q.MetAt, q.MetBy, q.Why = Met, at, rep.Answer, "answered "+stamp(at)
		q.Late = at.After(q.Due)
	}
}
