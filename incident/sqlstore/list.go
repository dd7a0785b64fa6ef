package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// List implements [incident.Store].
func (s *Store) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	if limit <= 0 {
		limit = pageSize
	}
	due := !f.DueBy.IsZero()
	from, err := parseCursor(cursor, due)
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
					w.add("(next_look, record) > (?, ?)", sqlkit.Micros(from.at), from.record)
				}
			case cursor != "":
				w.add("record > ?", from.record)
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
	key := func(h incident.Head) place {
		if due {
			return place{h.NextLook, h.Record}
		}
		return place{record: h.Record}
	}
	if len(f.Incidents) > 1 {
		slices.SortFunc(heads, func(a, b incident.Head) int { return key(a).compare(key(b)) })
		heads = slices.CompactFunc(heads, func(a, b incident.Head) bool { return a.Record == b.Record }) // moved in between
	}
	l := incident.Listing{Heads: heads}
	if len(heads) > limit {
		l.Heads = heads[:limit]
		l.Cursor = key(heads[limit-1]).cursor()
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

// conditions are those of a filter. What partial indexes ask for is said in
// their words, because a value that comes as a parameter proves nothing to a planner.
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
	if len(f.Incidents) > 0 {
		addIn(w, "incident", f.Incidents)
		w.add("incident <> ''")
	}
	if f.Customer != "" {
		w.add("customer = ? and customer <> ''", f.Customer)
	}
	addIn(w, "status", f.Statuses)
	if f.Mark != "" {
		w.add(d.Pick("instr(marks, ?) > 0", "strpos(marks, ?) > 0"), "\n"+f.Mark+"\n")
	}
	if !f.DueBy.IsZero() {
		w.add("next_look <= ? and next_look is not null", sqlkit.Micros(f.DueBy))
	}
	return w
}

// place orders heads: by time, if they are listed as due, then by ID.
type place struct {
	at     time.Time
	record string
}

func (p place) compare(q place) int {
	return cmp.Or(p.at.Compare(q.at), cmp.Compare(p.record, q.record))
}

// A cursor is the last place of a page: "r<record>", or "d<microseconds> <record>".
func (p place) cursor() string {
	if p.at.IsZero() {
		return "r" + p.record
	}
	return "d" + strconv.FormatInt(sqlkit.Micros(p.at), 10) + " " + p.record
}

func parseCursor(cursor string, due bool) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	if id, ok := strings.CutPrefix(cursor, "r"); ok && !due {
		return place{record: id}, nil
	}
	if rest, ok := strings.CutPrefix(cursor, "d"); ok && due {
		at, id, _ := strings.Cut(rest, " ")
		if micro, err := strconv.ParseInt(at, 10, 64); err == nil {
			return place{sqlkit.Time(micro), id}, nil
		}
	}
	return place{}, errors.New("the cursor is not of this listing: begin with an empty one")
}
