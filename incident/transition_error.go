package incident

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTransition: the step is not possible from the present status, or some of
// its guards are not met. Details are in a [*TransitionError].
var ErrTransition = errors.New("the step may not be taken")

// Unmet is a guard that does not hold.
type Unmet struct {
	ID       string
	Sentence string // what must be true, for people
}

// TransitionError says why a step may not be taken: all reasons at once. It
// names no customer. errors.Is reports it as [ErrTransition].
type TransitionError struct {
	Record string
	From   Status
	Step   Step
	To     Status  // "" if there is no such step from here
	Legal  []Step  // the steps that the machine has from here
	Unmet  []Unmet // empty if there is no such step from here
}

// Error names the step and lists all that is missing.
func (e *TransitionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "incident: step %q of %q from %q: ", e.Step, e.Record, e.From)
	if len(e.Unmet) == 0 {
		legal := make([]string, len(e.Legal))
		for n, s := range e.Legal {
			legal[n] = string(s)
		}
		fmt.Fprintf(&b, "there is no such step here: legal are %s", strings.Join(legal, ", "))
		return b.String()
	}
	for n, u := range e.Unmet {
		if n > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", u.ID, u.Sentence)
	}
	return b.String()
}

// Is reports whether the target is [ErrTransition].
func (e *TransitionError) Is(target error) bool { return target == ErrTransition }

// refuse collects all that keeps a step from being taken.
func (m *Machine) refuse(v *Incident, step Step, f *Facts, e *edge) error {
	t := &TransitionError{Record: v.ID, From: v.Status, Step: step, Legal: m.Steps(v.Status)}
	if e == nil {
		return t
	}
	if t.To = e.to; t.To == "" {
		t.To = v.before()
	}
	for _, g := range e.guards {
		if !g.Holds(v, f) {
			t.Unmet = append(t.Unmet, Unmet{ID: g.ID, Sentence: g.Sentence})
		}
	}
	return t
}
