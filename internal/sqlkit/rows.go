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
// SQLite, where a statement costs little, gets them as lists of values: the
// statement runs for some of them at a time, so what it does to a row must not
// depend on the others. PostgreSQL gets a few as a list too, which lets it
// plan for a few; many are one JSON parameter, which needs no arrays of a driver's own.
type Rows struct {
	names   []string
	columns []string // names and types
	values  []any
}

// NewRows returns no rows yet, of columns with PostgreSQL's types: text, bigint or boolean.
func NewRows(columns string) *Rows {
	r := &Rows{columns: strings.Split(columns, ", ")}
	for _, c := range r.columns {
		name, _, _ := strings.Cut(c, " ")
		r.names = append(r.names, name)
	}
	return r
}

// Add adds a row. Values are string, int, int64, *int64, bool or nil.
func (r *Rows) Add(values ...any) { r.values = append(r.values, values...) }

// Len returns how many rows there are.
func (r *Rows) Len() int { return len(r.values) / len(r.columns) }

const (
	// chunk is how many rows SQLite gets at a time, and what is left after that
	// one by one: only two statements to keep.
	chunk = 32
	// few is how many rows PostgreSQL gets as a list.
	few = 8
)

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
	for i, v := range r.values {
		if !keepable(v) {
			return fmt.Errorf("%s of %q %w", r.names[i%width], fmt.Sprint(r.values[i-i%width]), errText)
		}
	}
	switch n := r.Len(); {
	case d == SQLite:
		for left := r.values; len(left) > 0; {
			n := 1
			if len(left) >= chunk*width {
				n = chunk
			}
			if err := run(r.list(d, n, len(args))+query, append(slices.Clip(args), left[:n*width]...)); err != nil {
				return err
			}
			left = left[n*width:]
		}
		return nil
	case n <= few:
		return run(r.list(d, n, len(args))+query, append(slices.Clip(args), r.values...))
	default:
		data, err := r.json()
		if err != nil {
			return err
		}
		with := fmt.Sprintf("with r as (select * from json_to_recordset($%d::text::json) as x(%s)) ", len(args)+1, strings.Join(r.columns, ", "))
		return run(with+query, append(slices.Clip(args), data))
	}
}

// list is the beginning of a statement over n rows, whose parameters come after others.
func (r *Rows) list(d Dialect, n, after int) string {
	width := len(r.columns)
	var b strings.Builder
	fmt.Fprintf(&b, "with r (%s) as (values ", strings.Join(r.names, ", "))
	for i := range n * width {
		fmt.Fprintf(&b, "%s$%d", separator(i, width), after+i+1)
		if i < width && d == Postgres { // it takes the types from the first row
			_, kind, _ := strings.Cut(r.columns[i], " ")
			b.WriteString("::" + kind)
		}
	}
	b.WriteString(")) ")
	return b.String()
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
			return "", fmt.Errorf("sqlkit: rows: column %q: %w", r.names[i%len(r.names)], err)
		}
		b = append(b, '"')
		b = append(b, r.names[i%len(r.names)]...)
		b = append(b, `":`...)
		b = append(b, value...)
	}
	return string(append(b, "}]"...)), nil
}
