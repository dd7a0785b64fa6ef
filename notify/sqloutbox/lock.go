package sqloutbox

import (
	"context"
	"database/sql"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// load returns items with how they stand; what there is none of is left out, and
// so is, unless it was known before, what was pruned.
func (w *work) load(ctx context.Context, keys []string) ([]*row, error) {
	if err := w.needItems(ctx, keys); err != nil {
		return nil, err
	}
	var rows, unknown []*row
	for _, key := range keys {
		if r := w.rows[key]; r != nil {
			rows = append(rows, r)
			if r.was == nowhere && !r.dirty {
				unknown = append(unknown, r)
			}
		}
	}
	return rows, w.needStands(ctx, unknown, 0)
}

// lockRows locks items, where the database has more than one writer.
func (w *work) lockRows(ctx context.Context, keys []string) error {
	if w.t.Dialect == sqlkit.SQLite || len(keys) == 0 {
		return nil
	}
	b := sqlkit.NewRows("key text")
	for _, key := range keys {
		b.Add(key)
	}
	if err := w.lock(ctx, b, "select o.key from amends_outbox_open o where o.key in (select r.key from r) order by o.key for update"); err != nil {
		return err
	}
	return w.lock(ctx, b, "select x.key from amends_outbox_outcome x where x.key in (select r.key from r) order by x.key for update")
}

// lockOpen locks those items that are open, and what is behind them in their
// threads, which their settlement may let come. It fills in how they stand, and
// returns those that are not open.
func (w *work) lockOpen(ctx context.Context, rows []*row) ([]*row, error) {
	b := sqlkit.NewRows("key text, lane_id bigint, recipient text")
	b.Grow(len(rows))
	byKey := make(map[string]*row, len(rows))
	for _, r := range rows {
		byKey[r.key] = r
		b.Add(r.key, r.g.lane, r.recipient)
	}
	var s openScan
	dest := s.dest()
	err := w.t.EachRow(ctx, b, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		if r := byKey[s.key]; r != nil {
			return s.fill(r)
		}
		return nil // it is behind one of them
	}, "select "+openColumns+` from amends_outbox_open o where o.key in (select r.key from r union all
		select m.key from r cross join amends_outbox_open m where m.lane_id = r.lane_id and m.recipient = r.recipient and m.phase in (5, 6)) order by o.key for update`)
	return unknown(rows), err
}

// lock runs a query that locks rows, of which nobody needs to know.
func (w *work) lock(ctx context.Context, b *sqlkit.Rows, query string) error {
	return w.t.EachRow(ctx, b, discard, "select count(*) from ("+query+") as locked")
}

func discard(rows *sql.Rows) error { return rows.Scan(new(int64)) }

func keysOf(rows []*row) []string {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}
	return keys
}
