package policy

import (
	"time"

	"github.com/amends-dev/amends/incident"
)

// rulePromise is the rule of promises that no rule of the policy speaks of: a
// promise binds because it was given, not because a policy says so.
const rulePromise = "promise"

// promises: every time that was given is kept, or broken for good (R75).
func (r *run) promises(promises []*incident.Promise) {
	ru := r.promiseRule()
	for _, p := range promises {
		q := Requirement{
			ID: rulePromise + "/" + p.ID, Rule: ru.ID, Cites: ru.Cites, Act: ActKeepPromise, Subject: p.ID, Audiences: ru.To,
			Since: p.Made, Due: p.Due.At, Status: Open, Late: p.Broken > 0,
			OutlivesClosing: p.PromiseMade.Promise == incident.PromisePrevention,
		}
		switch {
		case p.State == incident.PromiseWasKept:
			q.Status, q.MetAt, q.MetBy = Met, p.KeptAt, p.ID
			q.Late = q.Late || p.KeptAt.After(p.Due.At)
			q.Why = "kept " + stamp(p.KeptAt)
		case r.at.After(p.Due.At):
			q.Why = "promised for " + stamp(p.Due.At) + ", which has passed"
		default:
			q.Why = "promised for " + stamp(p.Due.At)
		}
		r.add(ru, q)
	}
}

// promiseRule is the first matching rule about promises: it says whom to wake.
func (r *run) promiseRule() *rule {
	for n := range r.d.policy.rules {
		ru := &r.d.policy.rules[n]
		if ru.Act == ActKeepPromise && n < len(r.d.Outcomes) && r.d.Outcomes[n].Matched {
			return ru
		}
	}
	return &rule{Rule: Rule{ID: rulePromise, Cites: []string{"R75"}}}
}

// paused returns how a deadline moves while the ball is with the customer: our
// question stops the clock, their reply starts it again. Waiting is set while it stands still.
func paused(rep *incident.Report, due time.Time) (moved time.Time, waiting bool) {
	var asked time.Time
	for n := range rep.Thread {
		switch e := &rep.Thread[n]; {
		case e.Kind == incident.QuestionAsked{}.Kind() && asked.IsZero() && !e.At.After(due):
			asked = e.At
		case e.Kind == incident.ReplyReceived{}.Kind() && !asked.IsZero():
			due = due.Add(e.At.Sub(asked))
			asked = time.Time{}
		}
	}
	return due, !asked.IsZero()
}
