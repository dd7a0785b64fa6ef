package sqlledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// lock reads the accounts of all keys, and locks them in the order of their IDs,
// as everybody does: nobody waits in a circle. In PostgreSQL there must be a row
// to lock; in SQLite the whole database is ours until the end of the transaction.
func (p *proposal) lock(ctx context.Context, owed []compensate.Owed) error {
	for i := range owed {
		p.accounts[compensate.AccountID(owed[i].Key, owed[i].By)] = &account{space: owed[i].Key.Space}
	}
	rows := sqlkit.NewRows("account text")
	for _, id := range slices.Sorted(maps.Keys(p.accounts)) {
		rows.Add(id)
	}
	if p.t.Dialect == sqlkit.Postgres {
		if _, err := p.t.ExecRows(ctx, rows, `insert into amends_ledger_account (account, entries, caps)
			select r.account, 0, '[]' from r where true on conflict do nothing`); err != nil {
			return err
		}
	}
	return p.t.EachRow(ctx, rows, func(s *sql.Rows) error {
		var id, caps string
		var had int
		if err := s.Scan(&id, &had, &caps); err != nil {
			return fmt.Errorf("account %q is damaged: %w: restore its row from a copy", id, err)
		}
		a := p.accounts[id]
		a.had = had
		if err := json.Unmarshal([]byte(caps), &a.caps); err != nil {
			return fmt.Errorf("account %q is damaged: its caps are not a list: %w: restore its row from a copy", id, err)
		}
		return nil
	}, `select a.account, a.entries, a.caps from r join amends_ledger_account a on a.account = r.account`+
		p.t.Dialect.Pick("", " order by a.account for update of a"))
}

// load reads the entries that the accounts have.
func (p *proposal) load(ctx context.Context, _ []compensate.Owed) error {
	rows := sqlkit.NewRows("id text")
	for _, id := range slices.Sorted(maps.Keys(p.accounts)) {
		for n := range p.accounts[id].had {
			rows.Add(fmt.Sprintf("%s#%d", id, n+1))
		}
	}
	err := p.t.EachRow(ctx, rows, func(s *sql.Rows) error {
		r, err := scan(s)
		if err != nil {
			return err
		}
		a := p.accounts[accountOf(r.ID)]
		a.entries = append(a.entries, r.Entry)
		return nil
	}, "select "+columns+withFile+" from r join amends_ledger_entry e on e.id = r.id")
	if err != nil {
		return err
	}
	for id, a := range p.accounts {
		slices.SortFunc(a.entries, func(x, y compensate.Entry) int { return cmp.Compare(x.N, y.N) })
		for n := range a.had {
			if n >= len(a.entries) || a.entries[n].N != n+1 {
				return damaged(fmt.Sprintf("%s#%d", id, n+1), fmt.Errorf("it is missing, and its account counts %d", a.had))
			}
		}
	}
	return nil
}

// lockCaps reads and locks the caps that the proposals touch, in order as well.
func (p *proposal) lockCaps(ctx context.Context, owed []compensate.Owed) error {
	for _, a := range p.accounts {
		for _, id := range a.caps {
			p.caps[capID{a.space, id}] = &sharedCap{}
		}
	}
	for i := range owed {
		for _, c := range owed[i].Caps {
			p.caps[capID{owed[i].Key.Space, c.ID}] = &sharedCap{}
		}
	}
	rows := sqlkit.NewRows("space text find, cap text find")
	for _, id := range p.sortedCaps() {
		rows.Add(id.space, id.id)
	}
	if p.t.Dialect == sqlkit.Postgres {
		if _, err := p.t.ExecRows(ctx, rows, `insert into amends_ledger_cap (space, cap, held, currency)
			select r.space, r.cap, 0, '' from r where true on conflict do nothing`); err != nil {
			return err
		}
	}
	return p.t.EachRow(ctx, rows, func(s *sql.Rows) error {
		var id capID
		var held money
		if err := s.Scan(&id.space, &id.id, &held.minor, &held.currency); err != nil {
			return fmt.Errorf("cap %q is damaged: %w: restore its row in amends_ledger_cap from a copy", id.id, err)
		}
		p.caps[id].held = held.money()
		return nil
	}, `select c.space, c.cap, c.held, c.currency from r join amends_ledger_cap c on c.space = r.space and c.cap = r.cap`+
		p.t.Dialect.Pick("", " order by c.space, c.cap for update of c"))
}

func (p *proposal) sortedCaps() []capID {
	return slices.SortedFunc(maps.Keys(p.caps), func(a, b capID) int {
		return cmp.Or(cmp.Compare(a.space, b.space), cmp.Compare(a.id, b.id))
	})
}

// write writes what plan changed.
func (p *proposal) write(ctx context.Context) error {
	if err := p.writeAccounts(ctx); err != nil {
		return err
	}
	if err := p.writeCaps(ctx); err != nil {
		return err
	}
	if err := p.writeEntries(ctx); err != nil {
		return err
	}
	sums := sums{}
	for i := range p.added {
		sums.move(&p.added[i], "")
	}
	if err := sums.recipients(ctx, p.t, p.added); err != nil {
		return err
	}
	return sums.write(ctx, p.t)
}

func (p *proposal) writeAccounts(ctx context.Context) error {
	rows := sqlkit.NewRows("account text, entries bigint, caps text")
	for _, id := range slices.Sorted(maps.Keys(p.accounts)) {
		a := p.accounts[id]
		if !a.changed {
			continue
		}
		caps, err := json.Marshal(append([]string{}, a.caps...))
		if err != nil {
			return err
		}
		rows.Add(id, len(a.entries), string(caps))
	}
	return execAll(ctx, p.t, "accounts", rows, `insert into amends_ledger_account (account, entries, caps)
		select r.account, r.entries, r.caps from r where true
		on conflict (account) do update set entries = excluded.entries, caps = excluded.caps`)
}

func (p *proposal) writeCaps(ctx context.Context) error {
	rows := sqlkit.NewRows("space text, cap text, held bigint, currency text")
	for _, id := range p.sortedCaps() {
		if c := p.caps[id]; c.changed {
			rows.Add(id.space, id.id, c.held.Minor(), c.held.Currency())
		}
	}
	return execAll(ctx, p.t, "caps", rows, `insert into amends_ledger_cap (space, cap, held, currency)
		select r.space, r.cap, r.held, r.currency from r where true
		on conflict (space, cap) do update set held = excluded.held, currency = excluded.currency`)
}

// entryColumns are what a new entry says; the rest of its row says that nothing happened to it yet.
const entryColumns = "id text, n bigint, space text, scheme text, customer text, component text, basis text, gesture_by text, state text, " +
	"amount bigint, currency text, capped bigint, capped_currency text, contract bigint, contract_currency text, total bigint, total_currency text, " +
	"in_kind text, why text, award text, created_at bigint, due_at bigint"

func (p *proposal) writeEntries(ctx context.Context) error {
	rows := sqlkit.NewRows(entryColumns)
	for i := range p.added {
		e := &p.added[i]
		why, err := whyText(e.Why)
		if err != nil {
			return err
		}
		var due *int64
		if e.State == compensate.StateApproved {
			due = new(sqlkit.Micros(p.due))
		}
		rows.Add(e.ID, e.N, e.Key.Space, e.Key.Scheme, e.Key.Customer, e.Key.Component, e.Key.Basis, e.By, string(e.State),
			e.Amount.Minor(), e.Amount.Currency(), e.Capped.Minor(), e.Capped.Currency(),
			e.Contract.Minor(), e.Contract.Currency(), e.Total.Minor(), e.Total.Currency(),
			e.InKind, why, string(e.Award), sqlkit.Micros(e.Created), due)
	}
	return execAll(ctx, p.t, "entries", rows, `insert into amends_ledger_entry (
			id, n, space, scheme, customer, component, basis, gesture_by, state,
			amount, currency, capped, capped_currency, contract, contract_currency, total, total_currency,
			in_kind, why, award, approved_by, settled_by, reference, last_err, attempts, created_at, changed_at, next_at, token, once, due_at)
		select r.id, r.n, r.space, r.scheme, r.customer, r.component, r.basis, r.gesture_by, r.state,
			r.amount, r.currency, r.capped, r.capped_currency, r.contract, r.contract_currency, r.total, r.total_currency,
			r.in_kind, r.why, r.award, '', '', '', '', 0, r.created_at, r.created_at, r.created_at, '', false, r.due_at
		from r where true on conflict do nothing`)
}
