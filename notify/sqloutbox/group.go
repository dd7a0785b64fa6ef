package sqloutbox

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// shape is what the items of a group have in common, and what they are told apart by.
type shape struct {
	record, notice, space, channel, thread, kind string
	rank                                         int64
	supersedable                                 bool
}

// shapeOf returns the sort of an item. The complement turns the order round
// without overflowing.
func shapeOf(n *notify.Item) shape {
	return shape{n.Record, n.Notice, n.Space, n.Channel, n.Thread, n.Kind, ^int64(n.Priority), n.Supersedable}
}

// group is a shape as the tables know it.
type group struct {
	shape
	id, lane, channelID int64
	subject             string
	keyFrom, keyTo      string
}

const groupColumns = "g.id, g.lane_id, g.channel_id, g.record, g.notice, g.space, g.channel, g.thread, g.kind, g.rank, g.supersedable, g.subject, g.key_from, g.key_to"

func scanGroup(rows *sql.Rows) (*group, error) {
	g := new(group)
	var supersedable int64
	err := rows.Scan(&g.id, &g.lane, &g.channelID, &g.record, &g.notice, &g.space, &g.channel, &g.thread, &g.kind, &g.rank, &supersedable, &g.subject, &g.keyFrom, &g.keyTo)
	g.supersedable = supersedable != 0
	return g, err
}

func (w *work) keepGroup(rows *sql.Rows) error {
	g, err := scanGroup(rows)
	if err != nil {
		return fmt.Errorf("group %d: %w", g.id, err)
	}
	w.groups[g.id], w.shapes[g.shape] = g, g
	return nil
}

// needGroups reads the groups with these numbers, as far as they are not known yet.
func (w *work) needGroups(ctx context.Context, ids ...int64) error {
	b := sqlkit.NewRows("id bigint")
	asked := make(map[int64]bool)
	for _, id := range ids {
		if w.groups[id] == nil && !asked[id] {
			asked[id] = true
			b.Add(id)
		}
	}
	return w.t.EachRow(ctx, b, w.keepGroup, "select "+groupColumns+" from r cross join amends_outbox_group g where g.id = r.id")
}

const shapeColumns = "record text, notice text, space text, channel text, thread text, kind text, rank bigint, supersedable bigint"

func (s *shape) values() []any {
	return []any{s.record, s.notice, s.space, s.channel, s.thread, s.kind, s.rank, flag(s.supersedable)}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// needShapes finds the groups of shapes, and makes those that are missing: subject and
// key are those of their first items.
func (w *work) needShapes(ctx context.Context, want map[shape]*notify.Item) error {
	missing, err := w.findShapes(ctx, want)
	if err != nil || len(missing) == 0 {
		return err
	}
	lanes, err := w.needLanes(ctx, missing)
	if err != nil {
		return err
	}
	b := sqlkit.NewRows(shapeColumns + ", lane_id bigint, channel_id bigint, subject text, key_from text")
	for _, s := range missing {
		l := lanes[laneName{s.channel, s.thread, s.space}]
		b.Add(append(s.values(), l.id, l.channel, want[s].Subject, want[s].Key)...)
	}
	if _, err := w.t.ExecRows(ctx, b, `insert into amends_outbox_group (record, notice, space, channel, thread, kind, rank, supersedable, lane_id, channel_id, subject, key_from, key_to)
		select r.record, r.notice, r.space, r.channel, r.thread, r.kind, r.rank, r.supersedable, r.lane_id, r.channel_id, r.subject, r.key_from, r.key_from
		from r where true on conflict do nothing`); err != nil {
		return err
	}
	if missing, err = w.findShapes(ctx, want); err == nil && len(missing) > 0 {
		return errUnseen
	}
	return err
}

// findShapes reads groups by their shapes, and returns those that there are none of, in order.
func (w *work) findShapes(ctx context.Context, want map[shape]*notify.Item) ([]shape, error) {
	b := sqlkit.NewRows(shapeColumns)
	for s := range want {
		if w.shapes[s] == nil {
			b.Add(s.values()...)
		}
	}
	if err := w.t.EachRow(ctx, b, w.keepGroup, "select "+groupColumns+` from r cross join amends_outbox_group g
		where g.record = r.record and g.notice = r.notice and g.space = r.space and g.channel = r.channel
		and g.thread = r.thread and g.kind = r.kind and g.rank = r.rank and g.supersedable = r.supersedable`); err != nil {
		return nil, err
	}
	var missing []shape
	for s := range want {
		if w.shapes[s] == nil {
			missing = append(missing, s)
		}
	}
	slices.SortFunc(missing, compareShapes)
	return missing, nil
}

func compareShapes(a, b shape) int {
	return cmp.Or(strings.Compare(a.record, b.record), strings.Compare(a.notice, b.notice), strings.Compare(a.space, b.space),
		strings.Compare(a.channel, b.channel), strings.Compare(a.thread, b.thread), strings.Compare(a.kind, b.kind),
		cmp.Compare(a.rank, b.rank), cmp.Compare(flag(a.supersedable), flag(b.supersedable)))
}

// errUnseen: a row was added by another transaction, and ours cannot see it.
var errUnseen = errors.New("another transaction has added to the same notices meanwhile, and this one cannot see it: roll it back and begin again, if possible at isolation level read committed")

type laneName struct{ channel, thread, space string }

type lane struct{ id, channel int64 }

// needLanes finds or makes the lanes of shapes.
func (w *work) needLanes(ctx context.Context, shapes []shape) (map[laneName]lane, error) {
	channels, lanes := sqlkit.NewRows("name text"), sqlkit.NewRows("channel text, thread text, space text")
	names, found := make(map[string]bool), make(map[laneName]lane)
	for _, s := range shapes {
		names[s.channel] = true
		found[laneName{s.channel, s.thread, s.space}] = lane{}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) { // two processes that make the same ones must not wait for each other
		channels.Add(name)
	}
	for _, n := range slices.SortedFunc(maps.Keys(found), compareLanes) {
		lanes.Add(n.channel, n.thread, n.space)
	}
	for _, step := range []struct {
		rows  *sqlkit.Rows
		query string
	}{
		{channels, "insert into amends_outbox_channel (name) select r.name from r where true on conflict do nothing"},
		{lanes, "insert into amends_outbox_lane (channel, thread, space, turn) select r.channel, r.thread, r.space, 0 from r where true on conflict do nothing"},
	} {
		if _, err := w.t.ExecRows(ctx, step.rows, step.query); err != nil {
			return nil, err
		}
	}
	seen := 0
	err := w.t.EachRow(ctx, lanes, func(rows *sql.Rows) error {
		var n laneName
		var l lane
		if err := rows.Scan(&n.channel, &n.thread, &n.space, &l.id, &l.channel); err != nil {
			return err
		}
		found[n] = l
		seen++
		return nil
	}, `select l.channel, l.thread, l.space, l.id, c.id from r cross join amends_outbox_lane l cross join amends_outbox_channel c
		where l.channel = r.channel and l.thread = r.thread and l.space = r.space and c.name = l.channel`)
	if err == nil && seen != len(found) {
		err = errUnseen
	}
	return found, err
}

func compareLanes(a, b laneName) int {
	return cmp.Or(strings.Compare(a.channel, b.channel), strings.Compare(a.thread, b.thread), strings.Compare(a.space, b.space))
}

// lockLanes keeps others from adding to the same threads until the end of the
// transaction: two who both find a thread empty would both send at once. SQLite
// has one writer anyway. It changes the rows, so that a host's transaction that
// sees the database as it was before fails, rather than to decide by what is past.
func (w *work) lockLanes(ctx context.Context, ids []int64) error {
	if w.t.Dialect == sqlkit.SQLite || len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	b := sqlkit.NewRows("id bigint")
	for _, id := range slices.Compact(ids) {
		b.Add(id)
	}
	_, err := w.t.ExecRows(ctx, b, `update amends_outbox_lane set turn = turn + 1
		where id in (select l.id from amends_outbox_lane l where l.id in (select r.id from r) order by l.id for update)`)
	return err
}
