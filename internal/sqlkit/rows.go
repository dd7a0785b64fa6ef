package sqlkit

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Rows are values that go to the database in as few statements as it does well
// with. The statements see them as a table called r:
//
//	rows := sqlkit.NewRows("key text, owner bigint")
//	rows.Add("k1", int64(7))
//	rows.Add("k2", int64(7))
//	n, err := t.ExecRows(ctx, rows, "insert into amends_x (key, owner) select r.key, r.owner from r where true on conflict do nothing")
//
// SQLite, where a statement costs little, gets some of them at a time as lists of
// values, so what a statement does to a row must not depend on the others.
// PostgreSQL gets all of them at once, each column as one text, which needs no
// arrays of a driver's own.
//
// What all rows of a column agree on is sent once instead of once a row: to bind a
// value is what a row costs most in SQLite.
type Rows struct {
	names, types []string
	finds        []bool
	first        []any   // the first row
	more         [][]any // by column, of those on which rows differ
	n            int
	size         int // how many rows there will be, if it is known
	misfit       int // how many values a row had that did not fit the columns, 0: none
}

// NewRows returns no rows yet, of columns with PostgreSQL's types: text, bigint or boolean.
// With the word find after it, as in "owner bigint find", a column is one that an
// update finds its rows by: SQLite then begins with r, rather than with all rows of
// that owner.
func NewRows(columns string) *Rows {
	r := &Rows{}
	for c := range strings.SplitSeq(columns, ", ") {
		name, kind, _ := strings.Cut(c, " ")
		kind, finds := strings.CutSuffix(kind, " find")
		r.names, r.types, r.finds = append(r.names, name), append(r.types, kind), append(r.finds, finds)
	}
	r.more = make([][]any, len(r.names))
	return r
}

// Add adds a row. Values are string, int, int64, *int64, bool or nil, one for each column.
func (r *Rows) Add(values ...any) {
	if len(values) != len(r.names) {
		r.misfit = len(values)
		return
	}
	if r.n == 0 {
		r.first = make([]any, len(values))
		for c, v := range values {
			r.first[c] = plain(v)
		}
	}
	for c, v := range values {
		v = plain(v)
		if more := r.more[c]; more == nil && v != r.first[c] {
			more = make([]any, r.n, max(r.size, 2*r.n, 8))
			for i := range more {
				more[i] = r.first[c]
			}
			r.more[c] = append(more, v)
		} else if more != nil {
			r.more[c] = append(more, v)
		}
	}
	r.n++
}

// plain returns a value as string, int64, bool or nil.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string, int64, bool:
		return v
	case int:
		return int64(v)
	case *int64:
		if v == nil {
			return nil
		}
		return *v
	default:
		if s := reflect.ValueOf(v); s.Kind() == reflect.String {
			return s.String()
		}
		return v
	}
}

// Len returns how many rows there are.
func (r *Rows) Len() int { return r.n }

// Grow says that there will be n rows.
func (r *Rows) Grow(n int) { r.size = n }

// Insert is what comes after r in an insertion of these rows into a table with
// the same columns: those that are null in all rows are left out, which SQLite
// has less to do for.
func (r *Rows) Insert(d Dialect, table string) string {
	var into, from strings.Builder
	for c, name := range r.names {
		if r.n > 0 && r.more[c] == nil && r.first[c] == nil {
			continue
		}
		into.WriteString(comma(into.Len()) + name)
		from.WriteString(comma(from.Len()) + "r." + name)
	}
	// SQLite keeps a copy of every page that it changes for a statement that could
	// fail halfway, unless it may ignore what does not fit. The rows are counted.
	return d.Pick("insert or ignore", "insert") + " into " + table + " (" + into.String() + ") select " + from.String() + " from r where true" + d.Pick("", " on conflict do nothing")
}

// ExecRows runs a statement over rows and returns how many rows of tables it
// changed. Its own parameters begin with $1. What it does
// to a row must not depend on the others.
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

// bulkSizes are the numbers of rows that SQLite gets at a time: few, so that the
// statements can be kept.
func bulkSizes() [5]int { return [5]int{256, 64, 16, 4, 1} }

// parts calls run with statements that together see all rows.
func (r *Rows) parts(d Dialect, query string, args []any, run func(query string, args []any) error) error {
	if r.misfit != 0 {
		return fmt.Errorf("sqlkit: rows: %d values do not fit %d columns", r.misfit, len(r.names))
	}
	if r.n == 0 {
		return nil
	}
	if err := r.check(); err != nil {
		return err
	}
	vary := r.varying()
	if d == Postgres {
		text, values := r.postgres(vary, len(args))
		return run(text+query, append(slices.Clip(args), values...))
	}
	size := 0
	text := ""
	var all []any
	for from := 0; from < r.n; from += size {
		for _, s := range bulkSizes() {
			if s <= r.n-from {
				if s != size || s == 1 {
					size, text = s, r.sqlite(vary, s, len(args))
				}
				break
			}
		}
		all = r.sqliteArgs(append(all[:0], args...), vary, from, size)
		if err := run(text+query, all); err != nil {
			return err
		}
	}
	return nil
}

// varying returns the columns on which rows differ.
func (r *Rows) varying() []int {
	var vary []int
	for c, more := range r.more {
		if more != nil {
			vary = append(vary, c)
		}
	}
	if len(vary) == 0 && r.n > 1 { // they are all the same, but as many
		r.more[0] = slices.Repeat(r.first[:1], r.n)
		vary = append(vary, 0)
	}
	return vary
}

// sqlite is the beginning of a statement over n rows. Its parameters come after
// those of the statement, and have no numbers but the first: SQLite and its
// drivers look numbers up one by one.
func (r *Rows) sqlite(vary []int, n, after int) string {
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
			q.WriteString(comma(i) + r.names[c])
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
	for c, name := range r.names {
		q.WriteString(comma(c))
		if slices.Contains(vary, c) {
			q.WriteString("v." + name)
			continue
		}
		if r.finds[c] && len(vary) > 0 { // no constant to a planner
			q.WriteString("case when v." + r.names[vary[0]] + " is null then null else ")
		}
		parameter()
		if r.finds[c] && len(vary) > 0 {
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
func (r *Rows) sqliteArgs(args []any, vary []int, from, n int) []any {
	args = slices.Grow(args, n*len(vary)+len(r.names))
	for row := from; row < from+n; row++ {
		for _, c := range vary {
			args = append(args, r.more[c][row])
		}
	}
	for c, v := range r.first {
		if r.more[c] == nil {
			args = append(args, v)
		}
	}
	return args
}

// Characters that hardly any text has, between values and for null.
const (
	between = "\x1f"
	isNull  = "\x1e"
)

// check refuses what cannot be kept, and says of which row it is.
func (r *Rows) check() error {
	for c := range r.names {
		values := r.more[c]
		if values == nil {
			values = r.first[c : c+1]
		}
		for row, v := range values {
			switch v := v.(type) {
			case nil, int64, bool:
			case string:
				if !keepable(v) {
					name := r.first[0]
					if r.more[0] != nil {
						name = r.more[0][row]
					}
					return fmt.Errorf("%s of %q %w", r.names[c], fmt.Sprint(name), errText)
				}
			default:
				return fmt.Errorf("sqlkit: rows: column %q: a value of type %T", r.names[c], v)
			}
		}
	}
	return nil
}

// postgres is the beginning of a statement over all rows, with its parameters.
// Columns are sent as one text each, which it splits in a third of the time that
// it takes to read JSON; JSON is for texts that hold the characters between.
func (r *Rows) postgres(vary []int, after int) (string, []any) {
	var lists, names strings.Builder
	values := make([]any, 0, len(r.names))
	for i, c := range vary {
		text, ok := r.joined(c)
		if !ok {
			return r.postgresJSON(vary, after)
		}
		values = append(values, text)
		fmt.Fprintf(&lists, "%sstring_to_array($%d::text, E'\\x1f', E'\\x1e')::%s[]", comma(i), after+len(values), r.types[c])
		names.WriteString(comma(i) + r.names[c])
	}
	from := ""
	if len(vary) > 0 {
		from = " from unnest(" + lists.String() + ") as x(" + names.String() + ")"
	}
	return r.postgresFrom(from, values, vary, after)
}

func (r *Rows) postgresJSON(vary []int, after int) (string, []any) {
	var columns strings.Builder
	for i, c := range vary {
		columns.WriteString(comma(i) + r.names[c] + " " + r.types[c])
	}
	return r.postgresFrom(fmt.Sprintf(" from json_to_recordset($%d::text::json) as x(%s)", after+1, columns.String()), []any{r.json(vary)}, vary, after)
}

// postgresFrom adds what all rows have in common.
func (r *Rows) postgresFrom(from string, values []any, vary []int, after int) (string, []any) {
	var q strings.Builder
	q.WriteString("with r as (select ")
	for c, name := range r.names {
		q.WriteString(comma(c))
		if slices.Contains(vary, c) {
			q.WriteString("x." + name)
			continue
		}
		values = append(values, r.first[c])
		fmt.Fprintf(&q, "$%d::%s as %s", after+len(values), r.types[c], name)
	}
	return q.String() + from + ") ", values
}

// joined returns the values of a column as one text, unless one of them holds the characters between.
func (r *Rows) joined(c int) (string, bool) {
	out := make([]byte, 0, 32*r.n)
	for row, v := range r.more[c] {
		if row > 0 {
			out = append(out, between...)
		}
		switch v := v.(type) {
		case int64:
			out = strconv.AppendInt(out, v, 10)
		case bool:
			out = strconv.AppendBool(out, v)
		case string:
			if strings.ContainsAny(v, between+isNull) {
				return "", false
			}
			out = append(out, v...)
		default:
			out = append(out, isNull...)
		}
	}
	return string(out), true
}

// json returns the columns that vary as an array of objects.
func (r *Rows) json(vary []int) string {
	out := make([]byte, 0, 64*r.n)
	for row := range r.n {
		out = append(out, ",{"...)
		for i, c := range vary {
			out = append(append(append(out, comma(i)...), '"'), r.names[c]...)
			out = append(out, `":`...)
			switch v := r.more[c][row].(type) {
			case int64:
				out = strconv.AppendInt(out, v, 10)
			case bool:
				out = strconv.AppendBool(out, v)
			case string:
				out = appendJSON(out, v)
			default:
				out = append(out, "null"...)
			}
		}
		out = append(out, '}')
	}
	out[0] = '['
	return string(append(out, ']'))
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
