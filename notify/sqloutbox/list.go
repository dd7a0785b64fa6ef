package sqloutbox

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// pageSize is how many items List returns if the caller leaves it open.
const pageSize = 1000

// List implements [notify.Outbox].
func (o *Outbox) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	if limit <= 0 {
		limit = pageSize
	}
	var page []notify.Stored
	next := ""
	if err := o.read(ctx, func(ctx context.Context, w *work) error {
		page, next = nil, ""
		want := selected(q.States)
		var broken error
		err := w.each(ctx, &q, cursor, limit+1, func(r *row) bool {
			if !want[r.state()] {
				return true
			}
			if len(page) == limit {
				next = page[limit-1].Key
				return false
			}
			s, err := r.stored()
			page, broken = append(page, s), err
			return err == nil
		})
		if err == nil {
			err = broken
		}
		return err
	}); err != nil {
		return nil, "", fmt.Errorf("sqloutbox: listing: %w", err)
	}
	return page, next, nil
}

// few is how many items are read and sorted, rather than looked for in the order of keys.
const few = 20_000

// each calls fn for the items of a query in the order of their keys, states
// aside, until it returns false. About as many as want are expected to do, 0: all.
func (w *work) each(ctx context.Context, q *notify.Query, cursor string, want int, fn func(*row) bool) error {
	chunk := min(max(want, 1), 4*pageSize)
	if want <= 0 {
		chunk = pageSize
	}
	keys, found, err := w.gather(ctx, q, cursor)
	if err != nil {
		return err
	}
	if !found {
		return w.ranged(ctx, q, cursor, chunk, fn)
	}
	for some := range slices.Chunk(keys, chunk) {
		rows, err := w.load(ctx, some)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.was != inPast && !fn(r) {
				return nil
			}
		}
	}
	return nil
}

// gather returns the keys of a query in order, if there is an index for it and
// they are not too many.
func (w *work) gather(ctx context.Context, q *notify.Query, cursor string) (keys []string, found bool, err error) {
	args := []any{cursor}
	var query string
	switch states := rareStates(q.States); {
	case q.Customer != "":
		args = append(args, q.Customer, q.Recipient)
		query = "select i.key from amends_outbox_group g cross join amends_outbox_item i where i.group_id = g.id and i.customer = $2 and i.key > $1 and ($3 = '' or i.recipient = $3)"
	case q.Recipient != "":
		args = append(args, q.Recipient)
		where, _ := filter(q, len(args)+1)
		query = "select i.key from (select distinct g.lane_id from amends_outbox_group g where true" + where + `) l cross join amends_outbox_item i cross join amends_outbox_group g
			where i.lane_id = l.lane_id and i.recipient = $2 and i.key > $1 and g.id = i.group_id`
	case q.Record == "" && q.Notice == "" && len(states) == 0:
		return nil, false, nil
	case q.Record == "" && q.Notice == "":
		query = "select k.key from (" + strings.Join(states, " union all ") + ") k cross join amends_outbox_group g where g.id = k.group_id"
	default:
		where, more := filter(q, 1)
		var n sql.NullInt64
		if _, err := w.t.One(ctx, []any{&n}, "select cast(sum(c.n) as bigint) from amends_outbox_group g cross join amends_outbox_count c where c.group_id = g.id"+where, more...); err != nil {
			return nil, false, err
		}
		if n.Int64 > few {
			return nil, false, nil
		}
		query = "select i.key from amends_outbox_group g cross join amends_outbox_item i where i.group_id = g.id and i.key > $1"
	}
	where, more := filter(q, len(args)+1)
	err = w.t.Each(ctx, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, query+where, append(args, more...)...)
	slices.Sort(keys)
	return keys, true, err
}

// rareStates returns how to find items of these states, if all of them are rare.
func rareStates(states []notify.State) []string {
	var queries []string
	for _, s := range states {
		switch s {
		case notify.StateDead:
			queries = append(queries, "select x.key, x.group_id from amends_outbox_outcome x where x.state = 5 and x.key > $1")
		case notify.StateTask:
			queries = append(queries, "select o.key, o.group_id from amends_outbox_open o where o.phase = 6 and o.key > $1")
		default:
			return nil
		}
	}
	slices.Sort(queries)
	return slices.Compact(queries)
}

// ranged reads the items of a query in the order of their keys, between which
// keys those of its groups lie.
func (w *work) ranged(ctx context.Context, q *notify.Query, cursor string, chunk int, fn func(*row) bool) error {
	groups, err := w.queried(ctx, q)
	if err != nil {
		return err
	}
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.keyFrom, b.keyFrom) })
	for len(groups) > 0 {
		from, to, n := groups[0].keyFrom, groups[0].keyTo, 1
		for n < len(groups) && groups[n].keyFrom <= to {
			to = max(to, groups[n].keyTo)
			n++
		}
		groups = groups[n:]
		for to > cursor {
			rows, err := w.between(ctx, q, from, cursor, to, chunk)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if r.was != inPast && !fn(r) {
					return nil
				}
			}
			if len(rows) < chunk {
				break
			}
			cursor = rows[len(rows)-1].key
		}
	}
	return nil
}

// between reads items of a query from a key on and after a cursor, with how they stand.
func (w *work) between(ctx context.Context, q *notify.Query, from, cursor, to string, limit int) ([]*row, error) {
	args := []any{from, cursor, to, int64(limit)}
	where, more := filter(q, len(args)+1)
	if where != "" {
		where = " and i.group_id in (select g.id from amends_outbox_group g where true" + where + ")"
	}
	var rows []*row
	if err := w.scanItems(ctx, func(r *row) { rows = append(rows, r) }, func(scan func(*sql.Rows) error) error {
		return w.t.Each(ctx, scan, "select "+itemColumns+" from amends_outbox_item i where i.key >= $1 and i.key > $2 and i.key <= $3"+where+" order by i.key limit $4", append(args, more...)...)
	}); err != nil {
		return nil, err
	}
	return rows, w.needStands(ctx, rows, 0)
}
