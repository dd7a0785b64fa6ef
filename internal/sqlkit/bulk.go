package sqlkit

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bulk is [Rows] for hundreds of rows that have most of their values in common,
// as the deliveries of one notice do. The statements see the same table r:
//
//	b := sqlkit.NewBulk("key text, owner bigint")
//	b.Add("k1", int64(7))
//	b.Add("k2", int64(7))
//	n, err := t.ExecBulk(ctx, b, "insert into amends_x (key, owner) select r.key, r.owner from r where true on conflict do nothing")
//
// What all rows of a column agree on is sent once instead of once a row: to
// bind a value is what a row costs most in SQLite, and PostgreSQL has less JSON to read.
type Bulk struct {
	names, types []string
	finds        []bool
	first        []any   // the first row
	more         [][]any // by column, of those on which rows differ
	n            int
	size         int // how many rows there will be, if it is known
}

// NewBulk returns no rows yet, of columns with PostgreSQL's types: text or bigint.
// With the word find after it, as in "owner bigint find", a column is one that an
// update finds its rows by: SQLite then begins with r, rather than with all rows of
// that owner.
func NewBulk(columns string) *Bulk {
	b := &Bulk{}
	for c := range strings.SplitSeq(columns, ", ") {
		name, kind, _ := strings.Cut(c, " ")
		kind, finds := strings.CutSuffix(kind, " find")
		b.names, b.types, b.finds = append(b.names, name), append(b.types, kind), append(b.finds, finds)
	}
	b.more = make([][]any, len(b.names))
	return b
}

// Add adds a row. Values are string, int64 or nil, one for each column.
func (b *Bulk) Add(values ...any) {
	if b.n == 0 {
		b.first = slices.Clone(values)
	}
	for c, v := range values {
		if more := b.more[c]; more == nil && v != b.first[c] {
			more = make([]any, b.n, max(b.size, 2*b.n, 8))
			for i := range more {
				more[i] = b.first[c]
			}
			b.more[c] = append(more, v)
		} else if more != nil {
			b.more[c] = append(more, v)
		}
	}
	b.n++
}

// Len returns how many rows there are.
func (b *Bulk) Len() int { return b.n }

// Grow says that there will be n rows.
func (b *Bulk) Grow(n int) { b.size = n }

// Insert is what comes after r in an insertion of these rows into a table with
// the same columns: those that are null in all rows are left out, which SQLite
// has less to do for.
func (b *Bulk) Insert(d Dialect, table string) string {
	var into, from strings.Builder
	for c, name := range b.names {
		if b.n > 0 && b.more[c] == nil && b.first[c] == nil {
			continue
		}
		into.WriteString(comma(into.Len()) + name)
		from.WriteString(comma(from.Len()) + "r." + name)
	}
	// SQLite keeps a copy of every page that it changes for a statement that could
	// fail halfway, unless it may ignore what does not fit. The rows are counted.
	return d.Pick("insert or ignore", "insert") + " into " + table + " (" + into.String() + ") select " + from.String() + " from r where true" + d.Pick("", " on conflict do nothing")
}

// ExecBulk runs a statement over rows and returns how many rows of tables it
// changed. Its own parameters begin with $1. As with [Tx.ExecRows], what it does
// to a row must not depend on the others.
func (t *Tx) ExecBulk(ctx context.Context, b *Bulk, query string, args ...any) (int64, error) {
	var changed int64
	err := b.parts(t.Dialect, query, args, func(query string, args []any) error {
		n, err := t.Exec(ctx, query, args...)
		changed += n
		return err
	})
	return changed, err
}

// EachBulk calls scan for what a query over rows finds. Scan must not use t.
func (t *Tx) EachBulk(ctx context.Context, b *Bulk, scan func(*sql.Rows) error, query string, args ...any) error {
	return b.parts(t.Dialect, query, args, func(query string, args []any) error {
		return t.Each(ctx, scan, query, args...)
	})
}

// bulkSizes are the numbers of rows that SQLite gets at a time: few, so that the
// statements can be kept.
func bulkSizes() [5]int { return [5]int{256, 64, 16, 4, 1} }

// parts calls run with statements that together see all rows.
func (b *Bulk) parts(d Dialect, query string, args []any, run func(query string, args []any) error) error {
	if b.n == 0 {
		return nil
	}
	if len(b.first) != len(b.names) {
		return fmt.Errorf("sqlkit: bulk: %d values do not fit %d columns", len(b.first), len(b.names))
	}
	vary := b.varying()
	if d == Postgres {
		text, values, err := b.postgres(vary, len(args))
		if err != nil {
			return err
		}
		return run(text+query, append(slices.Clip(args), values...))
	}
	size := 0
	text := ""
	var all []any
	for from := 0; from < b.n; from += size {
		for _, s := range bulkSizes() {
			if s <= b.n-from {
				if s != size || s == 1 {
					size, text = s, b.sqlite(vary, s, len(args))
				}
				break
			}
		}
		all = b.sqliteArgs(append(all[:0], args...), vary, from, size)
		if err := run(text+query, all); err != nil {
			return err
		}
	}
	return nil
}

// varying returns the columns on which rows differ.
func (b *Bulk) varying() []int {
	var vary []int
	for c, more := range b.more {
		if more != nil {
			vary = append(vary, c)
		}
	}
	if len(vary) == 0 && b.n > 1 { // they are all the same, but as many
		b.more[0] = slices.Repeat(b.first[:1], b.n)
		vary = append(vary, 0)
	}
	return vary
}

// sqlite is the beginning of a statement over n rows. Its parameters come after
// those of the statement, and have no numbers but the first: SQLite and its
// drivers look numbers up one by one.
func (b *Bulk) sqlite(vary []int, n, after int) string {
	var q strings.Builder
	first := true
	parameter := func() {
		q.WriteByte('?')
		if first {
			q.WriteString(strconv.Itoa(after + 1))
		}
		first = false
	}
	q.WriteString("with ")
	if len(vary) > 0 {
		q.WriteString("v (")
		for i, c := range vary {
			q.WriteString(comma(i) + b.names[c])
		}
		q.WriteString(") as (values ")
		for row := range n {
			q.WriteString(comma(row) + "(")
			for i := range vary {
				q.WriteString(comma(i))
				parameter()
			}
			q.WriteByte(')')
		}
		q.WriteString("), ")
	}
	q.WriteString("r as (select ")
	for c, name := range b.names {
		q.WriteString(comma(c))
		if slices.Contains(vary, c) {
			q.WriteString("v." + name)
			continue
		}
		if b.finds[c] && len(vary) > 0 { // no constant to a planner
			q.WriteString("case when v." + b.names[vary[0]] + " is null then null else ")
		}
		parameter()
		if b.finds[c] && len(vary) > 0 {
			q.WriteString(" end")
		}
		q.WriteString(" as " + name)
	}
	if len(vary) > 0 {
		q.WriteString(" from v")
	}
	q.WriteString(") ")
	return q.String()
}

// sqliteArgs appends the parameters of n rows.
func (b *Bulk) sqliteArgs(args []any, vary []int, from, n int) []any {
	args = slices.Grow(args, n*len(vary)+len(b.names))
	for row := from; row < from+n; row++ {
		for _, c := range vary {
			args = append(args, b.more[c][row])
		}
	}
	for c, v := range b.first {
		if b.more[c] == nil {
			args = append(args, v)
		}
	}
	return args
}

// postgres is the beginning of a statement over all rows, with its parameters.
func (b *Bulk) postgres(vary []int, after int) (string, []any, error) {
	var q, x strings.Builder
	var values []any
	q.WriteString("with r as (select ")
	if len(vary) > 0 {
		data, err := b.json(vary)
		if err != nil {
			return "", nil, err
		}
		values = append(values, data)
		fmt.Fprintf(&x, " from json_to_recordset($%d::text::json) as x(", after+1)
		for i, c := range vary {
			x.WriteString(comma(i) + b.names[c] + " " + b.types[c])
		}
		x.WriteByte(')')
	}
	for c, name := range b.names {
		q.WriteString(comma(c))
		if slices.Contains(vary, c) {
			q.WriteString("x." + name)
			continue
		}
		values = append(values, b.first[c])
		fmt.Fprintf(&q, "$%d::%s as %s", after+len(values), b.types[c], name)
	}
	return q.String() + x.String() + ") ", values, nil
}

// json returns the columns that vary as an array of objects.
func (b *Bulk) json(vary []int) (string, error) {
	out := make([]byte, 0, 64*b.n)
	for row := range b.n {
		out = append(out, ",{"...)
		for i, c := range vary {
			out = append(append(append(out, comma(i)...), '"'), b.names[c]...)
			out = append(out, `":`...)
			switch v := b.more[c][row].(type) {
			case nil:
				out = append(out, "null"...)
			case int64:
				out = strconv.AppendInt(out, v, 10)
			case string:
				if !keepable(v) {
					return "", fmt.Errorf("%s of row %d %w", b.names[c], row+1, errText)
				}
				out = appendJSON(out, v)
			default:
				return "", fmt.Errorf("sqlkit: bulk: column %q: a value of type %T", b.names[c], v)
			}
		}
		out = append(out, '}')
	}
	out[0] = '['
	return string(append(out, ']')), nil
}

// appendJSON appends a text, known to be UTF-8, as JSON.
func appendJSON(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			out = append(out, s[from:i]...)
			out = fmt.Appendf(out, `\u%04x`, c)
			from = i + 1
		}
	}
	return append(append(out, s[from:]...), '"')
}

// comma stands before all but the first of a list.
func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}
