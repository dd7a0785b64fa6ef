package sqlledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Propose implements [compensate.Ledger]. Caps are shared within a space.
func (l *Ledger) Propose(ctx context.Context, owed []compensate.Owed, at time.Time) ([][]compensate.Entry, error) {
	for i := range owed {
		if err := fits(&owed[i]); err != nil {
			return nil, fmt.Errorf("sqlledger: proposing: %w", err)
		}
	}
	var out [][]compensate.Entry
	err := l.db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		p := proposal{t: t, at: micros(at), accounts: map[string]*account{}, caps: map[capID]*sharedCap{}}
		ahead, err := l.ahead(ctx, t)
		if err != nil {
			return err
		}
		p.due = p.at.Add(ahead(p.at))
		for _, step := range []func(ctx context.Context, owed []compensate.Owed) error{p.lock, p.load, p.lockCaps, p.plan} {
			if err := step(ctx, owed); err != nil {
				return err
			}
		}
		if err := p.write(ctx); err != nil {
			return err
		}
		out = p.answers(owed)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sqlledger: proposing: %w", err)
	}
	return out, nil
}

// mostBytes bounds what indices hold: PostgreSQL takes less than 2700 bytes in all.
const mostBytes = 500

// fits refuses what an index could not hold.
func fits(o *compensate.Owed) error {
	long := func(what, s string) error {
		if len(s) <= mostBytes {
			return nil
		}
		return fmt.Errorf("the %s %.20q… has %d bytes: at most %d can be kept", what, s, len(s), mostBytes)
	}
	err := cmp.Or(long("space", o.Key.Space), long("customer", o.Key.Customer), long("basis", o.Key.Basis), long("currency", o.Total.Currency()))
	for _, c := range o.Caps {
		err = cmp.Or(err, long("cap", c.ID))
	}
	return err
}

// proposal is one call of Propose, in a transaction.
type proposal struct {
	t        *sqlkit.Tx
	at, due  time.Time
	accounts map[string]*account
	caps     map[capID]*sharedCap
	added    []compensate.Entry
}

// account is a row of amends_ledger_account with its entries.
type account struct {
	space   string
	entries []compensate.Entry
	had     int // entries in the table
	caps    []string
	changed bool
}

type capID struct{ space, id string }

// sharedCap is a row of amends_ledger_cap.
type sharedCap struct {
	held    compensate.Money
	changed bool
}

// plan works out what is to be added, by the rules of package compensate alone.
func (p *proposal) plan(_ context.Context, owed []compensate.Owed) error {
	for i := range owed {
		o := &owed[i]
		a := p.accounts[compensate.AccountID(o.Key, o.By)]
		sums := map[string]compensate.Money{}
		for _, id := range a.caps {
			sums[id] = p.caps[capID{a.space, id}].held
		}
		for _, c := range o.Caps {
			sums[c.ID] = p.caps[capID{a.space, c.ID}].held
		}
		added, joins, err := compensate.PlanShared(o, a.entries, a.caps, sums, p.at)
		if err != nil {
			return err
		}
		for id, held := range sums {
			if c := p.caps[capID{a.space, id}]; c.held != held {
				c.held, c.changed = held, true
			}
		}
		a.entries, a.caps = append(a.entries, added...), append(a.caps, joins...)
		a.changed = a.changed || len(added)+len(joins) > 0
		p.added = append(p.added, added...)
	}
	return nil
}

// answers returns the entries of each key. Keys named twice get lists of their own.
func (p *proposal) answers(owed []compensate.Owed) [][]compensate.Entry {
	out := make([][]compensate.Entry, len(owed))
	for i := range owed {
		list := slices.Clone(p.accounts[compensate.AccountID(owed[i].Key, owed[i].By)].entries)
		for n := range list {
			list[n].Why, list[n].Award = slices.Clone(list[n].Why), slices.Clone(list[n].Award)
		}
		out[i] = list
	}
	return out
}
