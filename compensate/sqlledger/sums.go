package sqlledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// sums are changes of what amends_ledger_sum keeps.
type sums map[line]sum

// line is what is summed together. State "" is for recipients.
type line struct{ basis, space, state, currency string }

// sum is a number of entries and their amount in two limbs, neither of which can
// overflow with less than a billion entries.
type sum struct{ n, high, low int64 }

const limb = 1_000_000_000

// move takes an entry out of the sum of the state that it had ("": it is new) and into that of the state it has.
func (s sums) move(e *compensate.Entry, was compensate.State) {
	if was == e.State {
		return
	}
	if was != "" {
		s.add(e, was, -1)
	}
	s.add(e, e.State, 1)
}

func (s sums) add(e *compensate.Entry, state compensate.State, n int64) {
	id := line{e.Key.Basis, e.Key.Space, string(state), e.Amount.Currency()}
	had, minor := s[id], e.Amount.Minor()
	s[id] = sum{had.n + n, had.high + n*(minor/limb), had.low + n*(minor%limb)}
}

// recipients counts the customers who get more than nothing for the first time.
func (s sums) recipients(ctx context.Context, t *sqlkit.Tx, added []compensate.Entry) error {
	type recipient struct{ basis, space, customer string }
	all := map[recipient]bool{}
	for i := range added {
		if added[i].State != compensate.StateNothing {
			k := added[i].Key
			all[recipient{k.Basis, k.Space, k.Customer}] = true
		}
	}
	rows := sqlkit.NewRows("basis text, space text, customer text")
	for _, r := range slices.SortedFunc(maps.Keys(all), func(a, b recipient) int {
		return cmp.Or(cmp.Compare(a.basis, b.basis), cmp.Compare(a.space, b.space), cmp.Compare(a.customer, b.customer))
	}) {
		rows.Add(r.basis, r.space, r.customer)
	}
	return t.EachRow(ctx, rows, func(found *sql.Rows) error {
		var id line
		if err := found.Scan(&id.basis, &id.space); err != nil {
			return err
		}
		had := s[id]
		had.n++
		s[id] = had
		return nil
	}, `insert into amends_ledger_recipient (basis, space, customer)
		select r.basis, r.space, r.customer from r where true on conflict do nothing returning basis, space`)
}

// write adds the changes to the table.
//
// PostgreSQL would hold up everybody who has entries of the same basis until the
// transaction ends. There each takes a part of the sum that nobody holds, or a new
// one: there are as many parts as there once were transactions at the same time.
func (s sums) write(ctx context.Context, t *sqlkit.Tx) error {
	var fresh int64
	if t.Dialect == sqlkit.Postgres {
		fresh = rand.Int64() //nolint:gosec // any number that is not taken will do
	}
	rows := sqlkit.NewRows("basis text, space text, state text, currency text, n bigint, high bigint, low bigint, part bigint")
	for _, id := range slices.SortedFunc(maps.Keys(s), func(a, b line) int {
		return cmp.Or(cmp.Compare(a.basis, b.basis), cmp.Compare(a.space, b.space), cmp.Compare(a.state, b.state), cmp.Compare(a.currency, b.currency))
	}) {
		if c := s[id]; c != (sum{}) {
			rows.Add(id.basis, id.space, id.state, id.currency, c.n, c.high, c.low, fresh)
		}
	}
	if _, err := t.ExecRows(ctx, rows, t.Dialect.Pick("", freePart)+
		`insert into amends_ledger_sum (basis, space, state, currency, part, n, high, low)
		select r.basis, r.space, r.state, r.currency, r.part, r.n, r.high, r.low from `+t.Dialect.Pick("r where true", "f r where r.free is null")+
		` on conflict (basis, space, state, currency, part) do update set
			n = amends_ledger_sum.n + excluded.n, high = amends_ledger_sum.high + excluded.high, low = amends_ledger_sum.low + excluded.low`); err != nil {
		return fmt.Errorf("adding up: %w", err)
	}
	return nil
}

// freePart continues the list of common tables that Rows begins.
const freePart = `, f as materialized (
		select r.*, free.part as free from r left join lateral (
			select s.part from amends_ledger_sum s
			where s.basis = r.basis and s.space = r.space and s.state = r.state and s.currency = r.currency
			order by s.part limit 1 for update skip locked) free on true),
	added as (
		update amends_ledger_sum s set n = s.n + f.n, high = s.high + f.high, low = s.low + f.low
		from f where s.basis = f.basis and s.space = f.space and s.state = f.state and s.currency = f.currency and s.part = f.free)
	`
