package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// Decide applies the policy to the facts of an incident, or of planned work, at
// a time. It is pure: the same facts and time give the same decision, and
// nothing is changed. The decision keeps the facts for [Decision.For] and
// [Decision.Explain]; they must not be changed while it is used.
//
// Words meet a requirement when statements that a person wrote or approved, or
// the rule's prepared text, cover its audiences: published in time decides
// whether it was late, told on the channels that are asked for whether it is met.
func (c *Compiled) Decide(at time.Time, f *Facts) Decision {
	var d Decision
	c.DecideInto(&d, at, f)
	return d
}

// DecideInto is [Compiled.Decide] into a decision whose buffers are used again:
// what it held before is gone.
func (c *Compiled) DecideInto(d *Decision, at time.Time, f *Facts) {
	*d = Decision{
		Policy: c.pin, At: at, ReopenThreshold: c.reopen, VerdictWindow: c.window.Duration, policy: c, facts: f,
		Requirements: d.Requirements[:0], Outcomes: d.Outcomes[:0], words: d.words[:0],
	}
	d.Policy.Source = ""
	var b bitset
	c.match.fill(&b, at, f, nil)
	d.Outcomes = c.outcomes(&b, d.Outcomes)
	r := run{
		d: d, at: at, facts: f, i: f.Incident, statements: f.Incident.Statements, waived: f.Incident.ActiveWaiver,
		breaches: f.Incident.Breaches, prefix: c.prefix(f.Incident.Policies),
	}
	r.collectWords()
	for n := range c.rules {
		if d.Outcomes[n].Matched {
			r.rule(&c.rules[n])
		}
	}
	r.promises(f.Incident.Promises)
	r.timeAlone()
}

// run is one decision being made.
type run struct {
	d      *Decision
	at     time.Time
	facts  *Facts
	i      *incident.Incident
	waived func(requirement string, at time.Time) *incident.WaiverAt

	statements []*incident.Statement // of the record that is decided on
	breaches   []incident.BreachAt   // on that record
	prefix     string                // of this policy's requirements on that record
}

// rule adds the requirements of a rule that matched.
func (r *run) rule(ru *rule) {
	if r.i.Status == incident.StatusMerged {
		return // the survivor's record carries the duties
	}
	switch ru.Act {
	case ActFirstNotice:
		r.firstNotice(ru)
	case ActUpdate:
		r.updates(ru)
	case ActStatusChange:
		r.statusChanges(ru)
	case ActReopening:
		r.reopening(ru)
	case ActResolution:
		r.ofRound(ru, incident.PurposeResolution)
	case ActExplanation:
		r.ofRound(ru, incident.PurposeExplanation)
	case ActCorrection:
		r.corrections(ru)
	case ActAskVerdict:
		r.askVerdict(ru)
	case ActCompensate:
		r.compensate(ru)
	case ActAcknowledge, ActAnswer, ActKeepPromise: // of cases, and of every promise
	}
}

// begin starts a requirement of a rule.
func (r *run) begin(ru *rule, suffix, subject string) Requirement {
	id := ru.ID
	if suffix != "" {
		id += "/" + suffix
	}
	return Requirement{
		ID: id, Rule: ru.ID, Cites: ru.Cites, Act: ru.Act, Subject: subject, Audiences: ru.To,
		Channels: ru.Channels, Elements: ru.Contains, Prepared: ru.Prepared, Soft: ru.Soft, Status: Open,
	}
}

// add finishes a requirement: lateness, waivers, whom to wake, and when time alone changes it.
func (r *run) add(ru *rule, q Requirement) {
	if r.i.Status == incident.StatusDismissed && q.Status != Met && q.Act != ActCorrection && q.Act != ActKeepPromise && !q.Act.onCase() {
		return // nothing had failed: only what was said must be put right, and who asked is answered
	}
	open := q.Status == Open
	if open && !q.inTime && !q.Due.IsZero() && r.at.After(q.Due) || r.breached(q.ID) {
		q.Late = true
	}
	if q.Status != Met {
		w := r.waived(q.ID, r.at)
		if w == nil {
			w = r.waived(r.d.Policy.Name+"/"+q.ID, r.at)
		}
		if w != nil {
			q.Status, q.WaivedBy, open = Waived, w.By, false
			q.Why = "waived by " + w.By + " until " + stamp(w.Expires) + ": " + w.Reason
			r.next(w.Expires)
		}
	}
	if open && !q.Due.IsZero() {
		r.next(q.Due.Add(moment))
		if ru != nil {
			r.wake(ru, &q)
		}
	}
	r.d.Requirements = append(r.d.Requirements, q)
}

// moment is the precision of recorded times: the first moment after a due time is late.
const moment = time.Microsecond

// breached reports whether the record says that a requirement was not met by its
// due time. That stays, whatever is said, moved or delivered later.
func (r *run) breached(id string) bool {
	return slices.ContainsFunc(r.breaches, func(b incident.BreachAt) bool {
		own, ok := strings.CutPrefix(b.Requirement, r.prefix)
		return ok && own == id
	})
}

// prefix is what a record with these policies puts before the names of this
// one's requirements: nothing for the first, and for one that does not bind it.
func (c *Compiled) prefix(pins []incident.PolicyPin) string {
	n := slices.IndexFunc(pins, func(p incident.PolicyPin) bool { return p.Name == c.pin.Name && p.Hash == c.pin.Hash })
	if n <= 0 {
		return ""
	}
	return c.pin.Name + "/"
}

// wake lists whom to wake, in the order of time.
func (r *run) wake(ru *rule, q *Requirement) {
	for _, w := range ru.Wake {
		at := q.Due.Add(w.After.Duration)
		if !w.Before.IsZero() {
			at = q.Due.Add(-w.Before.Duration)
		}
		if at.Before(q.Since) {
			at = q.Since
		}
		q.Escalate = append(q.Escalate, Escalation{To: w.Who, At: at})
		r.next(at)
	}
	sortEscalations(q.Escalate)
}

// next notes an instant at which time alone changes the decision.
func (r *run) next(t time.Time) {
	if t.After(r.at) && (r.d.Next.IsZero() || t.Before(r.d.Next)) {
		r.d.Next = t
	}
}

// timeAlone notes when a rule that asks for a duration begins to match.
func (r *run) timeAlone() {
	if !ended(r.i).IsZero() {
		return
	}
	for _, b := range r.d.policy.match.lasts {
		r.next(began(r.i).Add(time.Duration(b.least)))
	}
}

// clock returns when a clock started, zero if it has not.
func (r *run) clock(t Trigger) time.Time {
	if s, ok := t.status(); ok {
		return r.enteredInRound(s)
	}
	if id, ok := t.rule(); ok {
		return r.metAt(id)
	}
	switch t {
	case TriggerOpened:
		return r.i.Opened
	case TriggerPlannedStart:
		return r.i.Planned.From
	case TriggerPlannedEnd:
		return r.i.Planned.To
	case TriggerTold:
		if len(r.d.words) > 0 {
			return r.d.words[0].at
		}
		return time.Time{}
	case TriggerPreviousWord:
		if n := len(r.d.words); n > 0 {
			return r.d.words[n-1].at
		}
		return time.Time{}
	default:
		return r.i.Clocks[incident.Clock(t)]
	}
}

// enteredInRound is when a status was entered in the present round.
func (r *run) enteredInRound(s incident.Status) time.Time {
	for _, st := range slices.Backward(r.i.Statuses) {
		if st.Round == r.i.Round && st.Status == s {
			return st.At
		}
	}
	return time.Time{}
}

// metAt is when the requirement of an earlier rule was met.
func (r *run) metAt(id string) time.Time {
	var at time.Time
	for n := range r.d.Requirements {
		if q := &r.d.Requirements[n]; q.Rule == id && q.Status == Met && q.MetAt.After(at) {
			at = q.MetAt
		}
	}
	return at
}
