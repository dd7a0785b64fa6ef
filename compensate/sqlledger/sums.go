package sqlledger

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
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
func (s sums) write(ctx context.Context, t *sqlkit.Tx) error {
	var rows [][]any
	for _, id := range slices.SortedFunc(maps.Keys(s), func(a, b line) int {
		return cmp.Or(cmp.Compare(a.basis, b.basis), cmp.Compare(a.space, b.space), cmp.Compare(a.state, b.state), cmp.Compare(a.currency, b.currency))
	}) {
		if c := s[id]; c != (sum{}) {
			rows = append(rows, []any{id.basis, id.space, id.state, id.currency, c.n, c.high, c.low})
		}
	}
	return table().Add(ctx, t, rows)
}

// table is where the sums are kept.
func table() sqlkit.Sums {
	return sqlkit.Sums{Table: "amends_ledger_sum", Keys: []string{"basis", "space", "state", "currency"}, Values: []string{"n", "high", "low"}}
}
