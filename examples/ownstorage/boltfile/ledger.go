package boltfile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/amends-dev/amends/compensate"
)

// Ledger implements [compensate.Ledger]. Amounts are kept with the decimals of
// their currency: one that ISO 4217 does not know is refused.
type Ledger struct{ db *bbolt.DB }

var _ compensate.Ledger = (*Ledger)(nil)

// entry is what is owed or was paid, as the file keeps it.
type entry struct {
	compensate.Entry
	Token string    // of the last claim
	Until time.Time // of its lease
	Once  bool      // as it said
	Order uint64    // in which entries were added

	had []place // as it was read
}

// account is what is kept of one sum.
type account struct {
	Entries int
	Caps    []string // that they count towards
}

func (e *entry) places() []place {
	p := []place{
		{bucketEntriesOfCustomer, text(e.Key.Customer) + e.ID},
		{bucketEntriesOfBasis, text(e.Key.Basis) + e.ID},
	}
	switch e.State {
	case compensate.StateApproved:
		p = append(p, place{bucketEntriesDue, moment(e.NextAt) + number(e.Order) + e.ID})
	case compensate.StateIssuing:
		p = append(p, place{bucketEntriesDue, moment(e.Until) + number(e.Order) + e.ID})
	default: // it waits for a person, or for nobody
	}
	return p
}

func getEntry(t *tx, id string) (*entry, error) {
	e, err := need[entry](t, bucketEntries, id)
	e.had = e.places()
	return &e, err
}

func (e *entry) save(t *tx) error {
	has := e.places()
	if err := t.move(e.had, has); err != nil {
		return err
	}
	e.had = has
	return put(t, bucketEntries, e.ID, *e)
}

// Propose implements [compensate.Ledger]. Caps are shared within a space.
func (l *Ledger) Propose(ctx context.Context, owed []compensate.Owed, at time.Time) ([][]compensate.Entry, error) {
	out := make([][]compensate.Entry, len(owed))
	err := write(ctx, l.db, func(t *tx) error {
		for i := range owed {
			if err := propose(t, &owed[i], instant(at)); err != nil {
				return err
			}
		}
		for i := range owed { // once more: the same sum may be in the call twice
			var err error
			if _, out[i], err = held(t, &owed[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("boltfile: proposing: %w", err)
	}
	return out, nil
}

// held returns the account of a sum and its entries.
func held(t *tx, o *compensate.Owed) (account, []compensate.Entry, error) {
	a, _, err := get[account](t, bucketAccounts, compensate.AccountID(o.Key, o.By))
	entries := make([]compensate.Entry, a.Entries)
	for i := range entries {
		e, err := need[entry](t, bucketEntries, compensate.EntryID(o.Key, o.By, i+1))
		if err != nil {
			return a, nil, err
		}
		entries[i] = e.Entry
	}
	return a, entries, err
}

func propose(t *tx, o *compensate.Owed, at time.Time) error {
	a, entries, err := held(t, o)
	if err != nil {
		return err
	}
	ids := slices.Clone(a.Caps)
	for _, c := range o.Caps {
		ids = append(ids, c.ID)
	}
	sums := make(map[string]compensate.Money, len(ids))
	for _, id := range ids {
		if sums[id], _, err = get[compensate.Money](t, bucketCaps, text(o.Key.Space)+id); err != nil {
			return err
		}
	}
	added, joins, err := compensate.PlanShared(o, entries, a.Caps, sums, at) // the rules, all of them
	if err != nil {
		return err
	}
	for id, held := range sums {
		if err := put(t, bucketCaps, text(o.Key.Space)+id, held); err != nil {
			return err
		}
	}
	for i := range added {
		order, err := t.Bucket([]byte(bucketEntries)).NextSequence()
		if err != nil {
			return err
		}
		if err := (&entry{Entry: added[i], Order: order}).save(t); err != nil {
			return err
		}
	}
	a.Entries, a.Caps = a.Entries+len(added), append(a.Caps, joins...)
	return put(t, bucketAccounts, compensate.AccountID(o.Key, o.By), a)
}

// Claim implements [compensate.Ledger].
func (l *Ledger) Claim(ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
	if r.Limit <= 0 || r.Lease < time.Microsecond || r.MaxAttempts < 0 {
		return nil, errors.New("boltfile: claiming: limit and lease must be above zero, attempts not below zero")
	}
	var out []compensate.Claimed
	err := write(ctx, l.db, func(t *tx) error {
		for len(out) < r.Limit {
			first, ok := t.next(bucketEntriesDue, "", "") // what is claimed or given up is first no more
			if !ok || first[:numberSize] > moment(r.At) {
				return nil
			}
			e, err := getEntry(t, first[2*numberSize:])
			if err != nil {
				return err
			}
			if r.GivesUp(&e.Entry, e.Once) {
				e.Token = ""
				out = append(out, compensate.Claimed{Entry: e.Entry, Attempt: e.Attempts})
			} else {
				e.State, e.Changed = compensate.StateIssuing, instant(r.At)
				e.Attempts++
				e.Token, e.Until, e.Once = rand.Text(), instant(r.At.Add(r.Lease)), r.Once
				out = append(out, compensate.Claimed{Entry: e.Entry, Token: e.Token, Attempt: e.Attempts, Until: e.Until})
			}
			if err := e.save(t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("boltfile: claiming entries: %w", err)
	}
	return out, nil
}

// Settle implements [compensate.Ledger].
func (l *Ledger) Settle(ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
	out := make([]compensate.Settled, len(s))
	err := write(ctx, l.db, func(t *tx) error {
		for i := range s {
			if err := settleEntry(t, s[i], &out[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("boltfile: settling %d entries: %w", len(s), err)
	}
	return out, nil
}

func settleEntry(t *tx, s compensate.Settlement, out *compensate.Settled) error {
	out.ID = s.ID
	if _, ok, err := get[entry](t, bucketEntries, s.ID); err != nil || !ok {
		out.Err = fmt.Errorf("boltfile: settling %q: %w", s.ID, compensate.ErrNotFound)
		return err
	}
	e, err := getEntry(t, s.ID)
	if err != nil {
		return err
	}
	s.At, s.Next = instant(s.At), instant(s.Next)
	changed, refusal := s.Apply(&e.Entry, e.Token, e.Once) // the rules of one entry
	if changed {
		if s.Outcome.ByPerson() {
			e.Token = ""
		}
		err = e.save(t)
	}
	out.Key, out.State, out.Err = e.Key, e.State, refusal
	return err
}
