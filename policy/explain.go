package policy

import (
	"fmt"
	"strings"
)

// Explanation says why, in two voices.
type Explanation struct {
	Staff    string // with rule names, cites and times
	Customer string // fit for customers: no names of rules, no internals
}

// Explain says why a requirement stands where it stands, or why a rule matched
// or did not: the first condition that was not met, and what the fact is. It
// takes the ID of a requirement or of a rule, and says false if there is no such thing.
func (d *Decision) Explain(id string) (Explanation, bool) {
	id = strings.TrimPrefix(id, d.Policy.Name+"/")
	for n := range d.Requirements {
		if d.Requirements[n].ID == id {
			return d.explainRequirement(&d.Requirements[n]), true
		}
	}
	for n := range d.Outcomes {
		if d.Outcomes[n].Rule == id {
			return d.explainRule(n), true
		}
	}
	return Explanation{}, false
}

func (d *Decision) explainRequirement(q *Requirement) Explanation {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is %s: %s.", q.ID, q.Status, q.Why)
	if q.Due.IsZero() {
		b.WriteString(" It has no due time yet.")
	} else {
		fmt.Fprintf(&b, " Due %s, counted from %s.", stamp(q.Due), stamp(q.Since))
	}
	if q.Late {
		b.WriteString(" It was late.")
	}
	if ru := d.rule(q.Rule); ru != nil && ru.Because != "" {
		fmt.Fprintf(&b, " The rule is there because %s", sentence(ru.Because))
	}
	if len(q.Cites) > 0 {
		fmt.Fprintf(&b, " It serves %s.", all(q.Cites))
	}
	return Explanation{Staff: b.String(), Customer: customerText(q)}
}

// customerText says what customers can expect, without names of rules.
func customerText(q *Requirement) string {
	what, done := expectation(q.Act)
	switch {
	case q.Status == Met && q.Late:
		return done + " at " + stamp(q.MetAt) + ", later than we had set ourselves."
	case q.Status == Met:
		return done + " at " + stamp(q.MetAt) + "."
	case q.Status == Waived:
		return "We decided, with a named person answering for it, not to do this: " + what + "."
	case q.Late:
		return "We are late: we should have managed to " + what + " by " + stamp(q.Due) + "."
	case q.Due.IsZero():
		return "We will " + what + " when it is time."
	default:
		return "We will " + what + " by " + stamp(q.Due) + "."
	}
}

func expectation(a Act) (what, done string) {
	switch a {
	case ActFirstNotice:
		return "tell you what is happening", "We told you what was happening"
	case ActUpdate:
		return "tell you how it stands", "We told you how it stood"
	case ActStatusChange:
		return "tell you that it moved on", "We told you that it moved on"
	case ActReopening:
		return "tell you that it is not fixed after all", "We told you that it was not fixed after all"
	case ActResolution:
		return "tell you that it is fixed, and what was done", "We told you that it was fixed, and what was done"
	case ActExplanation:
		return "explain what happened, why, and what will prevent it", "We explained what happened"
	case ActCorrection:
		return "correct what we said", "We corrected what we had said"
	case ActAskVerdict:
		return "ask you whether it is fixed for you", "We asked you whether it is fixed for you"
	case ActAcknowledge:
		return "confirm that we have your message", "We confirmed that we have your message"
	case ActAnswer:
		return "answer your message", "We answered your message"
	case ActKeepPromise:
		return "do what we promised", "We did what we had promised"
	case ActCompensate:
		return "tell you what we owe you", "We told you what we owe you"
	default:
		return "do what we owe you", "We did what we owed you"
	}
}

func (d *Decision) explainRule(n int) Explanation {
	o, ru := d.Outcomes[n], &d.policy.rules[n]
	conditions := ru.conditions()
	if o.Matched {
		if len(conditions) == 0 {
			return Explanation{Staff: ru.ID + " always applies.", Customer: "This always applies."}
		}
		texts := make([]string, len(conditions))
		for i, c := range conditions {
			texts[i] = c.text
		}
		return Explanation{
			Staff:    fmt.Sprintf("%s applies, because %s.", ru.ID, all(texts)),
			Customer: "This applies to what happened.",
		}
	}
	c := conditions[o.Unmet]
	text := fmt.Sprintf("%s does not apply: it wants that %s", ru.ID, c.text)
	if fact := d.fact(c); fact != "" {
		text += ", but " + fact
	}
	return Explanation{Staff: text + ".", Customer: "This does not apply to what happened."}
}

// fact says what the fact behind a condition is, "" if there is nothing to add.
func (d *Decision) fact(c condition) string {
	switch {
	case d.facts == nil || d.facts.Incident == nil:
		return ""
	case strings.HasPrefix(c.key, "lasts:"):
		return "it has lasted " + durationText(lasted(d.facts.Incident, d.At).Truncate(1e9))
	case c.fact == nil:
		return "this is not about one customer's message"
	default:
		return c.fact(d.facts)
	}
}

func (d *Decision) rule(id string) *rule {
	if d.policy == nil {
		return nil
	}
	for n := range d.policy.rules {
		if d.policy.rules[n].ID == id {
			return &d.policy.rules[n]
		}
	}
	return nil
}

// sentence ends a reason with one full stop.
func sentence(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), ".") + "." }
