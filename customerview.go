package amends

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// CustomerView returns what one customer may see of a record: of an incident,
// with their own case in it, or of a case of theirs that stands alone. locale
// (BCP 47) chooses the language of statements and the form of sums; "" is that of
// the customer's first contact. A record of another space, a case of another
// customer, and a customer whom nobody knows, is incident.ErrNotFound: nobody
// learns from it what exists.
//
// incident/customerpage shows it; a host can show it in its own portal as well.
func (d *Desk) CustomerView(ctx context.Context, space, record, customer, locale string) (incident.CustomerView, error) {
	b := &viewBuilder{d: d, locale: locale, customer: customer}
	if err := b.load(ctx, space, record); err != nil {
		return incident.CustomerView{}, fmt.Errorf("amends: view of %q for customer %q: %w", record, customer, err)
	}
	if err := b.fill(ctx); err != nil {
		return incident.CustomerView{}, fmt.Errorf("amends: view of %q for customer %q: %w", record, customer, err)
	}
	return b.view, nil
}

// viewBuilder gathers a view.
type viewBuilder struct {
	d                *Desk
	customer, locale string

	isCase   bool                 // the record is a case
	inc      *incident.Incident   // nil for a case that stands alone
	family   []*incident.Incident // inc and those that live on in it
	cases    []*incident.Case
	facts    policy.CustomerFacts
	told     map[string]bool // statements that were addressed to this customer
	affected bool

	view incident.CustomerView
}

// load reads the record and what belongs to it.
func (b *viewBuilder) load(ctx context.Context, space, record string) error {
	s, err := b.d.load(ctx, record)
	if err != nil {
		return err
	}
	switch {
	case b.customer == "",
		s.c != nil && (s.c.Customer != b.customer || s.c.Space != space),
		s.c == nil && s.i.Space != space:
		return fmt.Errorf("record %q: %w", record, incident.ErrNotFound)
	}
	b.view = incident.CustomerView{
		Space: space, Record: record, Customer: b.customer, At: b.d.now(),
		Person: b.d.opts.Sender.Name, Contact: b.d.opts.Sender.Contact,
	}
	b.isCase = s.c != nil
	if s.i == nil {
		b.cases = []*incident.Case{s.c}
		b.view.Opened = s.c.Opened
		return nil
	}
	if b.inc, err = b.d.survivor(ctx, s.i.ID); err != nil {
		return err
	}
	absorbed, err := b.d.absorbed(ctx, b.inc)
	if err != nil {
		return err
	}
	b.family = append([]*incident.Incident{b.inc}, absorbed...)
	for h, err := range b.d.heads(ctx, incident.Filter{Space: space, Kind: incident.KindCase, Incidents: b.inc.Incidents(), Customer: b.customer}) {
		if err != nil {
			return err
		}
		c, err := b.d.loadCase(ctx, h.Record)
		if err != nil {
			return err
		}
		b.cases = append(b.cases, c)
	}
	return nil
}

// fill turns what was read into the view.
func (b *viewBuilder) fill(ctx context.Context) error {
	if err := b.fromDirectory(ctx); err != nil {
		return err
	}
	if err := b.language(ctx); err != nil {
		return err
	}
	if err := b.fromOutbox(ctx); err != nil {
		return err
	}
	if b.inc != nil {
		b.fromIncident()
	}
	for _, c := range b.cases {
		if err := b.fromCase(ctx, c); err != nil {
			return err
		}
	}
	v := &b.view
	v.Since = beganFor(v.Impact, v.Reports)
	slices.Reverse(v.Said) // of two at the same time the later comes first
	slices.SortStableFunc(v.Said, func(x, y incident.CustomerStatement) int { return y.Published.Compare(x.Published) })
	slices.SortStableFunc(v.Promises, func(x, y incident.CustomerPromise) int { return x.Due.At.Compare(y.Due.At) })
	slices.SortStableFunc(v.Reports, func(x, y incident.CustomerReport) int { return x.Received.Compare(y.Received) })
	return b.fromLedger(ctx)
}

// beganFor is when it began for the customer: their first window, or what they say
// themselves; zero if neither is known.
func beganFor(impact *incident.CustomerImpact, reports []incident.CustomerReport) time.Time {
	var since time.Time
	if impact != nil {
		for _, w := range impact.Windows {
			since = earlier(since, w.From)
		}
	}
	if !since.IsZero() {
		return since
	}
	for _, r := range reports {
		since = earlier(since, r.Since)
	}
	return since
}

// fromDirectory asks how this customer was hit. One whom the directory no longer
// knows keeps what their case holds.
func (b *viewBuilder) fromDirectory(ctx context.Context) error {
	var incidents []string
	if b.inc != nil {
		incidents = b.inc.Incidents()
	}
	known, err := b.d.opts.Directory.Customers(ctx, b.view.Space, incidents, []string{b.customer})
	if err != nil {
		return fmt.Errorf("directory: customers: %w", err)
	}
	for _, k := range known {
		if k.Customer == b.customer {
			b.facts = k
		}
	}
	if b.facts.Customer == "" && len(b.cases) == 0 {
		return fmt.Errorf("customer %q: %w", b.customer, incident.ErrNotFound)
	}
	b.view.Zone = b.facts.Zone
	b.affected = isHit(b.facts) || len(b.cases) > 0
	if isHit(b.facts) {
		b.view.Impact = &incident.CustomerImpact{Degree: b.facts.Degree, Windows: b.facts.Windows, Objects: b.facts.Objects}
	}
	return nil
}

// language chooses the customer's own where nobody asked for one.
func (b *viewBuilder) language(ctx context.Context) error {
	if b.locale == "" {
		x, err := b.d.opts.Directory.Expand(ctx, ExpandRequest{
			Space: b.view.Space, Record: b.view.Record, Audience: incident.CustomerAudience(b.customer), Limit: 1,
		})
		if err != nil && !errors.Is(err, ErrUnknownAudience) { // they left: what they are owed is there all the same
			return fmt.Errorf("directory: contacts of customer %q: %w", b.customer, err)
		}
		for _, c := range x.Contacts {
			b.locale = cmp.Or(b.locale, c.Locale)
		}
	}
	b.locale = cmp.Or(b.locale, "en")
	b.view.Locale = b.locale
	return nil
}

// fromOutbox finds which statements were addressed to this customer: they saw
// them, so they may see them again, whoever counts as affected by now.
func (b *viewBuilder) fromOutbox(ctx context.Context) error {
	b.told = map[string]bool{}
	for _, i := range b.family {
		for cursor := ""; ; {
			items, next, err := b.d.outbox.List(ctx, notify.Query{Space: b.view.Space, Record: i.ID, Customer: b.customer}, cursor, 0)
			if err != nil {
				return fmt.Errorf("outbox of %q: %w", i.ID, err)
			}
			for _, it := range items {
				b.told[it.Subject] = true
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return nil
}

// mine reports whether a statement is for this customer.
func (b *viewBuilder) mine(s *incident.Statement) bool {
	switch {
	case s.Published.IsZero():
		return false
	case b.told[s.ID], s.To(incident.AudiencePublic, incident.CustomerAudience(b.customer)):
		return true
	case b.affected && s.To(incident.AudienceAffected):
		return true
	}
	return s.To(incident.AudienceReporters) && slices.ContainsFunc(b.cases, func(c *incident.Case) bool { return len(c.Reports) > 0 })
}
