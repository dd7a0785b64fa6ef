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
	r := run{
		d: &d, at: at, facts: facts, i: f.Incident, statements: f.Case.Statements, waived: f.Case.ActiveWaiver,
		breaches: f.Case.Breaches, prefix: c.prefix(f.Case.Policies),
	}
	if r.i == nil {
		r.i = &incident.Incident{}
	} else {
		r.prefix = c.prefix(f.Incident.Policies)
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
			var waiting bool
			if q.Due, waiting = paused(rep, q.Due); waiting && rep.Answered.IsZero() {
				q.Status, q.Why = Waiting, "we asked the customer, who has not replied yet"
			} else {
				r.answered(&q, rep.Answered, rep.Answer)
			}
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
			r.answered(&q, e.Answered, e.Answer)
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

// answered settles an answer: a statement of the case, which must have arrived,
// or one to all that it points to. An acknowledgement is none (R56), and neither
// is a question of ours: it only stops the clock of the report until the
// customer replies.
func (r *run) answered(q *Requirement, at time.Time, answer string) {
	if at.IsZero() {
		q.Why = "no answer was given yet"
		return
	}
	t, got := Told{}, reached
	var withdrawn bool
	if st := r.statement(answer); st != nil {
		t, st, got = r.telling(st)
		withdrawn = !st.Withdrawn.IsZero()
	} else if own, ok := r.facts.Told[answer]; ok {
		t, got = own, own.reach(false)
	}
	switch {
	case got == underway && withdrawn:
		q.Why = "answered " + stamp(at) + ", but the answer was withdrawn before it arrived: answer again, and waive this"
	case got == underway:
		q.inTime = !at.After(q.Due)
		q.Late = !q.inTime
		q.Why = "answered " + stamp(at) + ", but the answer has not arrived yet"
	case got == nobody:
		q.Why = "answered " + stamp(at) + ", but " + t.nobodyText()
	default:
		q.Status, q.MetAt, q.MetBy = Met, at, answer
		q.Late = at.After(q.Due)
		q.Why = "answered " + stamp(at) + t.lostText()
	}
}
