package sqloutbox

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// needItems reads what was added of these items, as far as they are not known
// yet, or what is left of them. What there is none of stays unknown.
func (w *work) needItems(ctx context.Context, keys []string) error {
	asked := make([]string, 0, len(keys))
	for _, key := range keys {
		if _, known := w.rows[key]; !known {
			w.rows[key] = nil
			asked = append(asked, key)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	if err := w.readItems(ctx, asked); err != nil {
		return err
	}
	return w.needPast(ctx, slices.DeleteFunc(asked, func(key string) bool { return w.rows[key] != nil }))
}

// readItems reads what was added of items.
func (w *work) readItems(ctx context.Context, asked []string) error {
	keep := func(r *row) {
		if known, asked := w.rows[r.key]; asked && known == nil { // others may lie between
			w.rows[r.key] = r
		}
	}
	if w.t.Dialect == sqlkit.SQLite && len(asked) >= fewRows {
		from, to := slices.Min(asked), slices.Max(asked)
		most := int64(len(asked) + len(asked)/4)
		var n int64
		if _, err := w.t.One(ctx, []any{&n}, "select count(*) from (select 1 from amends_outbox_item where key between $1 and $2 limit $3)", from, to, most); err != nil {
			return err
		}
		if n < most { // they lie side by side, which costs less to read
			return w.scanItems(ctx, keep, func(scan func(*sql.Rows) error) error {
				return w.t.Each(ctx, scan, "select "+itemColumns+" from amends_outbox_item i where i.key between $1 and $2", from, to)
			})
		}
	}
	b := sqlkit.NewRows("key text")
	b.Grow(len(asked))
	for _, key := range asked {
		b.Add(key)
	}
	return w.scanItems(ctx, keep, func(scan func(*sql.Rows) error) error {
		return w.t.EachRow(ctx, b, scan, "select "+itemColumns+" from r cross join amends_outbox_item i where i.key = r.key")
	})
}

// scanItems runs a query for the columns of items and calls keep for each of
// them, with its group.
func (w *work) scanItems(ctx context.Context, keep func(*row), query func(scan func(*sql.Rows) error) error) error {
	var s itemScan
	dest := s.dest()
	var all []found
	if err := query(func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return damagedf(s.r.key, "%w", err)
		}
		all = append(all, found{s.row(), s.group, s.subject.Valid})
		return nil
	}); err != nil {
		return err
	}
	if err := w.complete(ctx, all); err != nil {
		return err
	}
	for _, f := range all {
		keep(f.r)
	}
	return nil
}

// needStands finds out how items stand that are known otherwise. Most of them
// are expected to be in one phase, 0 if in any.
func (w *work) needStands(ctx context.Context, rows []*row, most phase) error {
	left, err := w.readOpen(ctx, rows, most)
	if err == nil && w.t.Dialect == sqlkit.SQLite && most != 0 {
		left, err = w.readOpen(ctx, left, 0)
	}
	if err != nil || len(left) == 0 {
		return err
	}
	if left, err = w.readOutcomes(ctx, left); err == nil && len(left) > 0 {
		left, err = w.readOpen(ctx, left, 0) // revived between the two looks
	}
	if err != nil || len(left) == 0 {
		return err
	}
	for _, r := range left {
		w.rows[r.key] = r
	}
	if err := w.needPast(ctx, keysOf(left)); err != nil { // pruned meanwhile
		return err
	}
	if left = unknown(left); len(left) > 0 {
		return damagedf(left[0].key, "it neither is open nor has an outcome")
	}
	return nil
}

// readOpen fills in those that are open, and returns the others.
func (w *work) readOpen(ctx context.Context, rows []*row, most phase) ([]*row, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	left := rows
	if most != 0 {
		var runs []*run
		var err error
		if runs, left, err = w.runs(ctx, rows, most); err != nil {
			return nil, err
		}
		for _, r := range runs {
			if err := w.readRun(ctx, r); err != nil {
				return nil, err
			}
		}
	}
	if err := w.readEach(ctx, left, most); err != nil {
		return nil, err
	}
	return unknown(rows), nil
}

// readRun fills in what is found in a range of open items.
func (w *work) readRun(ctx context.Context, r *run) error {
	var s openScan
	dest := s.dest()
	i := 0 // both are in the order of keys
	return w.t.Each(ctx, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		for i < len(r.rows) && r.rows[i].key < s.key {
			i++
		}
		if i < len(r.rows) && r.rows[i].key == s.key {
			return s.fill(r.rows[i])
		}
		return nil
	}, "select "+openColumns+" from amends_outbox_open o where"+runWhere+" order by o.key", r.args()...)
}

// readEach fills in those items that are open.
func (w *work) readEach(ctx context.Context, rows []*row, most phase) error {
	b := sqlkit.NewRows("channel_id bigint, rank bigint, due_at bigint, key text")
	b.Grow(len(rows))
	byKey := make(map[string]*row, len(rows))
	for _, r := range rows {
		byKey[r.key] = r
		b.Add(r.g.channelID, r.g.rank, r.dueAt, r.key)
	}
	where := "o.key = r.key"
	if w.t.Dialect == sqlkit.SQLite {
		where = "o.channel_id = r.channel_id and o.phase in (1, 2, 3, 4, 5, 6) and o.rank = r.rank and o.due_at = r.due_at and o.key = r.key"
		if most != 0 {
			where = fmt.Sprintf("o.channel_id = r.channel_id and o.phase = %d and o.rank = r.rank and o.due_at = r.due_at and o.key = r.key", most)
		}
	}
	var s openScan
	dest := s.dest()
	return w.t.EachRow(ctx, b, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		return s.fill(byKey[s.key])
	}, "select "+openColumns+" from r cross join amends_outbox_open o where "+where)
}

// readOutcomes fills in those that have an outcome, and returns the others.
func (w *work) readOutcomes(ctx context.Context, rows []*row) ([]*row, error) {
	b := sqlkit.NewRows("key text")
	b.Grow(len(rows))
	byKey := make(map[string]*row, len(rows))
	for _, r := range rows {
		byKey[r.key] = r
		b.Add(r.key)
	}
	var s outcomeScan
	dest := s.dest()
	err := w.t.EachRow(ctx, b, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		return s.fill(byKey[s.key])
	}, "select "+outcomeColumns+" from r cross join amends_outbox_outcome x where x.key = r.key")
	return unknown(rows), err
}

// unknown returns the rows of which it is not known how they stand.
func unknown(rows []*row) []*row {
	var left []*row
	for _, r := range rows {
		if r.was == nowhere {
			left = append(left, r)
		}
	}
	return left
}
