package amends

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// Request asks customers to do or to consent to something.
type Request struct {
	Command
	Record      string           `json:"record"` // an incident
	State       string           `json:"state"`  // the target state, exactly (R9)
	Steps       []string         `json:"steps,omitempty"`
	Consequence string           `json:"consequence,omitempty"`
	Due         *incident.Moment `json:"due,omitempty"`
	Consent     bool             `json:"consent,omitempty"`
}

// Request asks customers to do something. Who has done it is noted with RequestDone in their case.
func (d *Desk) Request(ctx context.Context, c Request) (Result, error) {
	if strings.TrimSpace(c.State) == "" {
		return Result{}, invalid("request", "the target state is missing: what is it like when it is done?")
	}
	return d.onIncident(ctx, "request", c.Command, c, c.Record, func(*incident.Incident, time.Time) ([]incident.Payload, error) {
		return []incident.Payload{incident.RequestMade{State: c.State, Steps: c.Steps, Consequence: c.Consequence, Due: c.Due, Consent: c.Consent}}, nil
	})
}

// Promise gives a time to all (on an incident) or to one customer (on a case).
type Promise struct {
	Command
	Record string               `json:"record"`
	Kind   incident.PromiseKind `json:"kind"`
	Due    incident.Moment      `json:"due"`
	What   string               `json:"what,omitempty"`
}

// Promise gives a time. It becomes a deadline of its own (R75).
func (d *Desk) Promise(ctx context.Context, c Promise) (Result, error) {
	const name = "promise"
	if c.Kind == "" || c.Due.At.IsZero() {
		return Result{}, invalid(name, "a promise needs a kind and a time")
	}
	return d.onRecord(ctx, name, c.Command, c, c.Record, func(s subject, now time.Time) ([]incident.Payload, error) {
		if !c.Due.At.After(now) {
			return nil, invalid(name, "%s has passed: promise a time that can be kept", c.Due.At.UTC().Format(time.RFC3339))
		}
		return []incident.Payload{incident.PromiseMade{Promise: c.Kind, Due: moment(c.Due), What: c.What}}, nil
	})
}

func moment(m incident.Moment) incident.Moment {
	return incident.Moment{At: m.At.UTC().Truncate(time.Microsecond), Zone: m.Zone}
}

// PromiseCommand names a promise.
type PromiseCommand struct {
	Command
	Record  string          `json:"record"`
	Promise string          `json:"promise"`
	Due     incident.Moment `json:"due,omitzero"` // of MovePromise: the new time
	Reason  string          `json:"reason,omitempty"`
}

// KeepPromise says that it was done.
func (d *Desk) KeepPromise(ctx context.Context, c PromiseCommand) (Result, error) {
	return d.onPromise(ctx, "keep promise", c, func(p *incident.Promise, _ time.Time) ([]incident.Payload, error) {
		return []incident.Payload{incident.PromiseKept{Promise: p.ID}}, nil
	})
}

// MovePromise gives a new time. Before the old one has passed, it is moved in
// advance; afterwards it was broken first, and stays so on the record.
func (d *Desk) MovePromise(ctx context.Context, c PromiseCommand) (Result, error) {
	return d.onPromise(ctx, "move promise", c, func(p *incident.Promise, now time.Time) ([]incident.Payload, error) {
		if !c.Due.At.After(now) {
			return nil, invalid("move promise", "the new time has passed already")
		}
		return []incident.Payload{incident.PromiseMoved{Promise: p.ID, Due: moment(c.Due), Reason: c.Reason, InAdvance: !now.After(p.Due.At)}}, nil
	})
}

func (d *Desk) onPromise(ctx context.Context, name string, c PromiseCommand,
	decide func(*incident.Promise, time.Time) ([]incident.Payload, error),
) (Result, error) {
	r, err := d.onRecord(ctx, name, c.Command, c, c.Record, func(s subject, now time.Time) ([]incident.Payload, error) {
		p := s.promise(c.Promise)
		if p == nil {
			return nil, fmt.Errorf("promise %q of %q: %w", c.Promise, c.Record, incident.ErrNotFound)
		}
		if p.State != incident.PromisePending {
			return nil, invalid(name, "promise %q is %s already", p.ID, p.State)
		}
		return decide(p, now)
	})
	r.ID = c.Promise
	return r, err
}

// Waive settles a requirement without meeting it.
type Waive struct {
	Command
	Record      string    `json:"record"`
	Requirement string    `json:"requirement"`
	Reason      string    `json:"reason"`
	Expires     time.Time `json:"expires"`
}

// Waive settles a requirement without meeting it. It needs a named person of
// ours, a reason and an expiry, and stays visible.
func (d *Desk) Waive(ctx context.Context, c Waive) (Result, error) {
	const name = "waive"
	if !c.By.Named() || strings.TrimSpace(c.Reason) == "" || c.Requirement == "" {
		return Result{}, invalid(name, "a waiver needs a named person of ours, the requirement, and a reason")
	}
	return d.onRecord(ctx, name, c.Command, c, c.Record, func(s subject, now time.Time) ([]incident.Payload, error) {
		if !c.Expires.After(now) {
			return nil, invalid(name, "a waiver needs an expiry in the future")
		}
		decisions, err := d.decisions(ctx, s, now)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(combine(decisions), func(r policy.Requirement) bool { return r.ID == c.Requirement }) {
			return nil, invalid(name, "%q requires no %q: see Desk.Requirements", c.Record, c.Requirement)
		}
		return []incident.Payload{incident.Waived{Requirement: c.Requirement, By: c.By.ID, Reason: c.Reason, Expires: c.Expires.UTC().Truncate(time.Microsecond)}}, nil
	})
}
