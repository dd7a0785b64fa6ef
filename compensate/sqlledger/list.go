package sqlledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

const (
	pageSize = 1000   // entries of a page if nobody says
	mostPage = 10_000 // and at most
)

// List implements [compensate.Ledger]. A page holds at most 10,000 entries, however many are asked for.
func (l *Ledger) List(ctx context.Context, q compensate.Query, cursor string, limit int) ([]compensate.Entry, string, error) {
	if limit <= 0 {
		limit = pageSize
	}
	limit = min(limit, mostPage)
	var out []compensate.Entry
	err := l.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		p := page{t: t, q: &q, cursor: cursor, limit: limit + 1} // one more shows that there is a next page
		query, args, err := p.query(ctx)
		if err != nil {
			return err
		}
		out = make([]compensate.Entry, 0, min(limit+1, pageSize))
		if query == "" {
			return nil
		}
		return t.Each(ctx, func(rows *sql.Rows) error {
			r, err := scan(rows)
			if err != nil {
				return err
			}
			out = append(out, r.Entry)
			return nil
		}, query, args...)
	})
	if err != nil {
		return nil, "", fmt.Errorf("sqlledger: listing: %w", err)
	}
	if len(out) > limit {
		return out[:limit], out[limit-1].ID, nil
	}
	return out, "", nil
}

// page asks for one page. Its text says in which order to look where the planner
// of a database without statistics would guess, and walk through all entries.
// Limits stand in the text for the same reason.
type page struct {
	t      *sqlkit.Tx
	q      *compensate.Query
	cursor string
	limit  int
}

// query returns "" if there can be nothing.
func (p *page) query(ctx context.Context) (query string, args []any, err error) {
	few := p.q.Approved || p.q.Gestures || waits(p.q.States) // an index holds these alone
	switch {
	case len(p.q.Customers) > 0, few && len(p.q.Bases) == 0:
		return p.sorted()
	case len(p.q.Bases) == 0:
		return p.walk()
	}
	ranges, err := p.ranges(ctx)
	switch {
	case err != nil || len(ranges) == 0:
		return "", nil, err
	case len(ranges) > mostRanges:
		return p.sorted()
	}
	return p.merged(ranges)
}

// walk goes through all entries in order.
func (p *page) walk() (string, []any, error) {
	c := &clause{dialect: p.t.Dialect}
	if err := c.filter(p.q); err != nil {
		return "", nil, err
	}
	c.and("e.id > %s", p.cursor)
	return "select " + columns + withFile + " from amends_ledger_entry e" + c.where() + " order by e.id limit " + strconv.Itoa(p.limit), c.args, nil
}

// sorted finds all of what is not much, and sorts it.
func (p *page) sorted() (string, []any, error) {
	c := &clause{dialect: p.t.Dialect}
	if err := errors.Join(c.filter(p.q), c.parties(p.q)); err != nil {
		return "", nil, err
	}
	return "with f as materialized (select e.id from amends_ledger_entry e" + c.where() + "), " +
		"g as materialized (select f.id from f where f.id > " + c.bind(p.cursor) + " order by f.id limit " + strconv.Itoa(p.limit) + ") " +
		"select " + columns + withFile + " from g join amends_ledger_entry e on e.id = g.id order by e.id", c.args, nil
}

// mostRanges bounds the ranges of an index that one statement merges.
const mostRanges = 50

// ranges returns the bases of the query, each with a space in which somebody has something.
func (p *page) ranges(ctx context.Context) ([][2]string, error) {
	var all [][2]string
	if p.q.Space != "" {
		for i, basis := range p.q.Bases {
			if storable(basis) && !slices.Contains(p.q.Bases[:i], basis) {
				all = append(all, [2]string{basis, p.q.Space})
			}
		}
		return all, nil
	}
	c := &clause{dialect: p.t.Dialect}
	if err := c.anyOf("s.basis", p.q.Bases); err != nil {
		return nil, err
	}
	err := p.t.Each(ctx, func(rows *sql.Rows) error {
		var r [2]string
		err := rows.Scan(&r[0], &r[1])
		all = append(all, r)
		return err
	}, "select distinct s.basis, s.space from amends_ledger_sum s"+c.where(), c.args...)
	return all, err
}

// merged takes a page of each range, which the index has in order, and merges them.
func (p *page) merged(ranges [][2]string) (string, []any, error) {
	c := &clause{dialect: p.t.Dialect}
	q := *p.q
	q.Space = "" // each range says it
	if err := c.filter(&q); err != nil {
		return "", nil, err
	}
	c.and("e.id > %s", p.cursor)
	common := c.conds
	var text strings.Builder
	for i, r := range ranges {
		if i > 0 {
			text.WriteString(" union all ")
		}
		c.conds = slices.Clone(common)
		c.and("e.basis = %s", r[0])
		c.and("e.space = %s", r[1])
		fmt.Fprintf(&text, "select * from (select %s from amends_ledger_entry e%s order by e.id limit %d) x%d", columns+withFile, c.where(), p.limit, i)
	}
	fmt.Fprintf(&text, " order by 1 limit %d", p.limit)
	return text.String(), c.args, nil
}
