package sqloutbox

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// thread is what matters of one (space, recipient, channel, thread). Most have
// one item only: those have no row, and nothing to be minded.
type thread struct {
	id     threadID
	row    bool   // it has a row
	alone  *row   // of one without a row, its only item, if it has one and was asked for
	known  bool   // what follows is known
	head   *row   // whose turn it is
	others []*row // behind it, in order, and tasks
	last   string // key of the one sent last
	told   *int64 // highest seq of a supersedable one that was sent
	past   past   // what of this is due to those that were pruned
	dirty  bool
}

// threadOf returns the thread of an item; of one alone there is nothing to know.
func (w *work) threadOf(r *row) *thread {
	if len(w.threads) > 0 {
		if t := w.threads[r.thread()]; t != nil {
			return t
		}
	}
	return &w.nobody
}

// past is what a thread keeps of those that were pruned.
type past struct {
	last string
	told *int64
}

const threadRow = "lane_id bigint, recipient text"

// needThreads reads threads. Those to which something is to be added are looked
// at more closely: whether there is an item in them at all. Their lanes are locked by now.
func (w *work) needThreads(ctx context.Context, ids []threadID, adding bool) error {
	var asked []threadID
	for _, id := range ids {
		if t := w.threads[id]; t == nil || adding && !t.known {
			asked = append(asked, id)
		}
	}
	slices.SortFunc(asked, compareThreads)
	if asked = slices.Compact(asked); !adding {
		var err error
		if asked, err = w.crowded(ctx, asked); err != nil {
			return err
		}
	}
	if len(asked) == 0 {
		return nil
	}
	b := sqlkit.NewRows(threadRow)
	for _, id := range asked {
		b.Add(id.lane, id.recipient)
		if w.threads[id] == nil {
			w.threads[id] = &thread{id: id}
		}
	}
	heads := make(map[threadID]string)
	lock := ""
	if w.t.Dialect == sqlkit.Postgres && !adding {
		lock = " order by t.lane_id, t.recipient for update of t"
	}
	if err := w.readThreads(ctx, b, heads, lock); err != nil {
		return err
	}
	mates, err := w.mates(ctx, asked, heads, adding)
	if err != nil {
		return err
	}
	if w.t.Dialect == sqlkit.Postgres && adding {
		if err := w.lockRows(ctx, mates); err != nil {
			return err
		}
		clear(heads) // somebody may have settled something meanwhile
		if err := w.readThreads(ctx, b, heads, " order by t.lane_id, t.recipient for update of t"); err != nil {
			return err
		}
	}
	rows, err := w.load(ctx, mates)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if t := w.threads[r.thread()]; !t.known {
			t.take(r, heads[t.id])
		}
	}
	for _, id := range asked {
		if t := w.threads[id]; t.row || adding {
			t.known = true
			slices.SortFunc(t.others, compareTurns)
		}
	}
	return nil
}

// crowded leaves out the threads of lanes in which none between the first and
// the last of them has a row: one look tells that for hundreds.
func (w *work) crowded(ctx context.Context, ids []threadID) ([]threadID, error) {
	var crowded []threadID
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n].lane == ids[0].lane {
			n++
		}
		some := n < fewRows
		if !some {
			if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_thread where lane_id = $1 and recipient between $2 and $3)",
				ids[0].lane, ids[0].recipient, ids[n-1].recipient); err != nil {
				return nil, err
			}
		}
		if some {
			crowded = append(crowded, ids[:n]...)
		}
		ids = ids[n:]
	}
	return crowded, nil
}

// readThreads reads the rows of threads, and the keys of their heads.
func (w *work) readThreads(ctx context.Context, b *sqlkit.Rows, heads map[threadID]string, lock string) error {
	return w.t.EachRow(ctx, b, func(rows *sql.Rows) error {
		var id threadID
		var head, last, pastLast sql.NullString
		var told, pastTold *int64
		if err := rows.Scan(&id.lane, &id.recipient, &head, &last, &told, &pastLast, &pastTold); err != nil {
			return err
		}
		t := w.threads[id]
		t.row, t.last, t.told, t.past = true, last.String, told, past{pastLast.String, pastTold}
		heads[id] = head.String
		return nil
	}, "select t.lane_id, t.recipient, t.head, t.last, t.told, t.past_last, t.past_told from r cross join amends_outbox_thread t where t.lane_id = r.lane_id and t.recipient = r.recipient"+lock)
}

// mates returns the keys of the open items of threads, and, if something is to
// be added, of the only one of those without a row.
func (w *work) mates(ctx context.Context, ids []threadID, heads map[threadID]string, adding bool) ([]string, error) {
	with, without := sqlkit.NewRows(threadRow), sqlkit.NewRows(threadRow)
	var keys []string
	for _, id := range ids {
		switch t := w.threads[id]; {
		case t.row:
			with.Add(id.lane, id.recipient)
			if heads[id] != "" {
				keys = append(keys, heads[id])
			}
		case adding:
			without.Add(id.lane, id.recipient)
		}
	}
	scan := func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}
	if err := w.t.EachRow(ctx, with, scan, "select o.key from r cross join amends_outbox_open o where o.lane_id = r.lane_id and o.recipient = r.recipient and o.phase in (5, 6)"); err != nil {
		return nil, err
	}
	err := w.t.EachRow(ctx, without, scan, "select i.key from r cross join amends_outbox_item i where i.lane_id = r.lane_id and i.recipient = r.recipient")
	return keys, err
}

// take puts an item where it belongs in its thread, as it was read.
func (t *thread) take(r *row, head string) {
	switch {
	case !t.row: // the only one: there is a row as soon as there are two
		t.alone = r
		switch {
		case r.phase == manual:
			t.others = append(t.others, r)
		case r.phase != 0:
			t.head = r
		case r.closed == sent:
			t.sent(r)
		}
	case r.key == head && r.phase != 0:
		t.head = r
	case r.phase == behind || r.phase == manual:
		t.others = append(t.others, r)
	}
}

// sent notes an item as the one sent last.
func (t *thread) sent(r *row) {
	t.last = r.key
	if r.g.supersedable && (t.told == nil || *t.told < r.seq) {
		t.told = &r.seq
	}
}

// newer says whether a newer supersedable item is waiting, in flight, a task or sent.
func (t *thread) newer(seq int64) bool {
	if t.told != nil && *t.told > seq {
		return true
	}
	is := func(r *row) bool { return r.g.supersedable && r.seq > seq }
	return t.head != nil && is(t.head) || slices.ContainsFunc(t.others, is)
}

// add puts an item that is to be sent into its thread, where it supersedes or is
// superseded. It must not be open.
func (w *work) add(r *row) {
	t := w.threads[r.thread()]
	w.touch(r)
	w.mind(t)
	if t.alone == nil && !t.row {
		t.alone = r
	} else if t.alone != r {
		t.row = true
	}
	if r.g.supersedable {
		if t.newer(r.seq) {
			r.phase, r.closed = 0, superseded
			if r.was != nowhere {
				r.changed = &w.now
			}
			return
		}
		old := func(m *row) bool { return m != nil && m.g.supersedable && m.seq < r.seq && m.phase != flying }
		if old(t.head) {
			w.finish(t.head, superseded)
			t.head = nil
		}
		t.others = slices.DeleteFunc(t.others, func(m *row) bool {
			if old(m) {
				w.finish(m, superseded)
				return true
			}
			return false
		})
	}
	r.phase = behind
	if r.task {
		r.phase = manual
	}
	i, _ := slices.BinarySearchFunc(t.others, r, compareTurns)
	t.others = slices.Insert(t.others, i, r)
	w.seat(t)
}

// mind notes that a thread is about to change.
func (w *work) mind(t *thread) {
	if !t.dirty {
		t.dirty = true
		w.touched = append(w.touched, t)
	}
}

// finish ends the open life of an item.
func (w *work) finish(r *row, to state) {
	w.touch(r)
	now := w.now
	r.phase, r.closed, r.changed, r.nextAt, r.wake = 0, to, &now, nil, nil
}

// close ends the open life of an item and lets the next of its thread come.
func (w *work) close(r *row, to state) {
	w.finish(r, to)
	t := w.threadOf(r)
	if !t.known {
		return
	}
	w.mind(t)
	t.drop(r)
	if to == sent {
		t.sent(r)
	}
	w.seat(t)
}

// drop takes an item out of its thread.
func (t *thread) drop(r *row) {
	if t.head == r {
		t.head = nil
		return
	}
	t.others = slices.DeleteFunc(t.others, func(m *row) bool { return m == r })
}

// seat makes the item whose turn it is the head of its thread: the one in
// flight, or else the first that no person has to do.
func (w *work) seat(t *thread) {
	if t.head != nil && t.head.phase == flying {
		return
	}
	i := slices.IndexFunc(t.others, func(m *row) bool { return m.phase == behind })
	if i < 0 || t.head != nil && compareTurns(t.head, t.others[i]) < 0 {
		return
	}
	w.mind(t)
	next := t.others[i]
	t.others = slices.Delete(t.others, i, i+1)
	if old := t.head; old != nil {
		w.touch(old)
		old.phase, old.wake = behind, nil
		i, _ := slices.BinarySearchFunc(t.others, old, compareTurns)
		t.others = slices.Insert(t.others, i, old)
	}
	t.head = next
	w.await(next)
}

// await makes an item whose turn has come ready, or wait for its time.
func (w *work) await(r *row) {
	w.touch(r)
	r.phase, r.wake = ready, nil
	if r.nextAt != nil && *r.nextAt > w.now {
		r.phase, r.wake = waiting, r.nextAt
	}
}

// giveBack makes an item in flight wait again, unless a newer one has come meanwhile.
func (w *work) giveBack(r *row, next int64) {
	t := w.threadOf(r)
	if t.known && r.g.supersedable && t.newer(r.seq) {
		w.close(r, superseded)
		return
	}
	now := w.now
	r.nextAt, r.changed = &next, &now
	w.await(r)
	if t.known {
		w.seat(t)
	}
}

// compareTurns orders items of a thread.
func compareTurns(a, b *row) int {
	return cmp.Or(cmp.Compare(a.seq, b.seq), strings.Compare(a.key, b.key))
}

func compareThreads(a, b threadID) int {
	return cmp.Or(cmp.Compare(a.lane, b.lane), strings.Compare(a.recipient, b.recipient))
}

// writeThreads writes the threads that changed and have more than one item.
func (w *work) writeThreads(ctx context.Context) error {
	slices.SortFunc(w.touched, func(a, b *thread) int { return compareThreads(a.id, b.id) })
	b := sqlkit.NewRows(threadRow + ", head text, last text, told bigint, past_last text, past_told bigint")
	for _, t := range w.touched {
		t.dirty = false
		if t.row {
			head := ""
			if t.head != nil {
				head = t.head.key
			}
			b.Add(t.id.lane, t.id.recipient, orNull(head), orNull(t.last), null(t.told), orNull(t.past.last), null(t.past.told))
		}
	}
	w.touched = w.touched[:0]
	_, err := w.t.ExecRows(ctx, b, `insert into amends_outbox_thread (lane_id, recipient, head, last, told, past_last, past_told)
		select r.lane_id, r.recipient, r.head, r.last, r.told, r.past_last, r.past_told from r where true
		on conflict (lane_id, recipient) do update set head = excluded.head, last = excluded.last, told = excluded.told, past_last = excluded.past_last, past_told = excluded.past_told`)
	return err
}
