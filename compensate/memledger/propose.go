package memledger

import (
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
)

// transaction holds changed copies of accounts and caps until all of a call is known to be right.
type transaction struct {
	ledger   *Ledger
	accounts map[string]*account
	caps     map[capID]*sharedCap
	added    []*record
}

func (t *transaction) account(id string) *account {
	a := t.accounts[id]
	if a == nil {
		a = &account{}
		if old := t.ledger.accounts[id]; old != nil {
			*a = account{entries: slices.Clip(old.entries), held: old.held, caps: slices.Clip(old.caps)}
		}
		t.accounts[id] = a
	}
	return a
}

func (t *transaction) sharedCap(id capID) compensate.Money {
	if c := t.caps[id]; c != nil {
		return c.held
	}
	if c := t.ledger.caps[id]; c != nil {
		return c.held
	}
	return compensate.Money{}
}

func (t *transaction) propose(o *compensate.Owed, at time.Time) (*account, error) {
	a := t.account(compensate.AccountID(o.Key, o.By))
	others := make([]compensate.Money, len(o.Caps))
	for i, c := range o.Caps {
		id := capID{o.Key.Space, c.ID}
		others[i] = t.sharedCap(id)
		if slices.Contains(a.caps, id) {
			own, err := others[i].Sub(a.held)
			if err != nil {
				return nil, err
			}
			others[i] = own
		}
	}
	added, err := compensate.Plan(o, entriesOf(a), others, at)
	if err != nil {
		return nil, err
	}
	before := a.held
	for i := range added {
		if a.held, err = a.held.Add(added[i].Amount); err != nil {
			return nil, err
		}
		r := &record{Entry: added[i]}
		a.entries = append(a.entries, r)
		t.added = append(t.added, r)
	}
	return a, t.join(a, o, before)
}

// join counts what the account holds towards the caps that it shares: all of it
// where it is new to a cap, and what was added where it is not.
func (t *transaction) join(a *account, o *compensate.Owed, before compensate.Money) error {
	grown, err := a.held.Sub(before)
	if err != nil {
		return err
	}
	for _, id := range a.caps {
		if err := t.grow(id, grown); err != nil {
			return err
		}
	}
	for _, c := range o.Caps {
		id := capID{o.Key.Space, c.ID}
		if slices.Contains(a.caps, id) {
			continue
		}
		a.caps = append(a.caps, id)
		if err := t.grow(id, a.held); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) grow(id capID, by compensate.Money) error {
	held, err := t.sharedCap(id).Add(by)
	if err != nil {
		return err
	}
	t.caps[id] = &sharedCap{held: held}
	return nil
}

func (t *transaction) commit() {
	l := t.ledger
	if l.accounts == nil {
		l.accounts, l.caps, l.byID = map[string]*account{}, map[capID]*sharedCap{}, map[string]*record{}
		l.customer, l.basis = map[string]*index{}, map[string]*index{}
	}
	maps.Copy(l.accounts, t.accounts)
	maps.Copy(l.caps, t.caps)
	for _, r := range t.added {
		l.seq++
		r.seq = l.seq
		l.byID[r.ID] = r
		l.all.add(r)
		indexOf(l.customer, r.Key.Customer).add(r)
		indexOf(l.basis, r.Key.Basis).add(r)
		l.move(r, "")
		l.enqueue(r)
	}
}

func indexOf(m map[string]*index, key string) *index {
	x := m[key]
	if x == nil {
		x = &index{}
		m[key] = x
	}
	return x
}
