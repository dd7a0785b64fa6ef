package amends

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// A family is an incident with those that live on in it. Merging copies nothing:
// each record keeps what happened to it, so that separating needs no rewriting.
// What the whole family is held to is derived each time it is looked at.

// absorbed reads the incidents that live on in one.
func (d *Desk) absorbed(ctx context.Context, v *incident.Incident) ([]*incident.Incident, error) {
	out := make([]*incident.Incident, 0, len(v.Absorbed))
	for _, id := range v.Absorbed {
		a, err := d.loadIncident(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("incident %q, which lives on in %q: %w", id, v.ID, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// together is an incident as policies see it: one failure, with all that is known
// of it in any of its records. The worst severity, the earliest clocks, every
// component, every promise, every policy: merging takes no duty away.
//
// The life of the incident (its status, rounds and words) is the survivor's own.
func together(v *incident.Incident, absorbed []*incident.Incident) *incident.Incident {
	if len(absorbed) == 0 {
		return v
	}
	c := v.Clone()
	for _, a := range absorbed {
		c.Severity, c.Worst = worse(c.Severity, a.Severity), worse(c.Worst, a.Worst)
		c.DataLoss = c.DataLoss || a.DataLoss
		c.Impact.DataLoss = c.Impact.DataLoss || a.Impact.DataLoss
		c.Impact.Affected = max(c.Impact.Affected, a.Impact.Affected) // the same customers may be in both
		addComponents(c, a)
		addClocks(c, a)
		for _, pin := range a.Policies { // another version of one that is in force already adds nothing
			if !slices.ContainsFunc(c.Policies, func(have incident.PolicyPin) bool { return have.Name == pin.Name }) {
				c.Policies = append(c.Policies, pin)
			}
		}
		c.Promises = append(c.Promises, a.Promises...)
		for _, w := range a.Waivers { // the survivor's own duties are waived in its own record
			if slices.ContainsFunc(a.Promises, func(p *incident.Promise) bool { return strings.HasSuffix(w.Requirement, "/"+p.ID) }) {
				c.Waivers = append(c.Waivers, w)
			}
		}
	}
	return c
}

func worse(a, b incident.Severity) incident.Severity {
	if b.Rank() > a.Rank() {
		return b
	}
	return a
}

func addComponents(c, from *incident.Incident) {
	for _, x := range from.Components {
		n := slices.IndexFunc(c.Components, func(have incident.Component) bool { return have.ID == x.ID })
		if n < 0 {
			c.Components = append(c.Components, x)
			continue
		}
		c.Components[n].Core = c.Components[n].Core || x.Core
	}
}

// addClocks takes over the clocks that started earlier: the failure is as old as
// its oldest record says.
func addClocks(c, from *incident.Incident) {
	for _, k := range []incident.Clock{incident.ClockOccurred, incident.ClockDetected, incident.ClockAware, incident.ClockOutsideReport} {
		t, ok := from.Clocks[k]
		if !ok {
			continue
		}
		if have, ok := c.Clocks[k]; ok && !t.Before(have) {
			continue
		}
		if c.Clocks == nil {
			c.Clocks = map[incident.Clock]time.Time{}
		}
		c.Clocks[k] = t
	}
}

// promisesElsewhere lists the promises that stand in the records of others of the family.
func promisesElsewhere(absorbed []*incident.Incident) map[string]bool {
	var ids map[string]bool
	for _, a := range absorbed {
		for _, p := range a.Promises {
			if ids == nil {
				ids = map[string]bool{}
			}
			ids[p.ID] = true
		}
	}
	return ids
}

// promisedElsewhere counts those of them that must be kept, or waived, before the incident can close.
func (p *picture) promisedElsewhere() int64 {
	var n int64
	if len(p.decisions) == 0 {
		return n
	}
	for _, r := range p.decisions[0].Requirements { // each policy has them all
		if r.Act == policy.ActKeepPromise && p.elsewhere[r.Subject] && r.Status == policy.Open && !r.OutlivesClosing {
			n++
		}
	}
	return n
}

// keptElsewhere lists the next updates that a merged incident promised and that
// words of its survivor have kept: its customers are told those, too.
func keptElsewhere(v, survivor *incident.Incident) []incident.Event {
	var out []incident.Event
	for _, p := range v.PendingPromises() {
		st := v.NextWord(p, survivor)
		if st == nil || v.Status != incident.StatusMerged {
			continue
		}
		at := v.Statuses[len(v.Statuses)-1].At // what was said before the merge, they were told then
		if st.Published.After(at) {
			at = st.Published
		}
		out = append(out, incident.Event{At: at, Data: incident.PromiseKept{Promise: p.ID}})
	}
	return out
}

// mergedFacts lists what time and the survivor's words have made true of the
// promises that were given in the name of a merged incident.
func (d *Desk) mergedFacts(ctx context.Context, p *picture, now time.Time) ([]incident.Event, error) {
	v := p.view
	survivor, err := d.survivor(ctx, v.MergedInto)
	if err != nil {
		return nil, err
	}
	if kept := keptElsewhere(v, survivor); len(kept) > 0 {
		return kept, nil
	}
	p.facts = policy.Facts{Incident: v, Told: p.progress.told}
	for _, c := range p.policies { // of a merged incident: its promises
		p.decisions = append(p.decisions, c.Decide(now, &p.facts))
	}
	return facts(lateness(p.requirements(), v.Promises, v.Breaches, v.Escalations, now)...), nil
}

// own are the requirements whose lateness is noted in this record. A promise of
// an absorbed incident is seen here and noted where it was given, also after a
// separation: nobody is woken for it twice.
func (p *picture) own() []policy.Requirement {
	return slices.DeleteFunc(p.requirements(), func(r policy.Requirement) bool {
		return r.Act == policy.ActKeepPromise && p.elsewhere[r.Subject]
	})
}

// behind lists the incidents of which not everybody is known yet who was told of
// them: what goes to all of those must wait.
func behind(absorbed []*incident.Incident, expansions map[string]notify.Expansion) map[string]bool {
	out := map[string]bool{}
	for _, a := range absorbed {
		for _, n := range incidentNotices(a) {
			if statementOf(a.ID, n.key) && !expansions[n.key].Done {
				out[a.ID] = true
			}
		}
	}
	return out
}

// statementOf reports whether a notice says a statement of a record.
func statementOf(record, key string) bool {
	of, _, err := incident.SplitInnerID(splitWidened(key))
	return err == nil && of == record
}
