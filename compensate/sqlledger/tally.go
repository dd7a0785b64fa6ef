package sqlledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Tally implements [compensate.Ledger]. Lines are ordered by state and currency.
// Of bases alone, in one space or all, it reads sums that are kept; any other
// query looks at all entries that it selects.
func (l *Ledger) Tally(ctx context.Context, q compensate.Query) (compensate.Tally, error) {
	var out compensate.Tally
	err := l.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) (err error) {
		if summed(&q) {
			out, err = tallySums(ctx, t, &q)
		} else {
			out, err = tallyEntries(ctx, t, &q)
		}
		return err
	})
	if err != nil {
		return compensate.Tally{}, fmt.Errorf("sqlledger: tallying: %w", err)
	}
	return out, nil
}

// summed reports whether the sums hold the answer to a query.
func summed(q *compensate.Query) bool {
	return len(q.Bases) > 0 && len(q.Customers) == 0 && len(q.States) == 0 && q.Since.IsZero() && !q.Approved && !q.Gestures
}

// tallySums adds up what the bases hold. Who gets something for several of them
// is one customer: from the second basis on, those that an earlier one has are
// taken off again. The largest comes first, so that looking for them is cheap
// unless several are large.
func tallySums(ctx context.Context, t *sqlkit.Tx, q *compensate.Query) (compensate.Tally, error) {
	c := &clause{dialect: t.Dialect}
	if err := c.anyOf("s.basis", q.Bases); err != nil {
		return compensate.Tally{}, err
	}
	if q.Space != "" {
		c.and("s.space = %s", q.Space)
	}
	var bases []string
	if len(q.Bases) > 1 {
		err := t.Each(ctx, func(rows *sql.Rows) error {
			var basis string
			err := rows.Scan(&basis)
			bases = append(bases, basis)
			return err
		}, "select s.basis from amends_ledger_sum s"+c.where()+" and s.state = '' group by s.basis order by sum(s.n) desc, s.basis", c.args...)
		if err != nil {
			return compensate.Tally{}, err
		}
	}
	var text strings.Builder
	text.WriteString("select s.state, s.currency, " + asBigint("sum(s.n)", "sum(s.high)", "sum(s.low)") + " from amends_ledger_sum s" +
		c.where() + " group by s.state, s.currency having sum(s.n) <> 0")
	for i := 1; i < len(bases); i++ {
		both := &clause{dialect: t.Dialect, args: c.args}
		both.and("a.basis = %s", bases[i])
		if q.Space != "" {
			both.and("a.space = %s", q.Space)
		}
		earlier := make([]string, i)
		for n := range earlier {
			earlier[n] = both.bind(bases[n])
		}
		text.WriteString(" union all select '', '', -count(*), 0, 0 from amends_ledger_recipient a" + both.where() +
			" and exists (select 1 from amends_ledger_recipient b where b.basis in (" + strings.Join(earlier, ", ") +
			") and b.space = a.space and b.customer = a.customer)")
		c.args = both.args
	}
	return readTally(ctx, t, text.String(), c.args)
}

// tallyEntries looks at all entries that a query selects.
func tallyEntries(ctx context.Context, t *sqlkit.Tx, q *compensate.Query) (compensate.Tally, error) {
	c := &clause{dialect: t.Dialect}
	if err := errors.Join(c.filter(q), c.parties(q)); err != nil {
		return compensate.Tally{}, err
	}
	return readTally(ctx, t, fmt.Sprintf(`with f as materialized (select e.space, e.customer, e.state, e.currency, e.amount from amends_ledger_entry e%s)
		select f.state, f.currency, count(*), %s from f group by f.state, f.currency
		union all select '', '', count(*), 0, 0 from (select distinct f.space, f.customer from f where f.state <> 'nothing') d`,
		c.where(), asBigint(fmt.Sprintf("sum(f.amount / %d)", limb), fmt.Sprintf("sum(f.amount %% %d)", limb))), c.args)
}

// asBigint casts sums, which PostgreSQL returns as numeric.
func asBigint(sums ...string) string {
	for i, s := range sums {
		sums[i] = "cast(" + s + " as bigint)"
	}
	return strings.Join(sums, ", ")
}

// readTally reads rows of state, currency, number and both limbs of the amount.
// State "" is for customers.
func readTally(ctx context.Context, t *sqlkit.Tx, query string, args []any) (compensate.Tally, error) {
	var out compensate.Tally
	err := t.Each(ctx, func(rows *sql.Rows) error {
		var state, currency string
		var n, high, low int64
		if err := rows.Scan(&state, &currency, &n, &high, &low); err != nil {
			return err
		}
		if state == "" {
			out.Customers += n
			return nil
		}
		minor, ok := join(high, low)
		if !ok {
			return fmt.Errorf("the amounts of %d entries that are %s, in %s: %w", n, state, currency, compensate.ErrOverflow)
		}
		out.Lines = append(out.Lines, compensate.TallyLine{
			State: compensate.State(state), Currency: currency, N: n, Amount: compensate.FromMinor(minor, currency),
		})
		return nil
	}, query, args...)
	slices.SortFunc(out.Lines, func(a, b compensate.TallyLine) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Currency, b.Currency))
	})
	return out, err
}

// join returns high * limb + low, both not below zero, unless that is too large.
func join(high, low int64) (int64, bool) {
	if high < 0 || low < 0 {
		return 0, false
	}
	over, product := bits.Mul64(uint64(high), limb)
	sum, carry := bits.Add64(product, uint64(low), 0)
	return int64(sum), over+carry == 0 && sum <= 1<<63-1
}
