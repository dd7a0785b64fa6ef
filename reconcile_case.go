package amends

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// casePicture is all that one pass over a case knows.
type casePicture struct {
	subject
	notices   []notice
	progress  progress
	decisions []policy.Decision
}

// lookCase gathers the picture of a case.
func (d *Desk) lookCase(ctx context.Context, s subject, at time.Time) (*casePicture, error) {
	p := &casePicture{subject: s, notices: caseNotices(s.c)}
	policies, err := d.policies.compiled(s.pins())
	if err != nil {
		return nil, fmt.Errorf("case %q: %w", s.c.ID, err)
	}
	if p.progress, err = d.progressOf(ctx, s.c.Space, []string{s.c.ID}, p.notices); err != nil {
		return nil, err
	}
	f := policy.CaseFacts{Case: s.c, Incident: s.i, Told: p.progress.told}
	for _, c := range policies {
		p.decisions = append(p.decisions, c.DecideCase(at, &f))
	}
	return p, nil
}

// reconcileCase returns when to look again; zero is never.
func (d *Desk) reconcileCase(ctx context.Context, id string, now time.Time) (time.Time, error) {
	s, err := d.load(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	p, err := d.lookCase(ctx, s, now)
	if err != nil {
		return time.Time{}, err
	}
	events := stamp(append(p.acknowledged(), facts(lateness(combine(p.decisions), s.c.Promises, s.c.Breaches, s.c.Escalations, now)...)...), now)
	if len(events) > 0 {
		commit, err := caseCommit(s.c, now, events)
		if err != nil {
			return time.Time{}, err
		}
		commit.Space = s.c.Space
		_, err = d.store.Append(ctx, commit)
		return now, err
	}
	more, unknown, err := d.expandCase(ctx, p)
	if err != nil {
		return time.Time{}, err
	}
	told, err := d.compensateCase(ctx, s, now)
	if errors.Is(err, errAssessing) {
		return now.Add(assessingPause), nil
	}
	if err != nil {
		return time.Time{}, err
	}
	if more || told {
		return now, nil
	}
	var next time.Time
	for _, dec := range p.decisions {
		next = earlier(next, dec.Next)
	}
	if unknown {
		next = earlier(next, now.Add(askAgain))
	}
	if p.progress.pending() {
		next = earlier(next, now.Add(unsettled))
	}
	return next, nil
}

// askAgain is how soon the directory is asked again for a customer whom it does not know.
const askAgain = 5 * time.Minute

// acknowledged records the acknowledgements that a channel has accepted since.
func (p *casePicture) acknowledged() []incident.Event {
	var out []incident.Event
	note := func(id string, already time.Time) {
		if t := p.progress.told[ackKey(id)]; already.IsZero() && t.Sent > 0 {
			out = append(out, incident.Event{At: t.First, Data: incident.ReportAcknowledged{Report: id}})
		}
	}
	for _, r := range p.c.Reports {
		note(r.ID, r.Acknowledged)
		for _, e := range r.Thread {
			if e.Reply() {
				note(e.ID, e.Acknowledged)
			}
		}
	}
	return out
}

// expandCase adds what the case demands to be said. Words for a customer whom
// the directory does not know wait until it does; people of ours are woken meanwhile.
func (d *Desk) expandCase(ctx context.Context, p *casePicture) (more, unknown bool, err error) {
	ask := ExpandRequest{Space: p.c.Space, Record: p.c.ID, Limit: d.opts.PageSize}
	if p.i != nil {
		ask.Incidents = family(p.i)
	}
	left := d.opts.PagesPerPass
	for _, n := range p.notices {
		e := p.progress.expansions[n.key]
		if e.Done {
			continue
		}
		if e, left, err = d.expand(ctx, n, e, ask, left); errors.Is(err, ErrUnknownAudience) {
			d.unknownCustomer(ctx, n, p.c.Customer)
			unknown = true
			continue
		}
		if err != nil {
			return more, unknown, err
		}
		more = true
		if !e.Done {
			break
		}
	}
	return more, unknown, nil
}

// errAssessing: the customers of the incident are being assessed right now.
var errAssessing = errors.New("the assessment is under way")

// assessingPause is how long a case waits meanwhile.
const assessingPause = time.Second

// compensateCase brings what the case changes about money to the ledger: gestures
// of staff, and losses and broken promises once the incident is being compensated.
func (d *Desk) compensateCase(ctx context.Context, s subject, now time.Time) (bool, error) {
	var owed []compensate.Owed
	for _, g := range s.c.Gestures {
		o := compensate.Owed{
			Key: compensate.Key{Space: s.c.Space, Scheme: "gesture:" + g.ID, Customer: s.c.Customer, Basis: g.Basis},
			Why: []string{g.Reason}, By: g.By,
		}
		if g.Amount != nil {
			o.Total = compensate.FromMinor(g.Amount.Minor, g.Amount.Currency)
			o.Limit = compensate.FromMinor(g.Limit.Minor, g.Limit.Currency)
		}
		if g.InKind != "" {
			o.InKind = []string{g.InKind}
		}
		owed = append(owed, o)
	}
	var entries []compensate.Entry
	if len(owed) > 0 {
		lists, err := d.ledger.Propose(ctx, owed, now)
		if err != nil {
			return false, fmt.Errorf("ledger: %w", err)
		}
		for _, l := range lists {
			entries = append(entries, l...)
		}
	}
	if s.i != nil && s.c.Weighs() {
		more, err := d.assessOne(ctx, s, now)
		if err != nil {
			return false, err
		}
		entries = append(entries, more...)
	}
	if len(entries) == 0 {
		return false, nil
	}
	v := s.i
	if v == nil {
		v = &incident.Incident{ID: s.c.ID, Space: s.c.Space}
	}
	added, err := d.tellAwards(ctx, v, entries)
	if err != nil {
		return added, err
	}
	if added && s.i != nil { // its totals changed
		return added, d.makeDue(ctx, s.i.ID)
	}
	return added, nil
}

// assessOne assesses the customer of a case again, with what the case knows.
func (d *Desk) assessOne(ctx context.Context, s subject, now time.Time) ([]compensate.Entry, error) {
	p, err := d.look(ctx, s.i, now)
	switch {
	case err != nil:
		return nil, err
	case p.facts.Credits.Assessed:
	case slices.ContainsFunc(p.notices, func(n notice) bool { return n.assess }):
		return nil, errAssessing // the page that holds this customer may be behind us
	default:
		return nil, nil // the assessment that is to come will weigh the case
	}
	customers, err := d.opts.Directory.Customers(ctx, s.c.Space, family(s.i), []string{s.c.Customer})
	if err != nil {
		return nil, fmt.Errorf("directory: customer %q: %w", s.c.Customer, err)
	}
	return d.assess(ctx, p, customers)
}

// expansion reads how far one notice has come.
func (d *Desk) expansion(ctx context.Context, space, key string) (notify.Expansion, error) {
	t, err := d.outbox.Tally(ctx, notify.Query{Space: space, Notice: key})
	if err != nil {
		return notify.Expansion{}, fmt.Errorf("outbox: notice %q: %w", key, err)
	}
	for _, e := range t.Expansions {
		if e.Notice == key {
			return e, nil
		}
	}
	return notify.Expansion{Notice: key}, nil
}

// pageOf is the whole notice of one entry.
func pageOf(e compensate.Entry, items []notify.Item, at time.Time) notify.Page {
	return notify.Page{Space: e.Key.Space, Record: e.Key.Basis, Notice: "award:" + e.ID, Next: "done", Done: true, Items: items, At: at}
}
