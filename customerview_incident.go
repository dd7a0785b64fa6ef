package amends

import (
	"cmp"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
)

// fromIncident fills in what is true of the incident and for this customer to see.
func (b *viewBuilder) fromIncident() {
	v := &b.view
	i := together(b.inc, b.family[1:])
	v.Title, v.Status, v.Round, v.Maintenance, v.Planned = i.Title, i.Status, i.Round, i.Maintenance, i.Planned
	v.Scope, v.DataLoss, v.Opened = i.Impact.Scope, i.DataLoss || b.facts.DataLoss, i.Opened
	v.Judge = !fixedSince(b.inc).IsZero()
	for _, c := range i.Components {
		v.Components = append(v.Components, cmp.Or(c.Name, c.ID))
	}
	for _, each := range b.family {
		for _, s := range each.Statements {
			if b.mine(s) {
				v.Said = append(v.Said, b.said(s))
			}
		}
	}
	for _, s := range b.inc.Statements { // who signed last is in charge (R65)
		if b.mine(s) && s.Live() {
			v.Person, v.Contact = cmp.Or(s.Person, v.Person), cmp.Or(s.Contact, v.Contact)
		}
	}
	for _, r := range i.Requests {
		v.Requests = append(v.Requests, incident.CustomerRequest{
			ID: r.ID, State: r.State, Steps: slices.Clone(r.Steps), Consequence: r.Consequence, Due: r.Due, Consent: r.Consent, Done: b.doneAt(r.ID),
		})
	}
	b.promises(i.Promises)
	if ended(i.Status) {
		v.Next = nil
	}
}

// ended reports whether no further word is promised in a status.
func ended(s incident.Status) bool {
	switch s {
	case incident.StatusClosed, incident.StatusDismissed, incident.StatusMerged, incident.StatusCompleted, incident.StatusCancelled, incident.StatusFailed:
		return true
	default:
		return false
	}
}

func (b *viewBuilder) doneAt(request string) time.Time {
	var at time.Time
	for _, c := range b.cases {
		at = earlier(at, c.Done[request])
	}
	return at
}

func (b *viewBuilder) said(s *incident.Statement) incident.CustomerStatement {
	text, _ := s.Text(b.locale)
	out := incident.CustomerStatement{
		ID: s.ID, Purpose: s.Purpose, Subject: text.Subject, Body: text.Body, Published: s.Published, Person: s.Person,
		CorrectedBy: s.CorrectedBy, Withdrawn: s.Withdrawn,
	}
	if !s.Withdrawn.IsZero() {
		out.Subject, out.Body = "", ""
	}
	return out
}

// promises shows the times that were given, and when the next word comes.
func (b *viewBuilder) promises(list []*incident.Promise) {
	v := &b.view
	for _, p := range list {
		if p.PromiseMade.Promise == incident.PromiseNextUpdate {
			if p.State == incident.PromisePending && (v.Next == nil || p.Due.At.Before(v.Next.At)) {
				due := p.Due
				v.Next = &due
			}
			continue
		}
		v.Promises = append(v.Promises, incident.CustomerPromise{
			Kind: p.PromiseMade.Promise, What: p.What, Due: p.Due, Kept: p.KeptAt, Broken: p.Broken,
		})
	}
}
