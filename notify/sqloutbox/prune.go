package sqloutbox

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// mostPruned is how many deliveries one transaction looks at.
const mostPruned = 500

// Prune deletes the rows of deliveries that have not changed since a time: of
// threads in which nothing is open, and nothing changed since. Choose it to lie
// before the oldest record that is open began. What is sent, given up, superseded
// or suppressed is pruned; tasks never are. It returns how many were pruned and
// stops once it has reached limit, give or take those of the last threads; 0: no
// limit. Each transaction is short. A repeat goes on; two at once share the work.
//
// What was pruned stays known as far as it can matter:
//
//   - Its key is taken for ever, and by what content: a repeat is ignored, other
//     content is refused, and a fallback is not added a second time.
//   - Its receipt, with that later deliveries of its thread answer what was sent.
//   - The order of its thread: what was superseded stays superseded.
//   - Tallies, except those of one recipient or customer.
//
// It is no longer listed, a cap does not count it, and what somebody says of it
// afterwards, such as that it came back, is refused with [notify.ErrRefused].
func (o *Outbox) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	p := pruning{Outbox: o, before: before.UnixMicro(), limit: limit}
	for p.more() {
		group, err := p.next(ctx)
		if err == nil && group == 0 {
			break
		}
		for s := sent; s <= bounced && err == nil; s++ {
			err = p.group(ctx, group, s)
		}
		if err != nil {
			return p.n, fmt.Errorf("sqloutbox: pruning: %w", err)
		}
	}
	return p.n, nil
}

// pruning is one call of Prune.
type pruning struct {
	*Outbox
	before int64
	limit  int
	n      int
	after  int64 // the last group that was looked at
}

func (p *pruning) more() bool { return p.limit <= 0 || p.n < p.limit }

// next returns the next group in which something is old enough, 0 if there is none.
func (p *pruning) next(ctx context.Context) (group int64, err error) {
	err = p.read(ctx, func(ctx context.Context, w *work) error {
		group = 0
		_, err := w.t.One(ctx, []any{&group}, `select g.id from amends_outbox_group g where g.id > $1 and exists (select 1 from amends_outbox_outcome x
			where x.group_id = g.id and x.state in (4, 5, 6, 7, 8) and x.changed < $2) order by g.id limit 1`, p.after, p.before)
		return err
	})
	p.after = group
	return group, err
}

// group prunes what is old enough of one group in one state.
func (p *pruning) group(ctx context.Context, group int64, s state) error {
	at, last := int64(unset), ""
	for p.more() {
		var keys []string
		from, after := at, last
		if err := p.read(ctx, func(ctx context.Context, w *work) error {
			keys = nil
			return w.t.Each(ctx, func(rows *sql.Rows) error {
				err := rows.Scan(&last, &at)
				keys = append(keys, last)
				return err
			}, `select x.key, x.changed from amends_outbox_outcome x where x.group_id = $1 and x.state = $2 and x.changed < $3 and (x.changed, x.key) > ($4, $5)
				order by x.changed, x.key limit $6`, group, int64(s), p.before, from, after, int64(mostPruned))
		}); err != nil || len(keys) == 0 {
			return err
		}
		n := 0
		if err := p.write(ctx, func(ctx context.Context, w *work) (err error) {
			n, err = w.prune(ctx, keys, p.before)
			return err
		}); err != nil {
			return err
		}
		p.n += n
		if len(keys) < mostPruned {
			return nil
		}
	}
	return nil
}

// prune prunes the threads that these items belong to, as far as they are old enough.
func (w *work) prune(ctx context.Context, keys []string, before int64) (int, error) {
	if err := w.needItems(ctx, keys); err != nil {
		return 0, err
	}
	var lanes []int64
	var ids []threadID
	for _, key := range keys {
		if r := w.rows[key]; r != nil && r.was != inPast {
			lanes, ids = append(lanes, r.g.lane), append(ids, r.thread())
		}
	}
	if err := w.lockLanes(ctx, lanes); err != nil { // nothing comes to these threads from now on
		return 0, err
	}
	slices.SortFunc(ids, compareThreads)
	ids = slices.Compact(ids)
	threads, closed, err := w.wholeThreads(ctx, ids)
	if err != nil {
		return 0, err
	}
	old := make(map[threadID][]*row)
	b := sqlkit.NewRows(threadRow)
	for _, id := range ids {
		young := slices.ContainsFunc(threads[id], func(r *row) bool { return r.was != inOutcome || r.since() >= before || !closed[r.key] })
		if !young && len(threads[id]) > 0 {
			old[id], w.threads[id] = threads[id], &thread{id: id}
			b.Add(id.lane, id.recipient)
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	if err := w.readThreads(ctx, b, make(map[threadID]string), w.t.Dialect.Pick("", " order by t.lane_id, t.recipient for update of t")); err != nil {
		return 0, err
	}
	var rows []*row
	for id, all := range old {
		t := w.threads[id]
		if !t.row {
			t.take(all[0], "")
			t.row = true
		}
		t.past = past{t.last, t.told}
		w.mind(t)
		rows = append(rows, all...)
	}
	return len(rows), w.reduce(ctx, rows)
}

// wholeThreads returns all items of threads, with how they stand, and which of
// them are closed. Those are locked; what is open is left to claims.
func (w *work) wholeThreads(ctx context.Context, ids []threadID) (threads map[threadID][]*row, closed map[string]bool, err error) {
	b := sqlkit.NewRows(threadRow)
	b.Grow(len(ids))
	for _, id := range ids {
		b.Add(id.lane, id.recipient)
	}
	var keys []string
	if err := w.t.EachRow(ctx, b, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, "select i.key from r cross join amends_outbox_item i where i.lane_id = r.lane_id and i.recipient = r.recipient"); err != nil {
		return nil, nil, err
	}
	of := sqlkit.NewRows("key text")
	of.Grow(len(keys))
	for _, key := range keys {
		of.Add(key)
	}
	closed = make(map[string]bool, len(keys))
	if err := w.t.EachRow(ctx, of, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		closed[key] = true
		return err
	}, "select x.key from amends_outbox_outcome x where x.key in (select r.key from r) order by x.key"+w.t.Dialect.Pick("", " for update")); err != nil {
		return nil, nil, err
	}
	rows, err := w.load(ctx, keys)
	threads = make(map[threadID][]*row)
	for _, r := range rows {
		threads[r.thread()] = append(threads[r.thread()], r)
	}
	return threads, closed, err
}

// reduced is what was pruned of one line.
type reduced struct{ n, retried, first, last int64 }

// reduce leaves of rows what is kept for ever.
func (w *work) reduce(ctx context.Context, rows []*row) error {
	slices.SortFunc(rows, compareTurns)
	kept := sqlkit.NewRows("key text, group_id bigint, state bigint, digest text, receipt text, fallback text")
	keys := sqlkit.NewRows("key text")
	kept.Grow(len(rows))
	keys.Grow(len(rows))
	sums := make(map[line]reduced)
	for _, r := range rows {
		n, err := r.item()
		if err != nil {
			return err
		}
		fallback := "" // of those that may be revived: to know whether another way was gone
		if r.closed == dead || r.closed == bounced {
			fallback = r.fallback
		}
		kept.Add(r.key, r.g.id, int64(r.closed), digest(&n), orNull(r.receipt), orNull(fallback))
		keys.Add(r.key)
		l := line{group: r.g.id, state: r.closed}
		w.count(l, -1, r.attempts > 1)
		sum, ok := sums[l]
		if !ok {
			sum.first, sum.last = r.since(), r.since()
		}
		sum.n++
		if r.attempts > 1 {
			sum.retried++
		}
		sum.first, sum.last = min(sum.first, r.since()), max(sum.last, r.since())
		sums[l] = sum
	}
	n, err := w.t.ExecRows(ctx, kept, kept.Insert(w.t.Dialect, "amends_outbox_past"))
	if err := complete(n, kept, err); err != nil {
		return err
	}
	for _, table := range []string{"amends_outbox_outcome", "amends_outbox_item"} {
		n, err := w.t.ExecRows(ctx, keys, "delete from "+table+" where key in (select r.key from r)")
		if err := complete(n, keys, err); err != nil {
			return err
		}
	}
	if err := w.writeThreads(ctx); err != nil {
		return err
	}
	if err := w.writeCounts(ctx); err != nil {
		return err
	}
	b := sqlkit.NewRows("group_id bigint, state bigint, n bigint, retried bigint, first bigint, last bigint")
	for _, l := range slices.SortedFunc(maps.Keys(sums), compareLines) {
		b.Add(l.group, int64(l.state), sums[l].n, sums[l].retried, sums[l].first, sums[l].last)
	}
	_, err = w.t.ExecRows(ctx, b, `insert into amends_outbox_pruned (group_id, state, n, retried, first, last)
		select r.group_id, r.state, r.n, r.retried, r.first, r.last from r where true
		on conflict (group_id, state) do update set n = amends_outbox_pruned.n + excluded.n, retried = amends_outbox_pruned.retried + excluded.retried,
		first = case when excluded.first < amends_outbox_pruned.first then excluded.first else amends_outbox_pruned.first end,
		last = case when excluded.last > amends_outbox_pruned.last then excluded.last else amends_outbox_pruned.last end`)
	return err
}
