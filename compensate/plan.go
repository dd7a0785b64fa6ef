package compensate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// EntryID returns the ID of the n-th entry of a key: the same wherever and
// whenever it is computed, short enough for any billing system's idempotency
// key, and made so that no two keys share one. A gesture's ID depends on the
// person too, because each person's gestures are a sum of their own.
//
// It is for those who write a [Ledger].
func EntryID(k Key, by string, n int) string { return AccountID(k, by) + "#" + strconv.Itoa(n) }

// AccountID is the part of an [EntryID] that all entries of one sum share.
func AccountID(k Key, by string) string {
	var buf []byte
	for _, part := range [...]string{k.Space, k.Scheme, k.Customer, k.Component, k.Basis, by} {
		buf = binary.AppendUvarint(buf, uint64(len(part)))
		buf = append(buf, part...)
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:16])
}

// Plan returns the entries that o adds to those that its key holds already,
// with IDs, states and times set: none if nothing is to be added. It is the
// rule of [Ledger.Propose] for one key, for those who write a Ledger.
//
// Others says, for each of o.Caps in order, what the entries of all other keys
// with that cap hold. Plan reads only, keeps nothing of held, and errs with
// [ErrCurrency], [ErrOverflow] or [ErrOverLimit], wrapped.
func Plan(o *Owed, held []Entry, others []Money, at time.Time) ([]Entry, error) {
	p := planner{o: o, at: at, n: len(held), had: len(held) > 0}
	if err := p.plan(held, others); err != nil {
		return nil, fmt.Errorf("compensate: proposing for customer %q, basis %q: %w", o.Key.Customer, o.Key.Basis, err)
	}
	return p.out, nil
}

type planner struct {
	o   *Owed
	at  time.Time
	n   int
	had bool
	out []Entry
}

func (p *planner) plan(held []Entry, others []Money) error {
	switch {
	case p.o.Key.Customer == "" || p.o.Key.Basis == "" || p.o.Key.Scheme == "":
		return errors.New("the key needs a scheme, a customer and a basis")
	case p.o.Total.Sign() < 0:
		return fmt.Errorf("the total %s is below zero", p.o.Total)
	case len(others) != len(p.o.Caps):
		return fmt.Errorf("%d sums for %d caps", len(others), len(p.o.Caps))
	}
	if err := p.withinPersonsLimit(); err != nil {
		return err
	}
	has, err := sumEntries(held)
	if err != nil {
		return err
	}
	diff, err := p.o.Total.Sub(has)
	if err != nil {
		return err
	}
	pay := diff
	for i, c := range p.o.Caps {
		if pay, err = room(pay, c.Limit, others[i], has); err != nil {
			return fmt.Errorf("cap %q: %w", c.ID, err)
		}
	}
	if pay.Sign() > 0 {
		if err := p.addMoney(pay, diff, has); err != nil {
			return err
		}
	}
	p.addInKind(held)
	if len(p.out) == 0 && !p.had {
		capped := FromMinor(max(diff.minor, 0), diff.currency)
		p.add(Entry{State: StateNothing, Amount: FromMinor(0, p.o.Total.currency), Capped: capped})
	}
	return nil
}

func (p *planner) withinPersonsLimit() error {
	if p.o.By == "" || p.o.Total.Sign() == 0 {
		return nil
	}
	if p.o.Limit == (Money{}) {
		return fmt.Errorf("a gesture of %s by %q, who has no limit and so may give nothing: %w", p.o.Total, p.o.By, ErrOverLimit)
	}
	c, err := p.o.Total.Cmp(p.o.Limit)
	if err == nil && c > 0 {
		err = fmt.Errorf("a gesture of %s by %q, whose limit is %s: %w", p.o.Total, p.o.By, p.o.Limit, ErrOverLimit)
	}
	return err
}

// room returns how much of pay a cap leaves: never below zero, unless pay is.
func room(pay, limit, others, has Money) (Money, error) {
	left, err := limit.Sub(others)
	if err == nil {
		left, err = left.Sub(has)
	}
	if err != nil {
		return Money{}, err
	}
	c, err := pay.Cmp(left)
	if err != nil || c <= 0 {
		return pay, err
	}
	return FromMinor(max(left.minor, 0), pay.currency), nil
}

func (p *planner) addMoney(pay, diff, has Money) error {
	state := StateApproved
	if p.o.By == "" && p.o.Limit != (Money{}) {
		all, err := has.Add(pay)
		if err != nil {
			return err
		}
		c, err := all.Cmp(p.o.Limit)
		if err != nil {
			return err
		}
		if c > 0 {
			state = StateProposed
		}
	}
	p.add(Entry{State: state, Amount: pay, Capped: FromMinor(diff.minor-pay.minor, pay.currency)})
	return nil
}

func (p *planner) addInKind(held []Entry) {
	var have []string
	for i := range held {
		if held[i].InKind != "" {
			have = append(have, held[i].InKind)
		}
	}
	for _, thing := range p.o.InKind {
		if i := slices.Index(have, thing); i >= 0 {
			have = slices.Delete(have, i, i+1)
			continue
		}
		p.add(Entry{State: StateInKind, InKind: thing})
	}
}

func (p *planner) add(e Entry) {
	p.n++
	e.ID, e.N, e.Key, e.By = EntryID(p.o.Key, p.o.By, p.n), p.n, p.o.Key, p.o.By
	e.Contract, e.Total = p.o.Contract, p.o.Total
	e.Why, e.Award = slices.Clone(p.o.Why), slices.Clone(p.o.Award)
	e.Created, e.Changed, e.NextAt = p.at, p.at, p.at
	p.out = append(p.out, e)
}

func sumEntries(held []Entry) (Money, error) {
	var sum Money
	for i := range held {
		var err error
		if sum, err = sum.Add(held[i].Amount); err != nil {
			return Money{}, err
		}
	}
	return sum, nil
}
