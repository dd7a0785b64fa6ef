package sqloutbox

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/amends-dev/amends/notify"
)

// bury gives up items that were claimed too often, or cannot be read, if that is
// still so, and adds their next ways in the same step.
func (o *Outbox) bury(ctx context.Context, r notify.ClaimRequest, keys []string) error {
	return o.write(ctx, func(ctx context.Context, w *work) error {
		w.now = r.At.UnixMicro()
		if err := w.needItems(ctx, keys); err != nil {
			return err
		}
		nexts := make(map[string]*next, len(keys))
		var adding []*next
		for _, key := range keys {
			if row := w.rows[key]; row != nil {
				n := nextOf(row)
				nexts[key] = n
				if n.key != "" {
					adding = append(adding, n)
				}
			}
		}
		if err := w.prepare(ctx, adding, nil); err != nil {
			return err
		}
		if err := w.hold(ctx, keys); err != nil {
			return err
		}
		for _, key := range keys {
			if row := w.rows[key]; row != nil {
				w.buryOne(ctx, row, nexts[key], r)
			}
		}
		return w.flush(ctx)
	})
}

func (w *work) buryOne(ctx context.Context, r *row, n *next, c notify.ClaimRequest) {
	switch r.phase {
	case ready, waiting, capped:
	case flying:
		if *r.wake > w.leaseNow(w.now) {
			return // somebody was faster
		}
	default:
		return
	}
	switch {
	case n.damage != nil:
		w.o.log.LogAttrs(ctx, slog.LevelError, "a damaged delivery was given up", slog.String("id", r.key), slog.Any("err", n.damage))
		r.lastErr, r.class = n.damage.Error(), notify.Lasting
	case c.MaxAttempts <= 0 || r.attempts < int64(c.MaxAttempts):
		return
	case r.lastErr == "":
		r.lastErr = fmt.Sprintf("gave up at the claim after %d attempts of which none was settled", r.attempts)
	}
	w.close(r, dead)
	w.addNext(r, n)
}

// writeOff gives up an item whose row cannot even be read, so that it holds up
// nobody. Its group is counted afresh, since nobody knows what it was counted as.
func (o *Outbox) writeOff(ctx context.Context, damaged *DamagedError, at int64) error {
	return o.write(ctx, func(ctx context.Context, w *work) error {
		n, err := w.t.Exec(ctx, "delete from amends_outbox_open where key = $1", damaged.Key)
		if err != nil {
			return err
		}
		if n == 0 { // it is not the row: give up rather than go round in circles
			return damaged
		}
		w.o.log.LogAttrs(ctx, slog.LevelError, "a damaged delivery was given up", slog.String("id", damaged.Key), slog.Any("err", damaged.Err))
		if _, err := w.t.Exec(ctx, `insert into amends_outbox_outcome (key, group_id, state, attempts, changed, last_err, class)
			select i.key, i.group_id, 5, 0, $2, $3, $4 from amends_outbox_item i where i.key = $1 on conflict do nothing`,
			damaged.Key, at, damaged.Error(), int64(notify.Lasting)); err != nil {
			return err
		}
		var group int64
		if known, err := w.t.One(ctx, []any{&group}, "select group_id from amends_outbox_item where key = $1", damaged.Key); err != nil || !known {
			return err
		}
		return w.recount(ctx, group)
	})
}

// recount counts the items of a group afresh.
func (w *work) recount(ctx context.Context, group int64) error {
	if _, err := w.t.Exec(ctx, "delete from amends_outbox_count where group_id = $1", group); err != nil {
		return err
	}
	for _, query := range []string{
		`select o.group_id, case o.phase when 4 then 2 when 6 then 3 else 1 end, o.due_at, case when o.changed is null then i.added else 0 end, 0, count(*), sum(case when o.attempts > 1 then 1 else 0 end)
			from amends_outbox_group g cross join amends_outbox_item i cross join amends_outbox_open o where g.id = $1 and i.group_id = g.id and o.channel_id = g.channel_id
			and o.phase in (1, 2, 3, 4, 5, 6) and o.rank = g.rank and o.due_at = i.due_at and o.key = i.key group by 1, 2, 3, 4`,
		`select x.group_id, x.state, 0, 0, 0, count(*), sum(case when x.attempts > 1 then 1 else 0 end) from amends_outbox_outcome x where x.group_id = $1 group by 1, 2`,
	} {
		if _, err := w.t.Exec(ctx, "insert into amends_outbox_count (group_id, state, due_at, since, shard, n, retried) "+query, group); err != nil {
			return err
		}
	}
	return nil
}
