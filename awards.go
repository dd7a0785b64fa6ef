package amends

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// assess decides what customers are owed and proposes it to the ledger. It
// returns all entries of these customers. A repeat proposes the same totals,
// and the ledger adds nothing.
func (d *Desk) assess(ctx context.Context, p *picture, customers []policy.CustomerFacts) ([]compensate.Entry, error) {
	decision := p.compensating()
	if decision == nil || len(customers) == 0 {
		return nil, nil
	}
	if err := d.addHistory(ctx, p.view, customers); err != nil {
		return nil, err
	}
	weights, err := d.caseWeights(ctx, p.view)
	if err != nil {
		return nil, err
	}
	var owed []compensate.Owed
	for i := range customers {
		c := &customers[i]
		if w, ok := weights[c.Customer]; ok {
			w.apply(c)
		}
		e, err := decision.For(c)
		if err != nil { // what is wrong with one customer's facts holds up no other
			d.log.ErrorContext(ctx, "facts of a customer cannot be used", slog.String("record", p.view.ID), slog.String("customer", c.Customer), slog.Any("error", err))
			e = policy.Entitlement{Undecided: "what is known of this customer contradicts itself: a person must look"}
			e.Owed.Key = compensate.Key{Space: p.view.Space, Scheme: decision.Policy.Name, Customer: c.Customer, Basis: p.view.ID}
		}
		if e.Undecided != "" { // a person must find out; until then it is owed, visible, and stops the closing
			e.Owed = compensate.Owed{Key: e.Owed.Key, InKind: []string{undecided}, Why: []string{e.Undecided}}
			d.log.WarnContext(ctx, "award undecided", slog.String("record", p.view.ID), slog.String("customer", c.Customer), slog.String("reason", e.Undecided))
		}
		owed = append(owed, e.Owed)
	}
	if err := d.lessAbsorbed(ctx, p.view, owed); err != nil {
		return nil, err
	}
	lists, err := d.ledger.Propose(ctx, owed, d.now())
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	var entries []compensate.Entry
	for _, l := range lists {
		entries = append(entries, l...)
	}
	return entries, nil
}

// undecided is what the ledger owes a customer whose award the policy could not
// decide: a person's decision, recorded with [Desk.FulfilCredit]. Customers are not told of it.
const undecided = "a decision by a person"

// compensating is the decision of the first policy that has rules of compensation.
func (p *picture) compensating() *policy.Decision {
	for i, c := range p.policies {
		if _, ok := c.Scheme(""); ok && i < len(p.decisions) {
			return &p.decisions[i]
		}
	}
	return nil
}

// lessAbsorbed takes off what customers were owed already in incidents that
// were merged into this one: one failure is paid once.
func (d *Desk) lessAbsorbed(ctx context.Context, v *incident.Incident, owed []compensate.Owed) error {
	if len(v.Absorbed) == 0 {
		return nil
	}
	ids := make([]string, len(owed))
	for i, o := range owed {
		ids[i] = o.Key.Customer
	}
	held := map[string]compensate.Money{}
	err := d.entries(ctx, compensate.Query{Space: v.Space, Customers: ids, Bases: v.Absorbed}, func(e compensate.Entry) error {
		if e.By != "" || e.Amount.IsZero() {
			return nil
		}
		sum, err := held[e.Key.Customer].Add(e.Amount)
		held[e.Key.Customer] = sum
		return err
	})
	if err != nil {
		return err
	}
	for i := range owed {
		o := &owed[i]
		had := held[o.Key.Customer]
		if had.IsZero() {
			continue
		}
		rest, err := o.Total.Sub(had)
		if err != nil {
			return err
		}
		if rest.Minor() < 0 {
			rest = compensate.FromMinor(0, o.Total.Currency())
		}
		o.Total = rest
		o.Why = append(o.Why, fmt.Sprintf("%s was credited before, for the same failure", had))
	}
	return nil
}

// addHistory tells how long before this incident others hit the same customers.
// The ledger remembers them, those who got nothing included.
func (d *Desk) addHistory(ctx context.Context, v *incident.Incident, customers []policy.CustomerFacts) error {
	ids := make([]string, len(customers))
	at := make(map[string]int, len(customers))
	for i, c := range customers {
		ids[i], at[c.Customer] = c.Customer, i
	}
	start := began(v)
	begins := map[string]time.Time{}
	seen := map[string]bool{}
	same := map[string]bool{}
	for _, id := range family(v) {
		same[id] = true
	}
	err := d.entries(ctx, compensate.Query{Space: v.Space, Customers: ids, Since: start.Add(-repeatHorizon)}, func(e compensate.Entry) error {
		basis := e.Key.Basis
		if same[basis] || e.By != "" || seen[e.Key.Customer+"\x00"+basis] {
			return nil
		}
		seen[e.Key.Customer+"\x00"+basis] = true
		t, ok := begins[basis]
		if !ok {
			old, err := d.loadIncident(ctx, basis)
			if err != nil {
				return err
			}
			t = began(old)
			begins[basis] = t
		}
		if t.Before(start) {
			c := &customers[at[e.Key.Customer]]
			c.Before = append(c.Before, start.Sub(t))
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Those that are not assessed yet are not in the ledger: the directory knows them.
	repeats, err := d.repeats(ctx, v, d.now())
	if err != nil {
		return err
	}
	for _, r := range repeats {
		if same[r.id] || r.before > unassessedHorizon {
			continue
		}
		known, err := d.opts.Directory.Customers(ctx, v.Space, []string{r.id}, ids)
		if err != nil {
			return fmt.Errorf("directory: customers: %w", err)
		}
		for _, k := range known {
			i, asked := at[k.Customer]
			if asked && isHit(k) && !seen[k.Customer+"\x00"+r.id] {
				customers[i].Before = append(customers[i].Before, r.before)
			}
		}
	}
	return nil
}

// unassessedHorizon is how long after its beginning an incident may still wait for its assessment.
const unassessedHorizon = 60 * 24 * time.Hour

// entries iterates over the ledger.
func (d *Desk) entries(ctx context.Context, q compensate.Query, do func(compensate.Entry) error) error {
	for cursor := ""; ; {
		list, next, err := d.ledger.List(ctx, q, cursor, d.opts.PageSize)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		for _, e := range list {
			if err := do(e); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}

// weight is what a case adds to an award: what the customer lost and what we broke.
type weight struct {
	impact   *incident.CustomerImpact
	minutes  int64
	costs    []compensate.Money
	broken   int
	reported bool
}

func weightOf(c *incident.Case) weight {
	w := weight{impact: c.Impact, reported: len(c.Reports) > 0, minutes: c.LostMinutes(), broken: c.BrokenPromises()}
	for _, l := range c.Losses {
		if l.Cost != nil {
			w.costs = append(w.costs, compensate.FromMinor(l.Cost.Minor, l.Cost.Currency))
		}
	}
	return w
}

// and adds what another case of the same customer holds; the later impact counts.
func (w weight) and(o weight) weight {
	if o.impact != nil {
		w.impact = o.impact
	}
	w.minutes, w.broken, w.reported = w.minutes+o.minutes, w.broken+o.broken, w.reported || o.reported
	w.costs = append(w.costs, o.costs...)
	return w
}

func (w weight) apply(c *policy.CustomerFacts) {
	c.LostMinutes, c.LostCosts, c.BrokenPromises, c.Reported = w.minutes, w.costs, w.broken, w.reported
	if w.impact != nil {
		c.Degree = w.impact.Degree
		if len(w.impact.Windows) > 0 {
			c.Windows = w.impact.Windows
		}
		if len(w.impact.Objects) > 0 {
			c.Objects = w.impact.Objects
		}
	}
}

// caseWeights reads the cases whose facts weigh in an award, and no others.
func (d *Desk) caseWeights(ctx context.Context, v *incident.Incident) (map[string]weight, error) {
	out := map[string]weight{}
	for h, err := range d.heads(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v), Mark: incident.MarkWeighs}) {
		if err != nil {
			return nil, err
		}
		c, err := d.loadCase(ctx, h.Record)
		if err != nil {
			return nil, err
		}
		out[c.Customer] = out[c.Customer].and(weightOf(c)) // after a merge one customer may have a case in each
	}
	return out, nil
}

// hitByCase returns the customers of whom only their own case says that they
// are affected: equal harm is made good equally, whoever noted it (R85).
func (d *Desk) hitByCase(ctx context.Context, v *incident.Incident) ([]policy.CustomerFacts, error) {
	weights, err := d.caseWeights(ctx, v)
	if err != nil {
		return nil, err
	}
	var ids []string
	for customer, w := range weights {
		if w.impact != nil {
			ids = append(ids, customer)
		}
	}
	slices.Sort(ids)
	var out []policy.CustomerFacts
	for chunk := range slices.Chunk(ids, d.opts.PageSize) {
		known, err := d.opts.Directory.Customers(ctx, v.Space, family(v), chunk)
		if err != nil {
			return nil, fmt.Errorf("directory: customers: %w", err)
		}
		for _, k := range known {
			if !isHit(k) {
				out = append(out, k)
			}
		}
	}
	return out, nil
}

// tellApproved tells customers of entries that a person had to approve first,
// and reports whether it added anything.
func (d *Desk) tellApproved(ctx context.Context, p *picture) (bool, error) {
	v := p.view
	if !p.facts.Credits.Assessed {
		return false, nil
	}
	var approved []compensate.Entry
	err := d.entries(ctx, compensate.Query{Space: v.Space, Bases: family(v), Approved: true}, func(e compensate.Entry) error {
		approved = append(approved, e)
		return nil
	})
	if err != nil || len(approved) == 0 {
		return false, err
	}
	return d.tellAwards(ctx, v, approved)
}

// tellAwards adds the items of entries, each as a small notice of its own, unless that was done before.
func (d *Desk) tellAwards(ctx context.Context, v *incident.Incident, entries []compensate.Entry) (bool, error) {
	added := false
	for _, e := range entries {
		items, err := d.awardItems(ctx, notice{kind: kindAward, priority: 30}, ExpandRequest{
			Space: e.Key.Space, Record: e.Key.Basis, Incidents: family(v), Limit: d.opts.PageSize,
		}, []compensate.Entry{e})
		if err != nil {
			return added, err
		}
		if len(items) == 0 {
			continue
		}
		x, err := d.expansion(ctx, e.Key.Space, "award:"+e.ID)
		if err != nil || x.Done {
			if err != nil {
				return added, err
			}
			continue
		}
		if _, err := d.addPage(ctx, pageOf(e, items, d.now())); err != nil {
			return added, err
		}
		added = true
	}
	return added, nil
}
