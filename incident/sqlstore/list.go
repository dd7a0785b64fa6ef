package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// List implements [incident.Store].
func (s *Store) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	if limit <= 0 {
		limit = pageSize
	}
	due := !f.DueBy.IsZero()
	at, record, err := f.After(cursor)
	if err != nil {
		return incident.Listing{}, fmt.Errorf("sqlstore: listing: %w", err)
	}
	var heads []incident.Head
	err = s.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		heads = make([]incident.Head, 0, min(limit, pageSize))
		for _, part := range parts(f) {
			w := conditions(t.Dialect, part)
			order := " order by record"
			switch {
			case due:
				order = " order by next_look, record"
				if cursor != "" {
					w.add("(next_look, record) > (?, ?)", sqlkit.Micros(at), record)
				}
			case cursor != "":
				w.add("record > ?", record)
			}
			// One more than asked tells whether there is a next page.
			if err := t.Each(ctx, func(rows *sql.Rows) error {
				h, err := scanHead(rows)
				heads = append(heads, h)
				return err
			}, "select "+headNames+" from amends_record"+w.String()+order+" limit "+strconv.Itoa(limit+1), w.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return incident.Listing{}, fmt.Errorf("sqlstore: listing: %w", err)
	}
	if len(f.Incidents) > 1 {
		slices.SortFunc(heads, func(a, b incident.Head) int {
			if c := a.NextLook.Compare(b.NextLook); due && c != 0 {
				return c
			}
			return cmp.Compare(a.Record, b.Record)
		})
		heads = slices.CompactFunc(heads, func(a, b incident.Head) bool { return a.Record == b.Record }) // moved in between
	}
	l := incident.Listing{Heads: heads}
	if len(heads) > limit {
		l.Heads = heads[:limit]
		l.Cursor = f.Cursor(heads[limit-1])
	}
	return l, nil
}

// parts splits a filter by incidents, so that each part is read in order from an index.
func parts(f incident.Filter) []incident.Filter {
	if len(f.Incidents) < 2 {
		return []incident.Filter{f}
	}
	var all []incident.Filter
	for _, id := range slices.Compact(slices.Sorted(slices.Values(f.Incidents))) {
		part := f
		part.Incidents = []string{id}
		all = append(all, part)
	}
	return all
}

// where collects conditions, each with ? for its values.
type where struct {
	terms []string
	args  []any
}

func (w *where) add(term string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		term = strings.Replace(term, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.terms = append(w.terms, term)
}

// addIn adds a condition on a column that may have one of several values.
func addIn[S ~string](w *where, column string, values []S) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for n, v := range values {
		args[n] = string(v)
	}
	w.add(column+" in (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// String returns the where clause, if there is one.
func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " where " + strings.Join(w.terms, " and ")
}

// conditions are those of a filter. The kind of incidents is said in the words of
// the index of incidents: a value that comes as a parameter proves nothing to a
// planner. That a column is not null it sees by itself; saying so as well would
// only make it expect too few rows.
func conditions(d sqlkit.Dialect, f incident.Filter) *where {
	w := new(where)
	if f.Space != "" {
		w.add("space = ?", f.Space)
	}
	switch f.Kind {
	case "":
	case incident.KindIncident:
		w.add("kind = 'incident'")
	default:
		w.add("kind = ?", string(f.Kind))
	}
	addIn(w, "incident", f.Incidents)
	if f.Customer != "" {
		w.add("customer = ?", f.Customer)
	}
	addIn(w, "status", f.Statuses)
	if f.Mark != "" {
		w.add("marks <> ''") // in the words of their index
		w.add(d.Pick("instr(marks, ?) > 0", "strpos(marks, ?) > 0"), "\n"+f.Mark+"\n")
	}
	if !f.DueBy.IsZero() {
		w.add("next_look <= ?", sqlkit.Micros(f.DueBy))
	}
	return w
}
