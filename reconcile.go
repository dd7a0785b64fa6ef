package amends

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// Reconcile compares what one incident or case requires with what is there, and
// does what is missing: it adds deliveries and awards, records breaches and
// escalations, reopens what customers dispute. It is safe to repeat, to stop at
// any moment, and to run in any number of processes at once. A record that it
// leaves unfinished stays due.
func (d *Desk) Reconcile(ctx context.Context, record string) error {
	h, err := d.head(ctx, record)
	if err != nil {
		return fmt.Errorf("amends: reconcile: %w", err)
	}
	now := d.now()
	var next time.Time
	if h.Kind == incident.KindCase {
		next, err = d.reconcileCase(ctx, record, now)
	} else {
		next, err = d.reconcileIncident(ctx, record, now)
	}
	if errors.Is(err, incident.ErrConflict) {
		return nil // somebody else moved it on: it is due, and the next pass sees more
	}
	if err != nil {
		return fmt.Errorf("amends: reconcile %q: %w", record, err)
	}
	if _, err := d.store.Look(ctx, record, next, h.Turn); err != nil && !errors.Is(err, incident.ErrConflict) {
		return fmt.Errorf("amends: reconcile %q: %w", record, err)
	}
	return nil
}

// reconcileIncident returns when to look again; zero is never.
func (d *Desk) reconcileIncident(ctx context.Context, id string, now time.Time) (time.Time, error) {
	v, err := d.loadIncident(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if v.MergedInto != "" { // what it said is still told, what it promised is kept; other duties are the survivor's
		return d.reconcileMerged(ctx, v, now)
	}
	p, err := d.look(ctx, v, now)
	if err != nil {
		return time.Time{}, err
	}
	for _, id := range p.kept {
		if err := d.makeDue(ctx, id); err != nil {
			return time.Time{}, err
		}
	}
	// Facts first: what they change is decided on again in the next pass.
	events, err := d.incidentFacts(ctx, p, now)
	if err != nil {
		return time.Time{}, err
	}
	if len(events) > 0 {
		return now, d.append(ctx, v, now, events)
	}
	more, err := d.expandAll(ctx, p)
	if err != nil {
		return time.Time{}, err
	}
	if more {
		return now, nil
	}
	approved, err := d.tellApproved(ctx, p)
	if err != nil {
		return time.Time{}, err
	}
	if totals, err := d.totals(ctx, p); err != nil {
		return time.Time{}, err
	} else if totals != nil {
		return now, d.append(ctx, v, now, facts(*totals))
	}
	if approved {
		return now, nil
	}
	if v.Status == incident.StatusClosed || v.Status == incident.StatusDismissed {
		d.earlier.Delete(v.ID)
	}
	next := earlier(p.next(now), p.nextHolding())
	if p.progress.pending() || p.facts.Credits.Open > 0 {
		next = earlier(next, now.Add(unsettled))
	}
	return next, nil
}

func (d *Desk) reconcileMerged(ctx context.Context, v *incident.Incident, now time.Time) (time.Time, error) {
	absorbed, err := d.absorbed(ctx, v)
	if err != nil {
		return time.Time{}, err
	}
	notices := incidentNotices(v)
	progress, err := d.progressOf(ctx, v.Space, family(v), notices)
	if err != nil {
		return time.Time{}, err
	}
	policies, err := d.policies.compiled(v.Policies)
	if err != nil {
		return time.Time{}, err
	}
	p := &picture{
		view: v, policies: policies, notices: notices, progress: progress, behind: behind(absorbed, progress.expansions),
	}
	events, err := d.mergedFacts(ctx, p, now)
	if err != nil {
		return time.Time{}, err
	}
	if len(events) > 0 {
		return now, d.append(ctx, v, now, events)
	}
	more, err := d.expandAll(ctx, p)
	if err != nil {
		return time.Time{}, err
	}
	if more {
		return d.now(), nil
	}
	// The survivor decides on what was told here.
	return p.next(now), d.makeDue(ctx, v.MergedInto)
}

// append adds what the library itself has to say, at the version it was decided on.
func (d *Desk) append(ctx context.Context, v *incident.Incident, now time.Time, events []incident.Event) error {
	b, err := v.Batch(now, stamp(events, now)...)
	if err != nil {
		return err
	}
	_, err = d.store.Append(ctx, incident.Commit{Space: v.Space, Batches: []incident.Batch{b}})
	return err
}

// stamp makes events the library's own, at a time, where they do not say otherwise.
func stamp(events []incident.Event, now time.Time) []incident.Event {
	for i := range events {
		e := &events[i]
		e.Recorded = now
		if e.At.IsZero() {
			e.At = now
		}
		if e.Actor.Kind == "" {
			e.Actor = incident.Actor{Kind: incident.ActorSystem}
		}
	}
	return events
}

// incidentFacts lists what time and customers have made true and the record does not say yet.
func (d *Desk) incidentFacts(ctx context.Context, p *picture, now time.Time) ([]incident.Event, error) {
	v := p.view
	out := facts(lateness(p.own(), v.Promises, v.Breaches, v.Escalations, now)...)
	if _, ok := v.Clocks[incident.ClockOutsideReport]; !ok && p.facts.Cases.Reports > 0 {
		first, err := d.firstReport(ctx, v)
		if err != nil {
			return nil, err
		}
		out = append(out, facts(incident.ClockRecorded{Clock: incident.ClockOutsideReport, When: first})...)
	}
	if disputed := p.facts.Cases.Partly + p.facts.Cases.Broken; disputed > 0 && disputed >= p.reopenThreshold() && p.open() {
		events, err := incident.MachineOf(v).Step(v, incident.StepReopen, &incident.Facts{
			Actor: incident.Actor{Kind: incident.ActorSystem}, At: now,
			Reason: fmt.Sprintf("%d customers say that it is not fixed", disputed),
		})
		if err != nil {
			return nil, err
		}
		return append(out, events...), nil
	}
	if len(out) > 0 {
		return out, nil
	}
	return d.holding(p, now) // alone: its statement is named by the version that it is written at
}

// open reports whether a reopening is due: it was said to be fixed, in this round.
func (p *picture) open() bool { return !fixedSince(p.view).IsZero() }

func (p *picture) reopenThreshold() int64 {
	threshold := int64(0)
	for _, dec := range p.decisions {
		if t := dec.ReopenThreshold; t > 0 && (threshold == 0 || t < threshold) {
			threshold = t
		}
	}
	return max(threshold, 1)
}

// firstReport is when the first customer said it, of all cases of an incident.
func (d *Desk) firstReport(ctx context.Context, v *incident.Incident) (time.Time, error) {
	var first time.Time
	for h, err := range d.heads(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v), Mark: incident.MarkReported}) {
		if err != nil {
			return time.Time{}, err
		}
		c, err := d.loadCase(ctx, h.Record)
		if err != nil {
			return time.Time{}, err
		}
		for _, r := range c.Reports {
			first = earlier(first, r.Received)
		}
	}
	return first, nil
}

// lateness lists breaches, escalations and broken promises that the record does not hold yet.
func lateness(reqs []policy.Requirement, promises []*incident.Promise, breaches []incident.BreachAt, escalations []incident.EscalationAt, now time.Time) []incident.Payload {
	var out []incident.Payload
	for _, pr := range promises {
		if pr.Late(now) && !pr.Missed() {
			out = append(out, incident.PromiseBroken{Promise: pr.ID, Due: pr.Due})
		}
	}
	for _, r := range reqs {
		known := slices.ContainsFunc(breaches, func(b incident.BreachAt) bool { return b.Requirement == r.ID })
		if r.Late && !known {
			out = append(out, incident.Breached{Requirement: r.ID, Rule: r.Rule, Due: r.Due})
		}
		if r.Status != policy.Open {
			continue
		}
		for _, e := range r.Escalate {
			woken := slices.ContainsFunc(escalations, func(x incident.EscalationAt) bool {
				return x.Requirement == r.ID && x.Level == e.Level && !x.At.Before(e.At) // else it was for a time that has been moved since
			})
			if !e.At.After(now) && !woken {
				out = append(out, incident.Escalated{Requirement: r.ID, To: e.To, Level: e.Level, Due: r.Due})
			}
		}
	}
	return out
}

// totals returns the sums of the ledger if they are not what the record says.
func (d *Desk) totals(ctx context.Context, p *picture) (*incident.AwardsTotalled, error) {
	v := p.view
	if !p.facts.Credits.Assessed {
		return nil, nil
	}
	t, err := d.ledger.Tally(ctx, compensate.Query{Space: v.Space, Bases: family(v)})
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	awarded, issued := map[string]int64{}, map[string]int64{}
	for _, line := range t.Lines {
		if line.Currency == "" {
			continue
		}
		awarded[line.Currency] += line.Amount.Minor()
		if line.State == compensate.StateIssued {
			issued[line.Currency] += line.Amount.Minor()
		}
	}
	sum := incident.AwardsTotalled{Customers: t.Customers, Awarded: amounts(awarded), Issued: amounts(issued)}
	if v.Awards != nil && v.Awards.Customers == sum.Customers && slices.Equal(v.Awards.Awarded, sum.Awarded) && slices.Equal(v.Awards.Issued, sum.Issued) {
		return nil, nil
	}
	if v.Awards == nil && sum.Customers == 0 {
		return nil, nil
	}
	return &sum, nil
}

func amounts(by map[string]int64) []incident.Amount {
	var out []incident.Amount
	for c, n := range by {
		if n != 0 {
			out = append(out, incident.Amount{Minor: n, Currency: c})
		}
	}
	slices.SortFunc(out, func(a, b incident.Amount) int {
		if a.Currency < b.Currency {
			return -1
		}
		return 1
	})
	return out
}

// makeDue asks for a record to be reconciled; one that does not exist needs none.
func (d *Desk) makeDue(ctx context.Context, record string) error {
	if record == "" {
		return nil
	}
	if _, err := d.store.Look(ctx, record, d.now(), 0); err != nil && !errors.Is(err, incident.ErrNotFound) {
		return fmt.Errorf("record %q: %w", record, err)
	}
	d.nudge()
	return nil
}
