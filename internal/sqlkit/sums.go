package sqlkit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Sums is a table of numbers that every transaction keeps up to date by adding
// to them, so that nobody has to count what there is.
//
// PostgreSQL would hold up everybody who adds to the same row until the
// transaction ends. There a sum has parts: each transaction adds to one that
// nobody holds, or to a new one. There are as many parts as there once were
// transactions at the same time; a part may be below zero, the sum of them is what counts.
type Sums struct {
	// Table has the columns Keys, part and Values; Keys and part are its primary key.
	Table string
	// Keys are texts.
	Keys []string
	// Values are bigint.
	Values []string
}

// Add adds to sums: each row holds keys, then what is added to the values. No
// two rows have the same keys. It comes last in a transaction: in SQLite, and
// for new parts, the order of rows is the order of locks, so rows come sorted.
func (s Sums) Add(ctx context.Context, t *Tx, rows [][]any) error {
	var fresh int64
	if t.Dialect == Postgres {
		fresh = rand.Int64() //nolint:gosec // any number that is not taken will do
	}
	r := NewRows(strings.Join(s.Keys, " text, ") + " text, " + strings.Join(s.Values, " bigint, ") + " bigint, part bigint")
	for _, row := range rows {
		r.Add(append(slices.Clip(row), fresh)...)
	}
	if _, err := t.ExecRows(ctx, r, s.query(t.Dialect)); err != nil {
		return fmt.Errorf("adding up: %w", err)
	}
	return nil
}

// query adds rows r to the table. In PostgreSQL it continues the list of common tables that Rows begins.
func (s Sums) query(d Dialect) string {
	keys, values := strings.Join(s.Keys, ", "), strings.Join(s.Values, ", ")
	from := "r where true"
	var first string
	if d == Postgres {
		from = "f as r where r.free is null"
		first = fmt.Sprintf(`, f as materialized (
			select r.*, free.part as free from r left join lateral (
				select s.part from %[1]s s where %[2]s order by s.part limit 1 for update skip locked) free on true),
		added as (update %[1]s s set %[3]s from f as r where %[2]s and s.part = r.free)
		`, s.Table, list(s.Keys, " and ", "s.%[1]s = r.%[1]s"), list(s.Values, ", ", "%[1]s = s.%[1]s + r.%[1]s"))
	}
	return first + fmt.Sprintf("insert into %[1]s (%[2]s, part, %[3]s) select %[4]s, r.part, %[5]s from %[6]s on conflict (%[2]s, part) do update set %[7]s",
		s.Table, keys, values, list(s.Keys, ", ", "r.%s"), list(s.Values, ", ", "r.%s"), from,
		list(s.Values, ", ", "%[1]s = "+s.Table+".%[1]s + excluded.%[1]s"))
}

// list joins names, each put into a format.
func list(names []string, separator, format string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf(format, n)
	}
	return strings.Join(out, separator)
}
