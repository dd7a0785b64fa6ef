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
	caps     map[capID]compensate.Money
	added    []*record
}

func (t *transaction) account(id string) *account {
	a := t.accounts[id]
	if a == nil {
		a = &account{}
		if old := t.ledger.accounts[id]; old != nil {
			*a = account{entries: slices.Clip(old.entries), caps: slices.Clip(old.caps)}
		}
		t.accounts[id] = a
	}
	return a
}

func (t *transaction) sharedCap(id capID) compensate.Money {
	if held, ok := t.caps[id]; ok {
		return held
	}
	return t.ledger.caps[id]
}

func (t *transaction) propose(o *compensate.Owed, at time.Time) (*account, error) {
	a := t.account(compensate.AccountID(o.Key, o.By))
	sums := map[string]compensate.Money{}
	for _, id := range a.caps {
		sums[id] = t.sharedCap(capID{o.Key.Space, id})
	}
	for _, c := range o.Caps {
		sums[c.ID] = t.sharedCap(capID{o.Key.Space, c.ID})
	}
	added, joins, err := compensate.PlanShared(o, entriesOf(a), a.caps, sums, at)
	if err != nil {
		return nil, err
	}
	a.caps = append(a.caps, joins...)
	for id, held := range sums {
		t.caps[capID{o.Key.Space, id}] = held
	}
	for i := range added {
		r := &record{Entry: added[i]}
		a.entries = append(a.entries, r)
		t.added = append(t.added, r)
	}
	return a, nil
}

func (t *transaction) commit() {
	l := t.ledger
	if l.accounts == nil {
		l.accounts, l.caps, l.byID = map[string]*account{}, map[capID]compensate.Money{}, map[string]*record{}
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
