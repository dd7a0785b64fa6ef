package sqloutbox

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// line is what items are counted by. Fresh ones, which stand as they were
// added, are counted by the time of that as well: so the first and the last of a
// million are known without looking at them, and processes that claim seldom meet.
type line struct {
	group int64
	state state
	due   int64 // of open ones
	since int64 // of fresh ones
}

type counted struct{ n, retried int64 }

// line is what a row is counted by.
func (r *row) line() line {
	l := line{group: r.g.id, state: r.state()}
	if l.state.open() {
		l.due = r.dueAt
		if r.changed == nil {
			l.since = r.added
		}
	}
	return l
}

// count adds n to a line.
func (w *work) count(l line, n int64, retried bool) {
	c := w.counts[l]
	c.n += n
	if retried {
		c.retried += n
	}
	w.counts[l] = c
}

// writeCounts adds what was counted. It comes last in a transaction, since
// others may wait for the same rows.
func (w *work) writeCounts(ctx context.Context) error {
	rows := sqlkit.NewRows("group_id bigint, state bigint, due_at bigint, since bigint, shard bigint, n bigint, retried bigint")
	var gone [][]any
	for _, l := range slices.SortedFunc(maps.Keys(w.counts), compareLines) { // in one order, so that no two wait for each other
		c := w.counts[l]
		if c == (counted{}) {
			continue
		}
		shard := w.o.shard
		if l.since != 0 || w.t.Dialect == sqlkit.SQLite {
			shard = 0
		}
		rows.Add(l.group, int64(l.state), l.due, l.since, shard, c.n, c.retried)
		if c.n < 0 {
			gone = append(gone, []any{l.group, int64(l.state), l.due, l.since, shard})
		}
	}
	clear(w.counts)
	if _, err := w.t.ExecRows(ctx, rows, `insert into amends_outbox_count (group_id, state, due_at, since, shard, n, retried)
		select r.group_id, r.state, r.due_at, r.since, r.shard, r.n, r.retried from r where true
		on conflict (group_id, state, due_at, since, shard) do update set n = amends_outbox_count.n + excluded.n, retried = amends_outbox_count.retried + excluded.retried`); err != nil {
		return err
	}
	return w.dropCounts(ctx, gone)
}

// dropCounts deletes counters that have come to nothing.
func (w *work) dropCounts(ctx context.Context, gone [][]any) error {
	if w.t.Dialect == sqlkit.SQLite { // one by one it finds them by all of their key
		for _, key := range gone {
			if _, err := w.t.Exec(ctx, "delete from amends_outbox_count where group_id = $1 and state = $2 and due_at = $3 and since = $4 and shard = $5 and n = 0 and retried = 0", key...); err != nil {
				return err
			}
		}
		return nil
	}
	b := sqlkit.NewRows("group_id bigint, state bigint, due_at bigint, since bigint, shard bigint")
	for _, key := range gone {
		b.Add(key...)
	}
	_, err := w.t.ExecRows(ctx, b, `delete from amends_outbox_count as c using r where c.group_id = r.group_id and c.state = r.state
		and c.due_at = r.due_at and c.since = r.since and c.shard = r.shard and c.n = 0 and c.retried = 0`)
	return err
}

func compareLines(a, b line) int {
	return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.state, b.state), cmp.Compare(a.due, b.due), cmp.Compare(a.since, b.since))
}
