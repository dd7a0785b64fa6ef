package compensate

import (
	"fmt"
	"slices"
	"time"
)

// PlanShared is [Plan] for a ledger that keeps, for every shared cap, the sum of
// what counts towards it.
//
// Held are the entries of o's key, joined the IDs of the caps that they count
// towards already. Sums has, by the cap's ID, what all keys hold together, for
// each cap in joined and in o.Caps; one that is missing holds nothing. PlanShared
// brings sums up to date: by what is added where the key had joined, by all that
// the key holds where it joins now. It returns the entries to add and the caps
// newly joined. After an error sums may be half done: drop them.
//
// It is for those who write a [Ledger].
func PlanShared(o *Owed, held []Entry, joined []string, sums map[string]Money, at time.Time) (added []Entry, joins []string, err error) {
	own, others, err := shares(o, held, joined, sums)
	if err != nil {
		return nil, nil, fmt.Errorf("compensate: proposing for customer %q, basis %q: %w", o.Key.Customer, o.Key.Basis, err)
	}
	if added, err = Plan(o, held, others, at); err != nil {
		return nil, nil, err
	}
	if joins, err = join(o, own, added, joined, sums); err != nil {
		return nil, nil, fmt.Errorf("compensate: proposing for customer %q, basis %q: %w", o.Key.Customer, o.Key.Basis, err)
	}
	return added, joins, nil
}

// shares returns what the key itself holds and, for each cap, what all others do.
func shares(o *Owed, held []Entry, joined []string, sums map[string]Money) (own Money, others []Money, err error) {
	if own, err = sumEntries(held); err != nil {
		return Money{}, nil, err
	}
	others = make([]Money, len(o.Caps))
	for i, c := range o.Caps {
		others[i] = sums[c.ID]
		if slices.Contains(joined, c.ID) {
			if others[i], err = others[i].Sub(own); err != nil {
				return Money{}, nil, fmt.Errorf("cap %q: %w", c.ID, err)
			}
		}
	}
	return own, others, nil
}

// join counts what was added towards the caps.
func join(o *Owed, own Money, added []Entry, joined []string, sums map[string]Money) (joins []string, err error) {
	grown, err := sumEntries(added)
	if err != nil {
		return nil, err
	}
	all, err := own.Add(grown)
	if err != nil {
		return nil, err
	}
	grow := func(id string, by Money) error {
		sum, err := sums[id].Add(by)
		if err != nil {
			return fmt.Errorf("cap %q: %w", id, err)
		}
		sums[id] = sum
		return nil
	}
	for _, id := range joined {
		if err := grow(id, grown); err != nil {
			return nil, err
		}
	}
	for _, c := range o.Caps {
		if slices.Contains(joined, c.ID) || slices.Contains(joins, c.ID) {
			continue
		}
		joins = append(joins, c.ID)
		if err := grow(c.ID, all); err != nil {
			return nil, err
		}
	}
	return joins, nil
}
