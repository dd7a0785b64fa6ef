package incident

import (
	"errors"
	"fmt"
	"slices"
)

// collect returns all statuses of the table, in the order it names them.
func (m *Machine) collect() []Status {
	var all []Status
	add := func(s Status) {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	add(m.def.Initial)
	for _, t := range m.def.Transitions {
		for _, s := range t.From {
			add(s)
		}
		add(t.To)
	}
	for _, s := range m.def.Final {
		add(s)
	}
	return all
}

// checkGuards returns the guards by ID.
func (m *Machine) checkGuards() (map[string]Guard, []error) {
	var errs []error
	guards := make(map[string]Guard, len(m.def.Guards))
	used := make(map[string]bool)
	for _, t := range m.def.Transitions {
		for _, id := range t.Guards {
			used[id] = true
		}
	}
	for n, g := range m.def.Guards {
		switch _, twice := guards[g.ID]; {
		case g.ID == "":
			errs = append(errs, fmt.Errorf("guard %d has no ID", n+1))
		case twice:
			errs = append(errs, fmt.Errorf("guard %q is defined twice", g.ID))
		case g.Sentence == "":
			errs = append(errs, fmt.Errorf("guard %q has no sentence for people", g.ID))
		case g.Holds == nil:
			errs = append(errs, fmt.Errorf("guard %q has no condition", g.ID))
		case !used[g.ID]:
			errs = append(errs, fmt.Errorf("guard %q is used by no step", g.ID))
		}
		guards[g.ID] = g
	}
	return guards, errs
}

// checkTable looks for lines that are incomplete or contradict each other.
func (m *Machine) checkTable() []error {
	type place struct {
		step Step
		from Status
	}
	var errs []error
	if m.def.Initial == "" {
		errs = append(errs, errors.New("it has no initial status"))
	}
	if len(m.def.Final) == 0 {
		errs = append(errs, errors.New("it has no final status"))
	}
	seen := make(map[place]bool)
	for n, t := range m.def.Transitions {
		switch {
		case t.Step == "":
			errs = append(errs, fmt.Errorf("line %d names no step", n+1))
		case t.Doc == "":
			errs = append(errs, fmt.Errorf("step %q is not explained", t.Step))
		case len(t.From) == 0:
			errs = append(errs, fmt.Errorf("step %q begins nowhere", t.Step))
		}
		for _, from := range t.From {
			p := place{t.Step, from}
			if seen[p] {
				errs = append(errs, fmt.Errorf("step %q from %q is ambiguous", t.Step, from))
			}
			seen[p] = true
		}
	}
	return errs
}

// checkPaths looks for statuses that nothing leads to, or that lead nowhere.
func (m *Machine) checkPaths() []error {
	reached := map[Status]bool{m.def.Initial: true}
	m.spread(reached, func(from, to Status) (Status, Status) { return from, to })
	ends := make(map[Status]bool)
	for _, s := range m.def.Final {
		ends[s] = true
	}
	m.spread(ends, func(from, to Status) (Status, Status) { return to, from })
	var errs []error
	for _, s := range m.statuses {
		if !reached[s] {
			errs = append(errs, fmt.Errorf("status %q cannot be reached", s))
		}
		if !ends[s] {
			errs = append(errs, fmt.Errorf("status %q leads to no final status", s))
		}
	}
	return errs
}

// spread adds to a set what its members lead to, in the direction given, until nothing is added.
func (m *Machine) spread(set map[Status]bool, direction func(from, to Status) (Status, Status)) {
	for grown := true; grown; {
		grown = false
		for _, t := range m.def.Transitions {
			for _, s := range t.From {
				a, b := direction(s, t.To)
				if t.To != "" && set[a] && !set[b] {
					set[b], grown = true, true
				}
			}
		}
	}
}
