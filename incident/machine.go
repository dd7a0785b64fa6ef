package incident

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Step names a step of a state machine.
type Step string

// Facts is what a step is judged by besides the view: what the caller learnt
// from policy, outbox, ledger and cases, and what the person who takes the step
// says. Facts that were read before the record's version moved on are stale.
type Facts struct {
	At time.Time // now

	Asked            bool      // the affected were asked whether it is fixed for them
	AskedUntil       time.Time // when their time to answer ends
	AllFixed         bool      // all who were asked said that it is fixed
	Disputed         int64     // customers whose last word in this round is partly or broken
	OpenRequirements int64     // requirements neither met nor waived
	Unanswered       int64     // reports and replies without an answer
	PendingPromises  int64     // promises not kept, prevention aside
	UnpaidCredits    int64     // ledger entries not settled
	Unassessed       bool      // some affected customer was not assessed yet
	Untold           int64     // recipients not yet told that it is fixed
	Unreconciled     bool      // a case changed, and what follows from that is not done yet

	Actor    Actor     // who takes the step
	Happened time.Time // when it happened; zero: At
	Reason   string    // for our own eyes
	Done     string    // what was done, when resolving
	Into     string    // the incident that this one lives on in, or that took over from planned work
}

// Guard is a condition of a step.
type Guard struct {
	ID       string // unique in its machine
	Sentence string // what must be true, for people
	// Holds says whether it is true. It must not change anything.
	Holds func(*Incident, *Facts) bool

	without obstacle // what Holds asks for, if it is that facts have none of these
}

// Transition is one line of a machine's table.
type Transition struct {
	Step   Step
	From   []Status
	To     Status // "" goes back to the status before the present one
	Guards []string
	Doc    string // what the step means, in a sentence
}

// Definition is the table that a [Machine] is made of.
type Definition struct {
	Name        string
	Initial     Status
	Final       []Status // where nothing is owed any more; every status leads to one
	Transitions []Transition
	Guards      []Guard
}

// Machine is a state machine. It is immutable and safe for concurrent use.
type Machine struct {
	def      Definition
	statuses []Status
	edges    []edge
	quick    [64][]place // by slot, so that few names are compared
}

type edge struct {
	step   Step
	from   []Status
	to     Status
	guards []Guard

	// The same conditions, in the form that is quick to ask: those of facts alone as a set, then the others.
	without obstacle
	holds   []func(*Incident, *Facts) bool
}

// place is where an edge begins.
type place struct {
	from Status
	step Step
	edge *edge
}

// NewMachine checks a definition and makes a machine of it. It reports all
// mistakes at once: a status that cannot be reached or leads nowhere, a step
// that is ambiguous, a guard that is unknown, unused, unnamed or not explained.
func NewMachine(d Definition) (*Machine, error) {
	m := &Machine{def: d.clone()}
	guards, errs := m.checkGuards()
	for _, t := range m.def.Transitions {
		e := edge{step: t.Step, from: t.From, to: t.To}
		for _, id := range t.Guards {
			g, ok := guards[id]
			if !ok {
				errs = append(errs, fmt.Errorf("step %q: no guard %q", t.Step, id))
			}
			e.guards = append(e.guards, g)
			if g.without != 0 {
				e.without |= g.without
			} else {
				e.holds = append(e.holds, g.Holds)
			}
		}
		m.edges = append(m.edges, e)
	}
	for n := range m.edges {
		e := &m.edges[n]
		for _, from := range e.from {
			s := slot(from, e.step)
			m.quick[s] = append(m.quick[s], place{from, e.step, e})
		}
	}
	m.statuses = m.collect()
	errs = append(errs, m.checkTable()...)
	errs = append(errs, m.checkPaths()...)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("incident: state machine %q: %w", d.Name, err)
	}
	return m, nil
}

func (d Definition) clone() Definition {
	d.Final, d.Guards, d.Transitions = slices.Clone(d.Final), slices.Clone(d.Guards), slices.Clone(d.Transitions)
	for n, t := range d.Transitions {
		d.Transitions[n].From, d.Transitions[n].Guards = slices.Clone(t.From), slices.Clone(t.Guards)
	}
	return d
}

// Definition returns a copy of the machine's table.
func (m *Machine) Definition() Definition {
	d := m.def.clone()
	for n := range d.Guards {
		d.Guards[n].without = 0 // whoever changes Holds means it
	}
	return d
}

// Statuses returns all statuses, the initial one first.
func (m *Machine) Statuses() []Status { return slices.Clone(m.statuses) }

// Steps returns the steps that the table has from a status, whether their guards hold or not.
func (m *Machine) Steps(from Status) []Step {
	var out []Step
	for n := range m.edges {
		if slices.Contains(m.edges[n].from, from) {
			out = append(out, m.edges[n].step)
		}
	}
	return out
}

// Target returns where a step leads from a status, and whether there is such a
// step. "" is the status before the present one.
func (m *Machine) Target(from Status, step Step) (Status, bool) {
	if e := m.edge(from, step); e != nil {
		return e.to, true
	}
	return "", false
}

func (m *Machine) edge(from Status, step Step) *edge {
	places := m.quick[slot(from, step)]
	for n := range places {
		if p := &places[n]; p.from == from && p.step == step {
			return p.edge
		}
	}
	return nil
}

// slot tells places apart by lengths and first letters, at little cost.
func slot(from Status, step Step) int {
	if from == "" || step == "" {
		return 0
	}
	return (len(from) + 3*int(from[0]) + 5*len(step) + 7*int(step[0])) & 63
}

// May reports whether a step may be taken: nil, a [*TransitionError] with all
// unmet guards, or [ErrNotUnderstood]. It changes nothing and, when it returns
// nil, allocates nothing.
func (m *Machine) May(v *Incident, step Step, f *Facts) error {
	_, err := m.may(v, step, f)
	return err
}

func (m *Machine) may(v *Incident, step Step, f *Facts) (*edge, error) {
	if len(v.NotUnderstood) > 0 {
		return nil, notUnderstood(v)
	}
	e := m.edge(v.Status, step)
	if e == nil {
		return nil, m.refuse(v, step, f, nil)
	}
	if e.without != 0 && f.obstacles()&e.without != 0 {
		return nil, m.refuse(v, step, f, e)
	}
	for _, holds := range e.holds {
		if !holds(v, f) {
			return nil, m.refuse(v, step, f, e)
		}
	}
	return e, nil
}

// Step takes a step: it returns the event to append at the version of the view,
// or what [Machine.May] returns. Steps that end or revive another record are
// that record's business too: see [Absorbed] and [Released].
func (m *Machine) Step(v *Incident, step Step, f *Facts) ([]Event, error) {
	taken, err := m.may(v, step, f)
	if err != nil {
		return nil, err
	}
	to := taken.to
	e := Event{At: f.Happened, Recorded: f.At, Actor: f.Actor}
	if e.At.IsZero() {
		e.At = f.At
	}
	switch {
	case to == StatusMerged:
		e.Data = MergedInto{Into: f.Into}
	case to == "":
		e.Data = SeparatedFrom{From: v.MergedInto, Status: v.before(), Reason: f.Reason}
	default:
		round := v.Round
		if to == StatusInvestigating && reopens(v.Status) {
			round++
		}
		e.Data = StatusChanged{
			From: v.Status, To: to, Step: string(step), Round: round, Reason: f.Reason, Done: f.Done, Into: f.Into,
		}
	}
	return []Event{e}, nil
}

// before returns the status before the present one.
func (i *Incident) before() Status {
	if n := len(i.Statuses); n > 1 {
		return i.Statuses[n-2].Status
	}
	return ""
}

func notUnderstood(v *Incident) error {
	kinds := make([]string, len(v.NotUnderstood))
	for n, k := range v.NotUnderstood {
		kinds[n] = string(k)
	}
	return fmt.Errorf("incident: record %q holds %s: %w", v.ID, strings.Join(kinds, ", "), ErrNotUnderstood)
}
