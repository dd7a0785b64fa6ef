package sqloutbox

import (
	"context"
	"slices"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// run is some open items that lie side by side in the order of claims, as those
// of one claim mostly do. SQLite, which keeps them in that order, reads and
// writes such a range in a third of the time that the single rows take; it has
// one writer, so that nobody gets in between.
type run struct {
	phase    phase
	first    *row
	from, to string // keys
	rows     []*row
	n        int64 // how many there are in the range, others included
}

// fewRows is how many rows are read and written one by one all the same.
const fewRows = 16

const runWhere = " o.channel_id = $1 and o.phase = $2 and o.rank = $3 and o.due_at = $4 and o.key between $5 and $6"

func (r *run) args(more ...any) []any {
	return append([]any{r.first.g.channelID, int64(r.phase), r.first.g.rank, r.first.dueAt, r.from, r.to}, more...)
}

// runs finds the runs among items of one phase, and returns those that are left.
func (w *work) runs(ctx context.Context, rows []*row, p phase) (runs []*run, left []*row, err error) {
	if w.t.Dialect != sqlkit.SQLite || len(rows) < fewRows {
		return nil, rows, nil
	}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, compareUrgency)
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].g.channelID == rows[0].g.channelID && rows[n].g.rank == rows[0].g.rank && rows[n].dueAt == rows[0].dueAt {
			n++
		}
		r := &run{phase: p, first: rows[0], from: rows[0].key, to: rows[n-1].key, rows: rows[:n]}
		rows = rows[n:]
		if len(r.rows) >= fewRows {
			if _, err := w.t.One(ctx, []any{&r.n}, "select count(*) from (select 1 from amends_outbox_open o where"+runWhere+" limit $7)", r.args(int64(2*len(r.rows)))...); err != nil {
				return nil, nil, err
			}
			if r.n < int64(2*len(r.rows)) {
				runs = append(runs, r)
				continue
			}
		}
		left = append(left, r.rows...)
	}
	return runs, left, nil
}

// launchRuns writes the leases of items that were ready, and returns the others.
func (w *work) launchRuns(ctx context.Context, rows []*row) ([]*row, error) {
	var ripe, left []*row
	for _, r := range rows {
		if r.phase == flying && r.was == inOpen && r.wasPhase == ready {
			ripe = append(ripe, r)
		} else {
			left = append(left, r)
		}
	}
	runs, others, err := w.runs(ctx, ripe, ready)
	if err != nil {
		return nil, err
	}
	left = append(left, others...)
	for _, r := range runs {
		if r.n != int64(len(r.rows)) {
			left = append(left, r.rows...)
			continue
		}
		n, err := w.t.Exec(ctx, `insert or ignore into amends_outbox_open (channel_id, phase, rank, due_at, key, group_id, attempts, changed, next_at, wake, token, last_err, class, by_whom)
			select o.channel_id, 4, o.rank, o.due_at, o.key, o.group_id, o.attempts + 1, $7, $8, $8, $9, o.last_err, o.class, o.by_whom from amends_outbox_open o where`+runWhere,
			r.args(*r.first.changed, *r.first.nextAt, r.first.token)...)
		if err == nil && n == r.n {
			n, err = w.deleteRun(ctx, r)
		}
		if err == nil && n != r.n {
			err = errUnseen
		}
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}

func (w *work) deleteRun(ctx context.Context, r *run) (int64, error) {
	return w.t.Exec(ctx, "delete from amends_outbox_open as o where"+runWhere, r.args()...)
}
