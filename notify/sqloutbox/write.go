package sqloutbox

import (
	"cmp"
	"context"

	"github.com/amends-dev/amends/internal/sqlkit"
)

const itemRow = "key text, group_id bigint, lane_id bigint, recipient text, customer text, seq bigint, due_at bigint, added bigint, subject text, not_before bigint, task bigint, fallback text, origin text"

func (w *work) insertItems(ctx context.Context, rows []*row) error {
	b := sqlkit.NewRows(itemRow)
	bounds := make(map[*group][2]string)
	for _, r := range rows {
		if r.was == nowhere {
			b.Add(r.key, r.g.id, r.g.lane, r.recipient, r.customer, r.seq, r.dueAt, r.added, ownSubject(r), null(r.notBefore), orNull(flag(r.task)), orNull(r.fallback), orNull(r.origin))
			widen(bounds, r.g, r.key)
		}
	}
	n, err := w.t.ExecRows(ctx, b, b.Insert(w.t.Dialect, "amends_outbox_item"))
	if err == nil && n != int64(b.Len()) {
		err = errUnseen
	}
	if err != nil {
		return err
	}
	return w.widenGroups(ctx, bounds)
}

// widen notes that a group has a key.
func widen(bounds map[*group][2]string, g *group, key string) {
	b, ok := bounds[g]
	if !ok {
		b = [2]string{g.keyFrom, g.keyTo}
	}
	bounds[g] = [2]string{min(b[0], key), max(b[1], key)}
}

// widenGroups writes between which keys those of groups lie.
func (w *work) widenGroups(ctx context.Context, bounds map[*group][2]string) error {
	b := sqlkit.NewRows("id bigint, key_from text, key_to text")
	for g, keys := range bounds {
		if keys[0] < g.keyFrom || keys[1] > g.keyTo {
			b.Add(g.id, keys[0], keys[1])
			g.keyFrom, g.keyTo = keys[0], keys[1]
		}
	}
	_, err := w.t.ExecRows(ctx, b, `update amends_outbox_group as g
		set key_from = case when r.key_from < g.key_from then r.key_from else g.key_from end, key_to = case when r.key_to > g.key_to then r.key_to else g.key_to end
		from r where g.id = r.id`)
	return err
}

func ownSubject(r *row) any {
	if r.subject == r.g.subject {
		return nil
	}
	return r.subject
}

// orNull is for columns in which null stands for the zero value.
func orNull[T int64 | string](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
}

func null(v *int64) any {
	if v == nil {
		return nil
	}
	return *v
}

const openRow = "channel_id bigint find, phase bigint find, rank bigint find, due_at bigint find, key text find, attempts bigint, changed bigint, next_at bigint, wake bigint, token bigint, last_err text, class bigint, by_whom text, lane_id bigint, recipient text, seq bigint"

// openValues are the values of openRow but for the first five.
func (r *row) openValues() []any {
	values := []any{r.attempts, null(r.changed), null(r.nextAt), null(r.wake), orNull(r.token), orNull(r.lastErr), orNull(int64(r.class)), orNull(r.by), nil, nil, nil}
	switch r.phase {
	case capped, behind, manual:
		values[8], values[9], values[10] = r.g.lane, r.recipient, r.seq
	default:
	}
	return values
}

func (w *work) insertOpen(ctx context.Context, rows []*row) error {
	b := sqlkit.NewRows(openRow + ", group_id bigint")
	for _, r := range rows {
		if r.phase != 0 && r.was != inOpen {
			b.Add(append(append([]any{r.g.channelID, int64(r.phase), r.g.rank, r.dueAt, r.key}, r.openValues()...), r.g.id)...)
		}
	}
	n, err := w.t.ExecRows(ctx, b, b.Insert(w.t.Dialect, "amends_outbox_open"))
	return complete(n, b, err)
}

// here finds an open item: SQLite has them in the order of claims.
func (w *work) here() string {
	return w.t.Dialect.Pick("o.channel_id = r.channel_id and o.phase = r.phase and o.rank = r.rank and o.due_at = r.due_at and o.key = r.key", "o.key = r.key")
}

func (w *work) updateOpen(ctx context.Context, rows []*row) error {
	rows, err := w.launchRuns(ctx, rows)
	if err != nil {
		return err
	}
	b := sqlkit.NewRows(openRow + ", to_phase bigint")
	b.Grow(len(rows))
	for _, r := range rows {
		if r.phase != 0 && r.was == inOpen {
			b.Add(append(append([]any{r.g.channelID, int64(r.wasPhase), r.g.rank, r.dueAt, r.key}, r.openValues()...), int64(r.phase))...)
		}
	}
	n, err := w.t.ExecRows(ctx, b, `update amends_outbox_open as o set phase = r.to_phase, attempts = r.attempts, changed = r.changed, next_at = r.next_at, wake = r.wake,
		token = r.token, last_err = r.last_err, class = r.class, by_whom = r.by_whom, lane_id = r.lane_id, recipient = r.recipient, seq = r.seq from r where `+w.here())
	return complete(n, b, err)
}

// deleteOpen deletes what is not open any more. SQLite might find many of them by
// reading all that are in the same phase: that is no matter for those in flight,
// of which there are never many; the others it gets one by one.
func (w *work) deleteOpen(ctx context.Context, rows []*row) error {
	var landed []*row
	b := sqlkit.NewRows("channel_id bigint, phase bigint, rank bigint, due_at bigint, key text")
	add := func(r *row) { b.Add(r.g.channelID, int64(r.wasPhase), r.g.rank, r.dueAt, r.key) }
	for _, r := range rows {
		switch {
		case r.phase != 0 || r.was != inOpen:
		case w.t.Dialect == sqlkit.Postgres:
			add(r)
		case r.wasPhase == flying:
			landed = append(landed, r)
		default:
			n, err := w.t.Exec(ctx, "delete from amends_outbox_open where channel_id = $1 and phase = $2 and rank = $3 and due_at = $4 and key = $5",
				r.g.channelID, int64(r.wasPhase), r.g.rank, r.dueAt, r.key)
			if err == nil && n != 1 {
				err = errUnseen
			}
			if err != nil {
				return err
			}
		}
	}
	runs, left, err := w.runs(ctx, landed, flying)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.n != int64(len(r.rows)) {
			left = append(left, r.rows...)
			continue
		}
		if n, err := w.deleteRun(ctx, r); err != nil || n != r.n {
			return cmp.Or(err, errUnseen)
		}
	}
	for _, r := range left {
		add(r)
	}
	n, err := w.t.ExecRows(ctx, b, w.t.Dialect.Pick(
		"delete from amends_outbox_open where (channel_id, phase, rank, due_at, key) in (select r.channel_id, r.phase, r.rank, r.due_at, r.key from r)",
		"delete from amends_outbox_open as o using r where o.key = r.key"))
	return complete(n, b, err)
}

const outcomeRow = "key text, group_id bigint, state bigint, attempts bigint, changed bigint, token bigint, recipient text, receipt text, hash text, last_err text, class bigint, proof text, by_whom text, read_at bigint"

func (r *row) outcomeValues() []any {
	recipient := any(nil)
	if r.closed == sent {
		recipient = r.recipient
	}
	return []any{
		r.key, r.g.id, int64(r.closed), r.attempts, r.since(), orNull(r.token), recipient, orNull(r.receipt), orNull(r.hash),
		orNull(r.lastErr), orNull(int64(r.class)), orNull(r.proof), orNull(r.by), null(r.readAt),
	}
}

func (w *work) insertOutcomes(ctx context.Context, rows []*row) error {
	b := sqlkit.NewRows(outcomeRow)
	b.Grow(len(rows))
	for _, r := range rows {
		if r.phase == 0 && r.was != inOutcome {
			b.Add(r.outcomeValues()...)
		}
	}
	n, err := w.t.ExecRows(ctx, b, b.Insert(w.t.Dialect, "amends_outbox_outcome"))
	return complete(n, b, err)
}

func (w *work) updateOutcomes(ctx context.Context, rows []*row) error {
	b := sqlkit.NewRows(outcomeRow)
	for _, r := range rows {
		if r.phase == 0 && r.was == inOutcome {
			b.Add(r.outcomeValues()...)
		}
	}
	n, err := w.t.ExecRows(ctx, b, `update amends_outbox_outcome as x set state = r.state, attempts = r.attempts, changed = r.changed, token = r.token, recipient = r.recipient,
		receipt = r.receipt, hash = r.hash, last_err = r.last_err, class = r.class, proof = r.proof, by_whom = r.by_whom, read_at = r.read_at from r where x.key = r.key`)
	return complete(n, b, err)
}

func (w *work) deleteOutcomes(ctx context.Context, rows []*row) error {
	b := sqlkit.NewRows("key text")
	for _, r := range rows {
		if r.phase != 0 && r.was == inOutcome {
			b.Add(r.key)
		}
	}
	n, err := w.t.ExecRows(ctx, b, "delete from amends_outbox_outcome where key in (select r.key from r)")
	return complete(n, b, err)
}

// complete is an error if a statement did not change all rows that it was given.
func complete(n int64, b *sqlkit.Rows, err error) error {
	if err == nil && n != int64(b.Len()) {
		return errUnseen
	}
	return err
}
