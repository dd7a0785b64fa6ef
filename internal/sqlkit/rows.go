package sqlkit

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Rows are values that go to the database in as few statements as it does well
// with. The statements see them as a table called r:
//
//	rows := sqlkit.NewRows("record text, version bigint")
//	rows.Add("inc_1", int64(7))
//	n, err := t.ExecRows(ctx, rows, "insert into amends_x (record, version) select record, version from r where true on conflict do nothing")
//
// PostgreSQL gets all of them as one JSON parameter, which needs no arrays of a
// driver's own. SQLite, where a statement costs little and JSON more, gets them
// as lists of values: the statement runs for some of them at a time, so what it
// does to a row must not depend on the others.
type Rows struct {
	columns []string // names
	types   string   // as they came
	values  []any
}

// NewRows returns no rows yet, of columns with PostgreSQL's types: text, bigint or boolean.
func NewRows(columns string) *Rows {
	r := &Rows{types: columns}
	for c := range strings.SplitSeq(columns, ",") {
		r.columns = append(r.columns, strings.Fields(c)[0])
	}
	return r
}

// Add adds a row. Values are string, int, int64, *int64, bool or nil.
func (r *Rows) Add(values ...any) { r.values = append(r.values, values...) }

// Len returns how many rows there are.
func (r *Rows) Len() int { return len(r.values) / len(r.columns) }

// chunk is how many rows SQLite gets at a time, and what is left after that one
// by one: only two statements to keep.
const chunk = 32

// ExecRows runs a statement over rows and returns how many rows of tables it
// changed. Its own parameters begin with $1.
func (t *Tx) ExecRows(ctx context.Context, r *Rows, query string, args ...any) (int64, error) {
	var changed int64
	err := r.parts(t.Dialect, query, args, func(query string, args []any) error {
		n, err := t.Exec(ctx, query, args...)
		changed += n
		return err
	})
	return changed, err
}

// EachRow calls scan for what a query over rows finds. Scan must not use t.
func (t *Tx) EachRow(ctx context.Context, r *Rows, scan func(*sql.Rows) error, query string, args ...any) error {
	return r.parts(t.Dialect, query, args, func(query string, args []any) error {
		return t.Each(ctx, scan, query, args...)
	})
}

// parts calls run with statements that together see all rows.
func (r *Rows) parts(d Dialect, query string, args []any, run func(query string, args []any) error) error {
	width := len(r.columns)
	if len(r.values)%width != 0 {
		return fmt.Errorf("sqlkit: rows: %d values do not fit %d columns", len(r.values), width)
	}
	if len(r.values) == 0 {
		return nil
	}
	if d == Postgres {
		data, err := r.json()
		if err != nil {
			return err
		}
		with := fmt.Sprintf("with r as (select * from json_to_recordset($%d::text::json) as x(%s)) ", len(args)+1, r.types)
		return run(with+query, append(slices.Clip(args), data))
	}
	for left := r.values; len(left) > 0; {
		n := 1
		if len(left) >= chunk*width {
			n = chunk
		}
		var with strings.Builder
		fmt.Fprintf(&with, "with r (%s) as (values ", strings.Join(r.columns, ", "))
		for i := range n * width {
			with.WriteString(separator(i, width))
			fmt.Fprintf(&with, "$%d", len(args)+i+1)
		}
		with.WriteString(")) ")
		if err := run(with.String()+query, append(slices.Clip(args), left[:n*width]...)); err != nil {
			return err
		}
		left = left[n*width:]
	}
	return nil
}

// separator is what stands before the i-th value in a list of rows.
func separator(i, width int) string {
	switch {
	case i == 0:
		return "("
	case i%width == 0:
		return "), ("
	}
	return ", "
}

// json returns the rows as an array of objects.
func (r *Rows) json() (string, error) {
	if err := checkText(r.values); err != nil {
		return "", err
	}
	var b []byte
	for i, v := range r.values {
		switch at := i % len(r.columns); {
		case i == 0:
			b = append(b, "[{"...)
		case at == 0:
			b = append(b, "},{"...)
		default:
			b = append(b, ',')
		}
		value, err := json.Marshal(v)
		if err != nil {
			return "", fmt.Errorf("sqlkit: rows: column %q: %w", r.columns[i%len(r.columns)], err)
		}
		b = append(b, '"')
		b = append(b, r.columns[i%len(r.columns)]...)
		b = append(b, `":`...)
		b = append(b, value...)
	}
	return string(append(b, "}]"...)), nil
}
