package sqloutbox

import (
	"context"
	"fmt"

	"github.com/amends-dev/amends/notify"
)

// Add implements [notify.Outbox].
func (o *Outbox) Add(ctx context.Context, p notify.Page) (int, error) {
	fail := func(err error) (int, error) {
		return 0, fmt.Errorf("sqloutbox: adding a page of notice %q: %w", p.Notice, err)
	}
	items, err := check(&p)
	if err != nil {
		return fail(err)
	}
	n := 0
	if err := o.write(ctx, func(ctx context.Context, w *work) (err error) {
		n, err = w.addPage(ctx, &p, items)
		return err
	}); err != nil {
		return fail(err)
	}
	return n, nil
}

// entry is an item of a page with its group.
type entry struct {
	*notify.Item
	g *group
}

func (e *entry) thread() threadID { return threadID{e.g.lane, e.Recipient} }

// addPage adds the items of a page that are new, and moves the cursor.
func (w *work) addPage(ctx context.Context, p *notify.Page, items []entry) (int, error) {
	w.now = p.At.UnixMicro()
	if err := w.atCursor(ctx, p); err != nil {
		return 0, err
	}
	lanes, err := w.assign(ctx, items)
	if err != nil {
		return 0, err
	}
	if err := w.lockLanes(ctx, lanes); err != nil {
		return 0, err
	}
	fresh, gap, err := w.fresh(ctx, items)
	if err != nil {
		return 0, err
	}
	single, crowded, err := w.part(ctx, fresh)
	if err != nil {
		return 0, err
	}
	if err := w.addSingle(ctx, single, gap && len(crowded) == 0); err != nil {
		return 0, err
	}
	if err := w.addCrowded(ctx, crowded); err != nil {
		return 0, err
	}
	if err := w.flush(ctx); err != nil {
		return 0, err
	}
	_, err = w.t.Exec(ctx, "update amends_outbox_expansion set cursor = $2, done = $3, items = items + $4 where notice = $1", p.Notice, p.Next, flag(p.Done), int64(len(fresh)))
	return len(fresh), err
}

// assign gives items their groups, and returns their lanes.
func (w *work) assign(ctx context.Context, items []entry) ([]int64, error) {
	want := make(map[shape]*notify.Item)
	var last shape
	for i := range items {
		if s := shapeOf(items[i].Item); i == 0 || s != last {
			last = s
			if want[s] == nil {
				want[s] = items[i].Item
			}
		}
	}
	if err := w.needShapes(ctx, want); err != nil {
		return nil, err
	}
	lanes := make([]int64, 0, len(want))
	for s := range want {
		lanes = append(lanes, w.shapes[s].lane)
	}
	var g *group
	for i := range items {
		if s := shapeOf(items[i].Item); g == nil || s != g.shape {
			g = w.shapes[s]
		}
		items[i].g = g
	}
	return lanes, nil
}

// atCursor begins the expansion of a notice, or makes sure that it is where the page was read.
func (w *work) atCursor(ctx context.Context, p *notify.Page) error {
	space, record := p.Space, p.Record
	if record == "" && len(p.Items) > 0 {
		space, record = p.Items[0].Space, p.Items[0].Record
	}
	if p.From == "" {
		n, err := w.t.Exec(ctx, "insert into amends_outbox_expansion (notice, space, record, cursor, done, items) values ($1, $2, $3, '', 0, 0) on conflict do nothing", p.Notice, space, record)
		if err != nil || n == 1 {
			return err
		}
	}
	var cursor, had string
	var done int64
	begun, err := w.t.One(ctx, []any{&cursor, &done, &had}, "select cursor, done, record from amends_outbox_expansion where notice = $1"+w.t.Dialect.Pick("", " for update"), p.Notice)
	switch {
	case err != nil:
		return err
	case !begun && p.From == "":
		return errUnseen
	case !begun:
		return fmt.Errorf("at %q: %w: it has not begun", p.From, notify.ErrCursor)
	case done != 0 || cursor != p.From:
		return fmt.Errorf("at %q: %w: %q, done: %t", p.From, notify.ErrCursor, cursor, done != 0)
	case had == "" && record != "":
		_, err = w.t.Exec(ctx, "update amends_outbox_expansion set space = $2, record = $3 where notice = $1", p.Notice, space, record)
	}
	return err
}

// fresh returns the items that are not known yet. Directories list contacts in
// order: then one look between the first and the last key tells that all are
// new, and that nothing else lies in that gap.
func (w *work) fresh(ctx context.Context, items []entry) (fresh []entry, gap bool, err error) {
	if len(items) == 0 {
		return nil, false, nil
	}
	from, to := keySpan(items)
	var some bool
	if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_item where key between $1 and $2) or exists (select 1 from amends_outbox_past where key between $1 and $2)", from, to); err != nil || !some {
		return items, true, err
	}
	keys := make([]string, len(items))
	for i, n := range items {
		keys[i] = n.Key
	}
	if err := w.needItems(ctx, keys); err != nil {
		return nil, false, err
	}
	fresh = make([]entry, 0, len(items))
	for _, n := range items {
		switch have := w.rows[n.Key]; {
		case have == nil:
			fresh = append(fresh, n)
		case !have.sameContent(n.Item):
			return nil, false, fmt.Errorf("%w: %q", notify.ErrKeyReused, n.Key)
		}
	}
	return fresh, false, nil
}

func keySpan(items []entry) (from, to string) {
	from, to = items[0].Key, items[0].Key
	for _, n := range items {
		from, to = min(from, n.Key), max(to, n.Key)
	}
	return from, to
}

// part tells apart the items that are the first and only ones of their threads
// from those that may have to mind others.
func (w *work) part(ctx context.Context, items []entry) (single, crowded []entry, err error) {
	type span struct {
		from, to string
		inOrder  bool // no recipient comes twice
	}
	spans := make(map[int64]*span)
	for i := range items {
		n := &items[i]
		s := spans[n.g.lane]
		if s == nil {
			spans[n.g.lane] = &span{n.Recipient, n.Recipient, true}
			continue
		}
		s.inOrder = s.inOrder && n.Recipient > s.to
		s.from, s.to = min(s.from, n.Recipient), max(s.to, n.Recipient)
	}
	busy, inOrder := false, true
	empty := make(map[int64]bool)
	for lane, s := range spans {
		var some bool
		if _, err := w.t.One(ctx, []any{&some}, `select exists (select 1 from amends_outbox_item where lane_id = $1 and recipient between $2 and $3)
			or exists (select 1 from amends_outbox_thread where lane_id = $1 and recipient between $2 and $3)`, lane, s.from, s.to); err != nil {
			return nil, nil, err
		}
		empty[lane] = !some
		busy, inOrder = busy || some, inOrder && s.inOrder
	}
	if !busy && inOrder {
		return items, nil, nil
	}
	many := make(map[threadID]int, len(items))
	for i := range items {
		many[items[i].thread()]++
	}
	for _, n := range items {
		if empty[n.g.lane] && many[n.thread()] == 1 {
			single = append(single, n)
		} else {
			crowded = append(crowded, n)
		}
	}
	return single, crowded, nil
}

// addCrowded adds items that have others in their threads, or may have.
func (w *work) addCrowded(ctx context.Context, items []entry) error {
	ids := make([]threadID, len(items))
	for i := range items {
		ids[i] = items[i].thread()
	}
	if err := w.needThreads(ctx, ids, true); err != nil {
		return err
	}
	for _, n := range items {
		r := w.newRow(n.Item)
		w.rows[r.key] = r
		w.add(r)
	}
	return nil
}
