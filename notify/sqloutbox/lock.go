package sqloutbox

import (
	"context"
	"database/sql"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// load returns items with how they stand; what there is none of is left out.
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
	b := sqlkit.NewBulk("key text")
	for _, key := range keys {
		b.Add(key)
	}
	if err := w.lock(ctx, b, "select o.key from amends_outbox_open o where o.key in (select r.key from r) order by o.key for update"); err != nil {
		return err
	}
	return w.lock(ctx, b, "select x.key from amends_outbox_outcome x where x.key in (select r.key from r) order by x.key for update")
}

// lockOpen locks those items that are open, and what is behind them in their
// threads, which their settlement may let come. It notes the tokens of those that are leased.
func (w *work) lockOpen(ctx context.Context, rows []*row, tokens map[string]int64) error {
	b := sqlkit.NewBulk("key text, lane_id bigint, recipient text")
	for _, r := range rows {
		b.Add(r.key, r.g.lane, r.recipient)
	}
	return w.t.EachBulk(ctx, b, func(rows *sql.Rows) error {
		var key string
		var token sql.NullInt64
		if err := rows.Scan(&key, &token); err != nil {
			return err
		}
		tokens[key] = token.Int64
		return nil
	}, `select o.key, case o.phase when 4 then o.token end from amends_outbox_open o where o.key in (select r.key from r union all
		select m.key from r cross join amends_outbox_open m where m.lane_id = r.lane_id and m.recipient = r.recipient and m.phase in (5, 6)) order by o.key for update`)
}

// lock runs a query that locks rows, of which nobody needs to know.
func (w *work) lock(ctx context.Context, b *sqlkit.Bulk, query string) error {
	return w.t.EachBulk(ctx, b, discard, "select count(*) from ("+query+") as locked")
}

func discard(rows *sql.Rows) error { return rows.Scan(new(int64)) }

func keysOf(rows []*row) []string {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}
	return keys
}
