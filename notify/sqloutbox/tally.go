package sqloutbox

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// unset is the zero time in microseconds.
const unset = -62_135_596_800_000_000

// tally adds up.
type tally struct {
	lines  map[tallyKey]*notify.TallyLine
	times  map[tallyKey]*span
	oldest *int64
}

type tallyKey struct {
	notice, kind, channel string
	state                 state
}

// span is from the first to the last of some times.
type span struct{ from, to int64 }

func newTally() *tally {
	return &tally{lines: make(map[tallyKey]*notify.TallyLine), times: make(map[tallyKey]*span)}
}

// add counts n items of a group in a state.
func (t *tally) add(g *group, s state, n, retried int64) {
	k := tallyKey{g.notice, g.kind, g.channel, s}
	l := t.lines[k]
	if l == nil {
		l = &notify.TallyLine{Notice: g.notice, Kind: g.kind, Channel: g.channel, State: s.public()}
		t.lines[k] = l
	}
	l.N += n
	l.Retried += retried
}

// at notes when one of those that are counted got into its state.
func (t *tally) at(g *group, s state, at int64) {
	k := tallyKey{g.notice, g.kind, g.channel, s}
	if have := t.times[k]; have != nil {
		have.from, have.to = min(have.from, at), max(have.to, at)
		return
	}
	t.times[k] = &span{at, at}
}

// due notes when an open one should have arrived.
func (t *tally) due(at int64) {
	if at != unset && (t.oldest == nil || at < *t.oldest) {
		t.oldest = &at
	}
}

func (t *tally) result() notify.Tally {
	var out notify.Tally
	for k, l := range t.lines {
		if l.N <= 0 {
			continue
		}
		if s := t.times[k]; s != nil {
			l.First, l.Last = sqlkit.Time(s.from), sqlkit.Time(s.to)
		}
		out.Counts = append(out.Counts, *l)
	}
	slices.SortFunc(out.Counts, func(a, b notify.TallyLine) int {
		return cmp.Or(strings.Compare(a.Notice, b.Notice), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Channel, b.Channel), strings.Compare(string(a.State), string(b.State)))
	})
	if t.oldest != nil {
		out.OldestDue = sqlkit.Time(*t.oldest)
	}
	return out
}

// Tally implements [notify.Outbox].
func (o *Outbox) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	var out notify.Tally
	if err := o.read(ctx, func(ctx context.Context, w *work) error {
		// How far the notices are comes first: what is counted after that holds
		// all items of the pages by which one was done. The other way round a page
		// that comes in between would be missing from a notice that is done.
		var done notify.Tally
		if err := w.expansions(ctx, &q, &done); err != nil {
			return err
		}
		t := newTally()
		if err := w.tally(ctx, &q, t); err != nil {
			return err
		}
		out = t.result()
		out.Expansions = done.Expansions
		return nil
	}); err != nil {
		return notify.Tally{}, fmt.Errorf("sqloutbox: counting: %w", err)
	}
	return out, nil
}

func (w *work) expansions(ctx context.Context, q *notify.Query, out *notify.Tally) error {
	query, args := "select e.notice, e.cursor, e.done, e.items from amends_outbox_expansion e where true", []any(nil)
	for _, f := range []struct{ column, value string }{{"notice", q.Notice}, {"record", q.Record}, {"space", q.Space}} {
		if f.value != "" {
			args = append(args, f.value)
			query += fmt.Sprintf(" and e.%s = $%d", f.column, len(args))
		}
	}
	return w.t.Each(ctx, func(rows *sql.Rows) error {
		var e notify.Expansion
		var done int64
		err := rows.Scan(&e.Notice, &e.Cursor, &done, &e.Items)
		e.Done = done != 0
		out.Expansions = append(out.Expansions, e)
		return err
	}, query+" order by e.notice", args...)
}

// tally counts what a query selects. That of all recipients is read from
// counters, that of one is counted. What was pruned comes in the same statement,
// so that nothing is missed or counted twice that is pruned meanwhile.
func (w *work) tally(ctx context.Context, q *notify.Query, t *tally) error {
	want := selected(q.States)
	if q.Recipient != "" || q.Customer != "" {
		return w.each(ctx, q, "", 0, func(r *row) bool {
			if s := r.state(); want[s] {
				retried := int64(0)
				if r.attempts > 1 {
					retried = 1
				}
				t.add(r.g, s, 1, retried)
				t.at(r.g, s, r.since())
				if s.open() {
					t.due(r.dueAt)
				}
			}
			return true
		})
	}
	if _, err := w.queried(ctx, q); err != nil {
		return err
	}
	again, flying := make(map[int64]bool), make(map[int64]bool)
	closed := sqlkit.NewRows("group_id bigint, state bigint")
	seen := make(map[line]bool)
	where, args := filter(q, 1)
	if err := w.t.Each(ctx, func(rows *sql.Rows) error {
		var l line
		var fresh bool
		var n, retried int64
		var first, last sql.NullInt64
		if err := rows.Scan(&l.group, &l.state, &l.due, &fresh, &n, &retried, &first, &last); err != nil {
			return err
		}
		g := w.groups[l.group]
		if g == nil || n == 0 || !want[l.state] { // a group that was added meanwhile is counted the next time
			return nil
		}
		t.add(g, l.state, n, retried)
		switch {
		case fresh: // or pruned: the times are known
			t.at(g, l.state, first.Int64)
			t.at(g, l.state, last.Int64)
		case l.state == pending:
			again[g.id] = true
		case l.state == leased:
			flying[g.channelID] = true
		default:
			if k := (line{group: g.id, state: l.state}); !seen[k] {
				seen[k] = true
				closed.Add(g.id, int64(l.state))
			}
		}
		if l.state.open() && n > 0 {
			t.due(l.due)
		}
		return nil
	}, `select c.group_id, c.state, c.due_at, c.since <> 0, cast(sum(c.n) as bigint), cast(sum(c.retried) as bigint), min(c.since), max(c.since)
		from amends_outbox_group g cross join amends_outbox_count c where c.group_id = g.id`+where+` group by c.group_id, c.state, c.due_at, c.since <> 0
		union all select p.group_id, p.state, 0, true, p.n, p.retried, p.first, p.last
		from amends_outbox_group g cross join amends_outbox_pruned p where p.group_id = g.id`+where, args...); err != nil {
		return err
	}
	return w.times(ctx, t, again, flying, closed)
}

// times finds out since when the first and the last of those are as they are
// that are not fresh.
func (w *work) times(ctx context.Context, t *tally, again, channels map[int64]bool, closed *sqlkit.Rows) error {
	scan := func(rows *sql.Rows) error {
		var group int64
		var s state
		var first, last sql.NullInt64
		if err := rows.Scan(&group, &s, &first, &last); err != nil {
			return err
		}
		if g := w.groups[group]; g != nil && first.Valid {
			t.at(g, s, first.Int64)
			t.at(g, s, last.Int64)
		}
		return nil
	}
	ids := func(set map[int64]bool) *sqlkit.Rows {
		b := sqlkit.NewRows("id bigint")
		for id := range set {
			b.Add(id)
		}
		return b
	}
	if err := w.t.EachRow(ctx, closed, scan, `select r.group_id, r.state, (select min(x.changed) from amends_outbox_outcome x where x.group_id = r.group_id and x.state = r.state),
		(select max(x.changed) from amends_outbox_outcome x where x.group_id = r.group_id and x.state = r.state) from r`); err != nil {
		return err
	}
	if err := w.t.EachRow(ctx, ids(again), scan, `select r.id, 1, (select min(o.changed) from amends_outbox_open o where o.group_id = r.id and o.changed is not null and o.phase in (1, 2, 3, 5)),
		(select max(o.changed) from amends_outbox_open o where o.group_id = r.id and o.changed is not null and o.phase in (1, 2, 3, 5)) from r`); err != nil {
		return err
	}
	return w.t.EachRow(ctx, ids(channels), scan, `select o.group_id, 2, min(o.changed), max(o.changed) from r cross join amends_outbox_open o
		where o.channel_id = r.id and o.phase = 4 and o.wake is not null group by o.group_id`)
}
