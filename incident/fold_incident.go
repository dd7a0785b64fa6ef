package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// FoldIncident tells an incident, or planned work, from the events of its
// record, in order and from the first. Its cost is linear in their number. The
// view shares what events hold: change neither.
//
// Folding checks that the record is sound: it names the event that does not
// belong, is out of order, or speaks of what does not exist. Facts that arrive
// twice, as from two processes at once, count once.
func FoldIncident(id string, events []Event) (*Incident, error) {
	i := &Incident{ID: id}
	for _, e := range events {
		if err := i.Apply(e); err != nil {
			return nil, err
		}
	}
	if i.Version == 0 {
		return nil, fmt.Errorf("incident: folding %q: no events", id)
	}
	return i, nil
}

// Apply brings the incident up to date with its record's next event. After an
// error the incident is as it was before the call.
func (i *Incident) Apply(e Event) error {
	if err := at(i.ID, i.Version, e); err != nil {
		return folding(i.ID, e, err)
	}
	if err := i.apply(e); err != nil {
		return folding(i.ID, e, err)
	}
	i.Version = e.Version
	return nil
}

func (i *Incident) apply(e Event) error {
	if i.Opened.IsZero() && len(i.Statuses) == 0 {
		return i.open(e)
	}
	switch p := e.Data.(type) {
	case Declared, MaintenanceScheduled:
		return errors.New("the record is open already")
	case MaintenanceMoved:
		if !i.Maintenance {
			return errors.New("this is not planned work")
		}
		i.Planned = p.Planned
	case StatusChanged:
		return i.step(p, e)
	case TitleChanged:
		i.Title = p.Title
	case SeverityChanged:
		i.setSeverity(p.To)
	case ComponentsChanged:
		i.Components = p.Components
	case ClockRecorded:
		if i.Clocks == nil {
			i.Clocks = make(map[Clock]time.Time)
		}
		i.Clocks[p.Clock] = p.When
	case CauseRecorded:
		i.Cause = &p
	case ImpactRecorded:
		i.Impact = p
		i.widen(e)
		i.DataLoss = i.DataLoss || p.DataLoss
	case ExposureAnswered:
		i.Exposure = p.Answer
	case AwardsTotalled:
		i.Awards = &p
	case RequestMade:
		i.Requests = append(i.Requests, &Request{ID: e.ID(), RequestMade: p, Made: e.At})
	case MergedInto:
		if i.Status == StatusMerged {
			return fmt.Errorf("it lives on in %q already", i.MergedInto)
		}
		i.MergedInto = p.Into
		i.enter(StatusMerged, e)
	case Absorbed:
		if !slices.Contains(i.Absorbed, p.From) {
			i.Absorbed = append(i.Absorbed, p.From)
			i.widen(e) // its customers join
		}
	case SeparatedFrom:
		if i.Status != StatusMerged || i.MergedInto != p.From {
			return fmt.Errorf("it does not live on in %q", p.From)
		}
		i.MergedInto = ""
		i.enter(p.Status, e)
	case Released:
		i.Absorbed = slices.DeleteFunc(i.Absorbed, func(id string) bool { return id == p.Incident })
	default:
		done, err := i.common().apply(e)
		if !done {
			err = misfit(e, KindIncident)
		}
		return err
	}
	return nil
}

func (i *Incident) common() *common {
	return &common{
		index: &i.index, round: i.Round, owner: &i.Owner, handOvers: &i.HandOvers, policies: &i.Policies,
		statements: &i.Statements, promises: &i.Promises, waivers: &i.Waivers, escalations: &i.Escalations,
		breaches: &i.Breaches, unknown: &i.NotUnderstood,
	}
}

// open begins the view with the event that opens the record.
func (i *Incident) open(e Event) error {
	switch p := e.Data.(type) {
	case Declared:
		i.Space, i.Title, i.Components, i.Owner = p.Space, p.Title, p.Components, p.Owner
		i.DataLoss, i.Policies, i.FromCase = p.DataLoss, slices.Clone(p.Policies), p.FromCase
		i.setSeverity(p.Severity)
		i.enter(StatusDetected, e)
	case MaintenanceScheduled:
		i.Space, i.Title, i.Components, i.Owner = p.Space, p.Title, p.Components, p.Owner
		i.Maintenance, i.Policies, i.Planned = true, slices.Clone(p.Policies), p.Planned
		i.setSeverity(p.Severity)
		i.enter(StatusScheduled, e)
	default:
		return errors.New("a record of an incident is opened by incident.declared or maintenance.scheduled")
	}
	i.Opened = e.At
	return nil
}

// step follows a step of the state machine.
func (i *Incident) step(p StatusChanged, e Event) error {
	if p.From != i.Status {
		return fmt.Errorf("the step leaves %q, but the status is %q", p.From, i.Status)
	}
	if p.To == StatusInvestigating && reopens(p.From) {
		i.Round++
		i.Done = ""
	}
	if p.Done != "" {
		i.Done = p.Done
	}
	if p.To == StatusFailed {
		i.Successor = p.Into
	}
	i.enter(p.To, e)
	return nil
}

// reopens reports whether going back to investigating from a status is a new
// round: customers may have been told that it was better, or nothing at all.
func reopens(from Status) bool {
	switch from {
	case StatusMonitoring, StatusResolved, StatusConfirmed, StatusClosed, StatusDismissed:
		return true
	default:
		return false
	}
}

// widen begins a new generation of the impact. Who joins with it is told what was
// published before we knew of them, so it counts when that was written down, not
// since when it was so. An event that says only when it happened was written down then.
func (i *Incident) widen(e Event) {
	i.Widened, i.WidenedAt = i.Widened+1, e.Recorded
	if e.Recorded.IsZero() {
		i.WidenedAt = e.At
	}
}

func (i *Incident) enter(s Status, e Event) {
	i.Status = s
	i.Statuses = append(i.Statuses, StatusAt{Status: s, At: e.At, Round: i.Round, By: e.Actor})
}

func (i *Incident) setSeverity(s Severity) {
	i.Severity = s
	if s.Rank() > i.Worst.Rank() {
		i.Worst = s
	}
}

// Clone returns a copy of the view to which events can be applied without
// changing the first. It shares what was published and is never changed.
func (i *Incident) Clone() *Incident {
	c := *i
	c.index = index{}
	c.Components, c.Policies = slices.Clone(i.Components), slices.Clone(i.Policies)
	c.Clocks, c.Statuses, c.Absorbed = maps.Clone(i.Clocks), slices.Clone(i.Statuses), slices.Clone(i.Absorbed)
	c.Cause, c.Awards = clone(i.Cause), clone(i.Awards)
	c.Statements, c.Requests, c.Promises = cloneAll(i.Statements), cloneAll(i.Requests), cloneAll(i.Promises)
	c.Waivers, c.Escalations, c.Breaches = slices.Clone(i.Waivers), slices.Clone(i.Escalations), slices.Clone(i.Breaches)
	c.NotUnderstood = slices.Clone(i.NotUnderstood)
	return &c
}

func cloneAll[T any](list []*T) []*T {
	if list == nil {
		return nil
	}
	out := make([]*T, len(list))
	for n, p := range list {
		out[n] = clone(p)
	}
	return out
}

// NextWord returns the first words of a survivor that keep a next update which
// this incident promised before it was merged: said after the promise was made,
// for some of those who were promised it. It returns nil if there are none.
func (i *Incident) NextWord(p *Promise, survivor *Incident) *Statement {
	promised := i.Statement(p.Statement)
	if p.PromiseMade.Promise != PromiseNextUpdate || promised == nil {
		return nil
	}
	var first *Statement
	for _, s := range survivor.Statements {
		if s.Live() && !s.Published.Before(p.Made) && sameAudience(promised, s) && (first == nil || s.Published.Before(first.Published)) {
			first = s
		}
	}
	return first
}
