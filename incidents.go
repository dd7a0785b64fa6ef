package amends

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
)

// Declare opens an incident.
type Declare struct {
	Command
	Space      string               `json:"space"`
	ID         string               `json:"id,omitempty"` // if empty, random
	Title      string               `json:"title"`
	Severity   incident.Severity    `json:"severity"`
	Components []incident.Component `json:"components,omitempty"`
	Owner      string               `json:"owner,omitempty"` // staff ID
	DataLoss   bool                 `json:"data_loss,omitempty"`
	// Occurred is when it began for customers, Detected when our own systems or
	// people saw it; zero if not known (then Detected is Command.At).
	Occurred time.Time `json:"occurred,omitzero"`
	Detected time.Time `json:"detected,omitzero"`
	// FromCase is the case whose report made us declare; it is linked.
	FromCase string `json:"from_case,omitempty"`
}

// Declare opens an incident. Its policy is pinned: later edits of the policy change nothing for it.
func (d *Desk) Declare(ctx context.Context, c Declare) (Result, error) {
	const name = "declare"
	switch {
	case c.Space == "":
		return Result{}, invalid(name, "the space is missing")
	case c.Title == "":
		return Result{}, invalid(name, "the title is missing: customers will see it")
	case c.Severity.Rank() == 0:
		return Result{}, invalid(name, "severity %q: want minor, major or critical", c.Severity)
	}
	id := c.ID
	if id == "" {
		id = incident.NewID("inc")
	}
	return d.record(d.do(ctx, name, c.Command, c, c.Space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		if err := d.isNew(ctx, name, id); err != nil {
			return incident.Commit{}, err
		}
		payloads := []incident.Payload{incident.Declared{
			Space: c.Space, Title: c.Title, Severity: c.Severity, Components: c.Components, Owner: c.Owner,
			DataLoss: c.DataLoss, FromCase: c.FromCase, Policies: []incident.PolicyPin{d.opts.Policy.Pin()},
		}}
		if !c.Occurred.IsZero() {
			payloads = append(payloads, incident.ClockRecorded{Clock: incident.ClockOccurred, When: c.Occurred.UTC()})
		}
		detected := c.Detected
		if detected.IsZero() {
			detected = c.At
		}
		if detected.IsZero() {
			detected = now
		}
		payloads = append(payloads, incident.ClockRecorded{Clock: incident.ClockDetected, When: detected.UTC()})
		var batches []incident.Batch
		if c.FromCase != "" {
			cs, err := d.loadCase(ctx, c.FromCase)
			if err != nil {
				return incident.Commit{}, err
			}
			if cs.Incident != "" {
				return incident.Commit{}, invalid(name, "case %q is linked to %q already", cs.ID, cs.Incident)
			}
			if len(cs.Reports) > 0 {
				payloads = append(payloads, incident.ClockRecorded{Clock: incident.ClockOutsideReport, When: cs.Reports[0].Received})
			}
			link, err := caseCommit(cs, now, c.stamp(now, facts(incident.CaseLinked{Incident: id})))
			if err != nil {
				return incident.Commit{}, err
			}
			batches = link.Batches[:1] // the incident's own batch is this command's first
		}
		first, err := (&incident.Incident{ID: id}).Batch(now, c.stamp(now, facts(payloads...))...)
		if err != nil {
			return incident.Commit{}, err
		}
		return incident.Commit{Batches: append([]incident.Batch{first}, batches...)}, nil
	}))
}

// isNew refuses an ID that is taken.
func (d *Desk) isNew(ctx context.Context, name, id string) error {
	_, err := d.head(ctx, id)
	switch {
	case errors.Is(err, incident.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return invalid(name, "%q exists already: a repeat of a command needs its Key", id)
}

// Schedule opens the record of planned work.
type Schedule struct {
	Command
	Space      string               `json:"space"`
	ID         string               `json:"id,omitempty"`
	Title      string               `json:"title"`
	Severity   incident.Severity    `json:"severity,omitempty"`
	Components []incident.Component `json:"components,omitempty"`
	Owner      string               `json:"owner,omitempty"`
	Planned    incident.Window      `json:"planned"`
	Zone       string               `json:"zone,omitempty"` // IANA zone that the window was named in
}

// Schedule opens the record of planned work: the second, smaller machine.
func (d *Desk) Schedule(ctx context.Context, c Schedule) (Result, error) {
	const name = "schedule"
	switch {
	case c.Space == "", c.Title == "":
		return Result{}, invalid(name, "space and title are needed")
	case c.Planned.From.IsZero() || !c.Planned.To.After(c.Planned.From):
		return Result{}, invalid(name, "the window must end after it begins")
	}
	id := c.ID
	if id == "" {
		id = incident.NewID("mnt")
	}
	return d.record(d.do(ctx, name, c.Command, c, c.Space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		if err := d.isNew(ctx, name, id); err != nil {
			return incident.Commit{}, err
		}
		b, err := (&incident.Incident{ID: id}).Batch(now, c.stamp(now, facts(incident.MaintenanceScheduled{
			Space: c.Space, Title: c.Title, Severity: c.Severity, Components: c.Components, Owner: c.Owner,
			Planned: incident.Window{From: c.Planned.From.UTC(), To: c.Planned.To.UTC()}, Zone: c.Zone,
			Policies: []incident.PolicyPin{d.opts.Policy.Pin()},
		}))...)
		return incident.Commit{Batches: []incident.Batch{b}}, err
	}))
}

// record makes a result name the record itself.
func (d *Desk) record(r Result, err error) (Result, error) {
	r.ID = r.Record
	return r, err
}

// Advance takes a step of the state machine.
type Advance struct {
	Command
	Record string        `json:"record"`
	Step   incident.Step `json:"step"` // for example "identify", "resolve", "confirm", "close", "reopen", "dismiss"
	Reason string        `json:"reason,omitempty"`
	Done   string        `json:"done,omitempty"` // when resolving: what was done
	Into   string        `json:"into,omitempty"` // when planned work fails: the incident that takes over
}

// Advance takes a step. If guards stop it, the error is an
// *incident.TransitionError with all of them and the steps that are legal;
// [Desk.May] asks the same without taking the step. Merging and separating are
// about two incidents: see [Desk.Merge] and [Desk.Separate].
func (d *Desk) Advance(ctx context.Context, c Advance) (Result, error) {
	const name = "advance"
	if c.Step == incident.StepMerge || c.Step == incident.StepSeparate {
		return Result{}, invalid(name, "step %q is about two incidents: it has a command of its own", c.Step)
	}
	space, err := d.spaceOf(ctx, name, c.Record)
	if err != nil {
		return Result{}, err
	}
	return d.record(d.do(ctx, name, c.Command, c, space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		if c.Into != "" { // customers are sent there
			into, err := d.loadIncident(ctx, c.Into)
			if err != nil {
				return incident.Commit{}, err
			}
			if in, err := d.head(ctx, c.Record); err != nil {
				return incident.Commit{}, err
			} else if in.Space != into.Space || into.Maintenance {
				return incident.Commit{}, invalid(name, "%q takes over in space %q and must be an incident there", c.Into, in.Space)
			}
		}
		return d.stepCommit(ctx, c.Command, c.Record, c.Step, incident.Facts{Actor: c.By, At: now, Reason: c.Reason, Done: c.Done, Into: c.Into})
	}))
}

// Close closes an incident in which nothing is owed any more. It is [Desk.Advance] with the step "close".
func (d *Desk) Close(ctx context.Context, record string, c Command) (Result, error) {
	return d.Advance(ctx, Advance{Command: c, Record: record, Step: incident.StepClose})
}

// stepCommit decides a step on one reading. The incidents that were merged into
// this one are part of the decision: their versions are expected too.
func (d *Desk) stepCommit(ctx context.Context, c Command, record string, step incident.Step, said incident.Facts) (incident.Commit, error) {
	v, err := d.loadIncident(ctx, record)
	if err != nil {
		return incident.Commit{}, err
	}
	var absorbed []incident.Batch
	for _, id := range v.Absorbed {
		h, err := d.head(ctx, id)
		if err != nil {
			return incident.Commit{}, err
		}
		absorbed = append(absorbed, incident.Batch{Record: id, Expect: int64(h.Version)})
	}
	f, err := d.guardFacts(ctx, v, step, said)
	if err != nil {
		return incident.Commit{}, err
	}
	events, err := incident.MachineOf(v).Step(v, step, &f)
	if err != nil {
		return incident.Commit{}, err
	}
	b, err := v.Batch(said.At, c.stamp(said.At, events)...)
	if err != nil {
		return incident.Commit{}, err
	}
	return incident.Commit{Batches: append([]incident.Batch{b}, absorbed...)}, nil
}

// May reports whether a step would be taken now: nil, or the
// *incident.TransitionError that [Desk.Advance] would return. For a step that
// needs words (what was done, into which incident) they count as given.
func (d *Desk) May(ctx context.Context, record string, step incident.Step) error {
	v, err := d.loadIncident(ctx, record)
	if err != nil {
		return fmt.Errorf("amends: may: %w", err)
	}
	f, err := d.guardFacts(ctx, v, step, incident.Facts{At: d.now(), Done: "…", Into: "…"})
	if err != nil {
		return fmt.Errorf("amends: may: %w", err)
	}
	return incident.MachineOf(v).May(v, step, &f)
}

// Merge ends an incident: it lives on in another. Cases, clocks, promises and breaches keep their times.
type Merge struct {
	Command
	Record string `json:"record"`
	Into   string `json:"into"`
}

// Merge merges one incident into another, on both records at once.
func (d *Desk) Merge(ctx context.Context, c Merge) (Result, error) {
	const name = "merge"
	space, err := d.spaceOf(ctx, name, c.Record)
	if err != nil {
		return Result{}, err
	}
	return d.record(d.do(ctx, name, c.Command, c, space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		v, err := d.loadIncident(ctx, c.Record)
		if err != nil {
			return incident.Commit{}, err
		}
		into, err := d.loadIncident(ctx, c.Into)
		if err != nil {
			return incident.Commit{}, err
		}
		switch {
		case c.Record == c.Into:
			return incident.Commit{}, invalid(name, "%q cannot be merged into itself", c.Record)
		case into.Space != v.Space:
			return incident.Commit{}, invalid(name, "%q is in space %q, %q in %q", v.ID, v.Space, into.ID, into.Space)
		case into.Maintenance:
			return incident.Commit{}, invalid(name, "%q is planned work: a failure lives on in an incident", into.ID)
		case into.MergedInto != "":
			return incident.Commit{}, invalid(name, "%q was itself merged into %q: merge into that one", into.ID, into.MergedInto)
		case into.Status == incident.StatusClosed || into.Status == incident.StatusDismissed:
			return incident.Commit{}, invalid(name, "%q is %s: reopen it first", into.ID, into.Status)
		}
		events, err := incident.MachineOf(v).Step(v, incident.StepMerge, &incident.Facts{Actor: c.By, At: now, Into: c.Into})
		if err != nil {
			return incident.Commit{}, err
		}
		from, err := v.Batch(now, c.stamp(now, events)...)
		if err != nil {
			return incident.Commit{}, err
		}
		absorbed := []incident.Payload{incident.Absorbed{From: v.ID}}
		for _, id := range v.Absorbed { // what had been merged into it comes along
			absorbed = append(absorbed, incident.Absorbed{From: id})
		}
		to, err := into.Batch(now, c.stamp(now, facts(absorbed...))...)
		return incident.Commit{Batches: []incident.Batch{from, to}}, err
	}))
}

// Separate takes a merge back.
type Separate struct {
	Command
	Record string `json:"record"` // the one that had been merged
	Reason string `json:"reason,omitempty"`
}

// Separate takes a merge back, on all records at once: what had been merged into
// this one before comes along, and no incident is ever in two families. Nobody is
// told twice: what was told stays told.
func (d *Desk) Separate(ctx context.Context, c Separate) (Result, error) {
	const name = "separate"
	space, err := d.spaceOf(ctx, name, c.Record)
	if err != nil {
		return Result{}, err
	}
	return d.record(d.do(ctx, name, c.Command, c, space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		v, err := d.loadIncident(ctx, c.Record)
		if err != nil {
			return incident.Commit{}, err
		}
		events, err := incident.MachineOf(v).Step(v, incident.StepSeparate, &incident.Facts{Actor: c.By, At: now, Reason: c.Reason})
		if err != nil {
			return incident.Commit{}, err
		}
		var released []incident.Payload // it, and what had been merged into it, which stays with it
		for _, id := range family(v) {
			released = append(released, incident.Released{Incident: id})
		}
		up := v.MergedInto
		from, err := v.Batch(now, c.stamp(now, events)...)
		if err != nil {
			return incident.Commit{}, err
		}
		batches := []incident.Batch{from}
		for up != "" { // the survivor, and what it had been merged into on the way there
			into, err := d.loadIncident(ctx, up)
			if err != nil {
				return incident.Commit{}, err
			}
			up = into.MergedInto
			b, err := into.Batch(now, c.stamp(now, facts(released...))...)
			if err != nil {
				return incident.Commit{}, err
			}
			batches = append(batches, b)
		}
		return incident.Commit{Batches: batches}, nil
	}))
}

// Note records facts about an incident that need no guard: a clock, the cause,
// the impact, severity, components, owner, the answer to "who else is exposed?".
type Note struct {
	Command
	Record string             `json:"record"`
	Facts  []incident.Payload `json:"facts"`
}

// Note records facts. Which payloads it takes: ClockRecorded, CauseRecorded,
// ImpactRecorded, ExposureAnswered, SeverityChanged, ComponentsChanged,
// TitleChanged, OwnerAssigned, PolicyJoined, MaintenanceMoved of incident.
func (d *Desk) Note(ctx context.Context, c Note) (Result, error) {
	const name = "note"
	if len(c.Facts) == 0 {
		return Result{}, invalid(name, "there is nothing to note")
	}
	for _, p := range c.Facts {
		switch p.(type) {
		case incident.ClockRecorded, incident.CauseRecorded, incident.ImpactRecorded, incident.ExposureAnswered, incident.SeverityChanged,
			incident.ComponentsChanged, incident.TitleChanged, incident.OwnerAssigned, incident.PolicyJoined, incident.MaintenanceMoved:
		default:
			return Result{}, invalid(name, "%q is not a plain fact: it has a command of its own", p.Kind())
		}
		if problem := wrong(p); problem != "" {
			return Result{}, invalid(name, "%s: %s", p.Kind(), problem)
		}
	}
	return d.onIncident(ctx, name, c.Command, c, c.Record, func(v *incident.Incident, _ time.Time) ([]incident.Payload, error) {
		return c.Facts, nil
	})
}

// onIncident runs a command that appends to one incident at the version it read.
func (d *Desk) onIncident(ctx context.Context, name string, c Command, args any, record string,
	decide func(v *incident.Incident, now time.Time) ([]incident.Payload, error),
) (Result, error) {
	space, err := d.spaceOf(ctx, name, record)
	if err != nil {
		return Result{}, err
	}
	return d.do(ctx, name, c, args, space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		v, err := d.loadIncident(ctx, record)
		if err != nil {
			return incident.Commit{}, err
		}
		payloads, err := decide(v, now)
		if err != nil {
			return incident.Commit{}, err
		}
		b, err := v.Batch(now, c.stamp(now, facts(payloads...))...)
		return incident.Commit{Batches: []incident.Batch{b}}, err
	})
}
