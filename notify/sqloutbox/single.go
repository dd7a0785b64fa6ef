package sqloutbox

import (
	"context"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// addSingle adds items that need not mind others. If it is known that no others
// have keys between theirs, SQLite copies what is to be sent from the one table
// to the other.
func (w *work) addSingle(ctx context.Context, items []entry, gap bool) error {
	if len(items) == 0 {
		return nil
	}
	rows := sqlkit.NewRows(itemRow)
	rows.Grow(len(items))
	copied := gap && w.t.Dialect == sqlkit.SQLite
	bounds := make(map[*group][2]string)
	var b boxed
	for i := range items {
		n := &items[i]
		b.turn(n.g)
		fallback, err := encodeWays(n.Fallback)
		if err != nil {
			return err
		}
		subject, notBefore := any(nil), any(nil)
		if n.Subject != n.g.subject {
			subject = n.Subject
		}
		if !n.NotBefore.IsZero() {
			at := n.NotBefore.UnixMicro()
			notBefore = at
			copied = copied && at <= w.now
		}
		copied = copied && !n.Task && n.g == items[0].g
		rows.Add(n.Key, b.group, b.lane, n.Recipient, n.Customer, b.seq.of(int64(n.Seq)), b.due.of(n.DueAt.UnixMicro()), b.now.of(w.now), subject, notBefore, orNull(flag(n.Task)), orNull(fallback), nil)
		l := line{group: n.g.id, state: pending, due: n.DueAt.UnixMicro(), since: w.now}
		if n.Task {
			l.state = task
		}
		w.count(l, 1, false)
		widen(bounds, n.g, n.Key)
	}
	n, err := w.t.ExecRows(ctx, rows, rows.Insert(w.t.Dialect, "amends_outbox_item"))
	if err := complete(n, rows, err); err != nil {
		return err
	}
	if !copied {
		err = w.openSingle(ctx, items)
	} else {
		err = w.copySingle(ctx, items)
	}
	if err != nil {
		return err
	}
	return w.widenGroups(ctx, bounds)
}

// copySingle has items sent that are all ready, and that alone lie between the keys of the first and the last.
func (w *work) copySingle(ctx context.Context, items []entry) error {
	from, to := keySpan(items)
	g := items[0].g
	n, err := w.t.Exec(ctx, `insert or ignore into amends_outbox_open (channel_id, phase, rank, due_at, key, group_id, attempts)
		select $1, 1, $2, i.due_at, i.key, $3, 0 from amends_outbox_item i where i.key between $4 and $5`, g.channelID, g.rank, g.id, from, to)
	if err == nil && n != int64(len(items)) {
		err = errUnseen
	}
	return err
}

// openSingle has items sent.
func (w *work) openSingle(ctx context.Context, items []entry) error {
	open := sqlkit.NewRows("channel_id bigint, phase bigint, rank bigint, due_at bigint, key text, group_id bigint, attempts bigint, next_at bigint, wake bigint, lane_id bigint, recipient text, seq bigint")
	open.Grow(len(items))
	for i := range items {
		n := &items[i]
		p, nextAt := ready, any(nil)
		lane, recipient, seq := any(nil), any(nil), any(nil)
		if at := n.NotBefore.UnixMicro(); !n.NotBefore.IsZero() && at > w.now {
			p, nextAt = waiting, at
		}
		if n.Task {
			p, lane, recipient, seq = manual, n.g.lane, n.Recipient, int64(n.Seq)
		}
		open.Add(n.g.channelID, int64(p), n.g.rank, n.DueAt.UnixMicro(), n.Key, n.g.id, int64(0), nextAt, nextAt, lane, recipient, seq)
	}
	n, err := w.t.ExecRows(ctx, open, open.Insert(w.t.Dialect, "amends_outbox_open"))
	return complete(n, open, err)
}

// boxed keeps numbers that come again and again as the interfaces that
// statements take, so that a page of a thousand does not make thousands of them.
type boxed struct {
	g             *group
	group, lane   any
	seq, due, now box
}

func (b *boxed) turn(g *group) {
	if b.g != g {
		b.g, b.group, b.lane = g, g.id, g.lane
	}
}

type box struct {
	v   int64
	any any
}

func (b *box) of(v int64) any {
	if b.any == nil || b.v != v {
		b.v, b.any = v, v
	}
	return b.any
}
