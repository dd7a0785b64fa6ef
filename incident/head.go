package incident

import "time"

// HeadOf returns what events change of the head of an incident's record. It
// needs no view, so it is right for a batch at [AnyVersion] too. For a case use
// [Case.Batch]: marks depend on all of its events.
func HeadOf(events []Event) HeadChange {
	var h HeadChange
	for _, e := range events {
		switch p := e.Data.(type) {
		case Declared:
			h.Kind = KindIncident
			h.Title, h.Severity, h.Status = new(p.Title), new(p.Severity), new(StatusDetected)
		case MaintenanceScheduled:
			h.Kind = KindIncident
			h.Title, h.Severity, h.Status = new(p.Title), new(p.Severity), new(StatusScheduled)
		case TitleChanged:
			h.Title = new(p.Title)
		case SeverityChanged:
			h.Severity = new(p.To)
		case StatusChanged:
			h.Status = new(p.To)
		case MergedInto:
			h.Status = new(StatusMerged)
		case SeparatedFrom:
			h.Status = new(p.Status)
		}
	}
	return h
}

// HeadChange returns the head of the case as its view tells it.
func (c *Case) HeadChange() HeadChange {
	return HeadChange{
		Kind: KindCase, Incident: new(c.Incident), Customer: new(c.Customer),
		Status: new(c.Status()), Marks: new(c.Marks()),
	}
}

// Batch applies new events to the view and returns the batch that appends them
// at the version that the view had, with the head that follows. To open a
// record, begin with &Incident{ID: id}. After an error the view is of no more use.
//
// The view must be at the version of its head, as [LoadIncident] leaves it.
// Set Expect to [AnyVersion] for facts that need no guard.
func (i *Incident) Batch(at time.Time, events ...Event) (Batch, error) {
	b, err := batch(i.ID, i.Version, at, events, i.Apply)
	b.Head = HeadOf(events)
	i.Version = max(i.Version, b.reached())
	return b, err
}

// Batch does for a case what [Incident.Batch] does for an incident. Batches of
// cases always go in at the version that was read, so that the marks are true.
func (c *Case) Batch(at time.Time, events ...Event) (Batch, error) {
	b, err := batch(c.ID, c.Version, at, events, c.Apply)
	b.Head = c.HeadChange()
	c.Version = max(c.Version, b.reached())
	return b, err
}

// reached returns the version that the batch leads to if it goes in as expected.
func (b Batch) reached() uint64 { return uint64(b.Expect) + max(uint64(len(b.Events)), 1) }

// batch numbers events as the store will, and applies them.
func batch(id string, version uint64, at time.Time, events []Event, apply func(Event) error) (Batch, error) {
	b := Batch{Record: id, Expect: int64(version), At: at, Events: make([]Event, len(events))}
	for n, e := range events {
		e = e.Clone()
		e.Record, e.Version = id, version+uint64(n)+1
		if e.Data == nil {
			return b, folding(id, events[n], misfit(events[n], KindIncident))
		}
		if err := apply(e); err != nil {
			return b, err
		}
		b.Events[n] = e
	}
	return b, nil
}
