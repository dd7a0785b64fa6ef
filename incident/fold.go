package incident

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNotUnderstood: the record holds events of a kind that must be understood
// and is not, because a later version of this package wrote them. Views of it
// are incomplete, so commands refuse. Update the program.
var ErrNotUnderstood = errors.New("the record holds facts of a later version, which this version must understand and does not: update it")

// common is what incidents and cases have in common, while an event is applied.
type common struct {
	index       *index
	round       int
	owner       *string
	handOvers   *int
	policies    *[]PolicyPin
	statements  *[]*Statement
	promises    *[]*Promise
	waivers     *[]WaiverAt
	escalations *[]EscalationAt
	breaches    *[]BreachAt
	unknown     *[]Kind
}

// index finds what a record holds by ID, so that folding stays linear. It is
// only used and brought up to date while events are applied.
type index struct {
	statements map[string]*Statement
	promises   map[string]*Promise
	updates    []*Promise // next updates that are still pending
	breaches   map[breachKey]struct{}
	reports    map[string]*Report // also by the IDs of their replies
}

type breachKey struct {
	requirement string
	due         time.Time
}

// nextSuffix makes the ID of the promise that a statement's NextUpdate is.
const nextSuffix = "/next"

func (c *common) statement(id string) (*Statement, error) {
	x, list := c.index, *c.statements
	if len(x.statements) != len(list) {
		x.statements = make(map[string]*Statement, len(list)+1)
		for _, s := range list {
			x.statements[s.ID] = s
		}
	}
	if s, ok := x.statements[id]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("no statement %q", id)
}

func (c *common) syncPromises() {
	x, list := c.index, *c.promises
	if len(x.promises) == len(list) {
		return
	}
	x.promises, x.updates = make(map[string]*Promise, len(list)+1), nil
	for _, p := range list {
		x.promises[p.ID] = p
		if p.PromiseMade.Promise == PromiseNextUpdate && p.State == PromisePending {
			x.updates = append(x.updates, p)
		}
	}
}

func (c *common) promise(id string) (*Promise, error) {
	c.syncPromises()
	if p, ok := c.index.promises[id]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("no promise %q", id)
}

func (c *common) addPromise(p *Promise) {
	c.syncPromises()
	*c.promises = append(*c.promises, p)
	if c.index.promises == nil {
		c.index.promises = make(map[string]*Promise)
	}
	c.index.promises[p.ID] = p
	if p.PromiseMade.Promise == PromiseNextUpdate {
		c.index.updates = append(c.index.updates, p)
	}
}

func (c *common) addBreach(b BreachAt) {
	x, list := c.index, *c.breaches
	if len(x.breaches) != len(list) || x.breaches == nil {
		x.breaches = make(map[breachKey]struct{}, len(list)+1)
		for _, old := range list {
			x.breaches[breachKey{old.Requirement, old.Due}] = struct{}{}
		}
	}
	key := breachKey{b.Requirement, b.Due}
	if _, known := x.breaches[key]; !known {
		x.breaches[key] = struct{}{}
		*c.breaches = append(*c.breaches, b)
	}
}

// apply applies the kinds that both records know; done is false for others.
func (c *common) apply(e Event) (done bool, err error) {
	switch p := e.Data.(type) {
	case OwnerAssigned:
		if *c.owner != "" && *c.owner != p.Owner {
			*c.handOvers++
		}
		*c.owner = p.Owner
	case PolicyJoined:
		if !slices.ContainsFunc(*c.policies, func(have PolicyPin) bool { return have.Hash == p.Policy.Hash && have.Name == p.Policy.Name }) {
			*c.policies = append(*c.policies, p.Policy)
		}
	case Waived:
		*c.waivers = append(*c.waivers, WaiverAt{Waived: p, At: e.At})
	case Escalated:
		*c.escalations = append(*c.escalations, EscalationAt{Escalated: p, At: e.At})
	case Breached:
		c.addBreach(BreachAt{Breached: p, At: e.At})
	case PromiseMade:
		c.addPromise(&Promise{ID: e.ID(), PromiseMade: p, Made: e.At, State: PromisePending})
	case PromiseKept, PromiseMoved, PromiseBroken:
		return true, c.applyPromise(e)
	case Unknown:
		if p.Must && !slices.Contains(*c.unknown, p.Name) {
			*c.unknown = append(*c.unknown, p.Name)
		}
	default:
		return c.applyStatement(e)
	}
	return true, nil
}

// at checks that an event may follow version v of a record. Versions may skip:
// batches without events use some up.
func at(id string, v uint64, e Event) error {
	switch {
	case e.Record != id:
		return fmt.Errorf("it belongs to the record %q", e.Record)
	case e.Version == 0 || e.Version <= v:
		return fmt.Errorf("version %d was applied already: want a later one", v)
	}
	return nil
}

// folding says which event an error is about.
func folding(id string, e Event, err error) error {
	var kind Kind
	if e.Data != nil {
		kind = e.Data.Kind()
	}
	return fmt.Errorf("incident: folding event %s.%d (%s): %w", id, e.Version, kind, err)
}

// misfit is the error for a payload that a record of this kind does not take.
func misfit(e Event, k RecordKind) error {
	if e.Data == nil {
		return errors.New("it has no data")
	}
	if normal(e.Data) == nil {
		return fmt.Errorf("pass %T by value", e.Data)
	}
	return fmt.Errorf("this kind does not belong in the record of %s %s", article(k), k)
}

func article(k RecordKind) string {
	if k == KindIncident {
		return "an"
	}
	return "a"
}
