package amends

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
)

// subject is the record that a command is about: an incident, or a case with
// the incident that it is linked to, if any.
type subject struct {
	i *incident.Incident // of a case: the linked one, read for its policies and status; may be nil
	c *incident.Case
}

func (s subject) id() string {
	if s.c != nil {
		return s.c.ID
	}
	return s.i.ID
}

func (s subject) version() uint64 {
	if s.c != nil {
		return s.c.Version
	}
	return s.i.Version
}

func (s subject) escalations() []incident.EscalationAt {
	if s.c != nil {
		return s.c.Escalations
	}
	return s.i.Escalations
}

func (s subject) statement(id string) *incident.Statement {
	if s.c != nil {
		return s.c.Statement(id)
	}
	return s.i.Statement(id)
}

func (s subject) statements() []*incident.Statement {
	if s.c != nil {
		return s.c.Statements
	}
	return s.i.Statements
}

func (s subject) pins() []incident.PolicyPin {
	if s.i != nil {
		return s.i.Policies
	}
	return s.c.Policies
}

func (s subject) promise(id string) *incident.Promise {
	promises := s.promises()
	for _, p := range promises {
		if p.ID == id {
			return p
		}
	}
	return nil
}

func (s subject) promises() []*incident.Promise {
	if s.c != nil {
		return s.c.Promises
	}
	return s.i.Promises
}

// load reads a record of either kind, and the incident of a case.
func (d *Desk) load(ctx context.Context, record string) (subject, error) {
	h, err := d.head(ctx, record)
	if err != nil {
		return subject{}, err
	}
	if h.Kind == incident.KindIncident {
		v, err := d.loadIncident(ctx, record)
		return subject{i: v}, err
	}
	c, err := d.loadCase(ctx, record)
	if err != nil {
		return subject{}, err
	}
	s := subject{c: c}
	if c.Incident != "" {
		if s.i, err = d.survivor(ctx, c.Incident); err != nil {
			return subject{}, err
		}
	}
	return s, nil
}

// survivor loads an incident, or the one that it lives on in.
func (d *Desk) survivor(ctx context.Context, id string) (*incident.Incident, error) {
	for range 16 { // merges are flat; the bound is for a record that is wrong
		v, err := d.loadIncident(ctx, id)
		if err != nil || v.MergedInto == "" {
			return v, err
		}
		id = v.MergedInto
	}
	return nil, fmt.Errorf("incident %q: merged in a circle", id)
}

// onRecord runs a command that appends to one incident or case at the version it read.
func (d *Desk) onRecord(ctx context.Context, name string, c Command, args any, record string,
	decide func(s subject, now time.Time) ([]incident.Payload, error),
) (Result, error) {
	space, err := d.spaceOf(ctx, name, record)
	if err != nil {
		return Result{}, err
	}
	return d.do(ctx, name, c, args, space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		s, err := d.load(ctx, record)
		if err != nil {
			return incident.Commit{}, err
		}
		payloads, err := decide(s, now)
		if err != nil {
			return incident.Commit{}, err
		}
		if s.c == nil {
			b, err := s.i.Batch(now, c.stamp(now, facts(payloads...))...)
			return incident.Commit{Batches: []incident.Batch{b}}, err
		}
		return caseCommit(s.c, now, c.stamp(now, facts(payloads...)))
	})
}

// caseCommit appends to a case at the version that was read, and moves its
// incident's version on, so that a decision to close that is being taken now is
// taken again. A new case begins with the event that opens it.
func caseCommit(v *incident.Case, now time.Time, events []incident.Event) (incident.Commit, error) {
	b, err := v.Batch(now, events...)
	if err != nil {
		return incident.Commit{}, err
	}
	batches := []incident.Batch{b}
	if v.Incident != "" {
		batches = append(batches, incident.Batch{Record: v.Incident, Expect: incident.AnyVersion, At: now})
	}
	return incident.Commit{Batches: batches}, nil
}
