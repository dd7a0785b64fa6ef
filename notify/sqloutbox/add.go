package sqloutbox

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/amends-dev/amends/internal/sqlkit"
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

// Limits of what an index can hold, in bytes.
const (
	mostKey   = 1000 // with the channels of all fallbacks, which their keys end with
	mostName  = 500  // of recipients, customers, and of a channel
	mostWords = 1500 // of all names of a group together
)

// check returns the items of a page, each once, or why it cannot be added.
func check(p *notify.Page) ([]entry, error) {
	if p.Notice == "" {
		return nil, errors.New("it names no notice")
	}
	if len(p.Notice)+len(p.Space)+len(p.Record) > mostWords {
		return nil, fmt.Errorf("the names of notice, space and record have more than %d bytes together", mostWords)
	}
	items := make([]entry, 0, len(p.Items))
	var seen map[string]*notify.Item // only of pages that do not come in order
	for i := range p.Items {
		n := &p.Items[i]
		if n.Key == "" || n.Channel == "" || n.Recipient == "" {
			return nil, fmt.Errorf("item %d needs a key, a channel and a recipient", i)
		}
		if err := checkSizes(n); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		if seen == nil && i > 0 && n.Key <= p.Items[i-1].Key {
			seen = make(map[string]*notify.Item, len(p.Items))
			for k := range i {
				seen[p.Items[k].Key] = &p.Items[k]
			}
		}
		if seen != nil {
			if twin := seen[n.Key]; twin != nil {
				if !sameContent(twin, n) {
					return nil, fmt.Errorf("%w: %q", notify.ErrKeyReused, n.Key)
				}
				continue
			}
			seen[n.Key] = n
		}
		items = append(items, entry{Item: n})
	}
	return items, nil
}

// entry is an item of a page with its group.
type entry struct {
	*notify.Item
	g *group
}

func (e *entry) thread() threadID { return threadID{e.g.lane, e.Recipient} }

func checkSizes(n *notify.Item) error {
	key := len(n.Key)
	for _, f := range n.Fallback {
		key += len(f.Channel) + 2
		if len(f.Channel) > mostName || len(f.Recipient) > mostName {
			return fmt.Errorf("the channel or the recipient of a fallback has more than %d bytes", mostName)
		}
	}
	switch {
	case key > mostKey:
		return fmt.Errorf("the key has, with those of its fallbacks, %d bytes: %d are possible", key, mostKey)
	case len(n.Recipient) > mostName, len(n.Customer) > mostName, len(n.Channel) > mostName:
		return fmt.Errorf("recipient, customer or channel has more than %d bytes", mostName)
	case len(n.Record)+len(n.Notice)+len(n.Space)+len(n.Thread)+len(n.Kind) > mostWords:
		return fmt.Errorf("the names of record, notice, space, thread and kind have more than %d bytes together", mostWords)
	case n.Seq > math.MaxInt64:
		return fmt.Errorf("the sequence number %d does not fit 63 bits", n.Seq)
	}
	return nil
}

func sameContent(a, b *notify.Item) bool {
	return a.Space == b.Space && a.Record == b.Record && a.Kind == b.Kind && a.Subject == b.Subject &&
		a.Recipient == b.Recipient && a.Customer == b.Customer && a.Channel == b.Channel &&
		a.Thread == b.Thread && a.Seq == b.Seq && a.Supersedable == b.Supersedable
}

// sameContent says whether an item of a page is this one again.
func (r *row) sameContent(n *notify.Item) bool {
	return r.g.space == n.Space && r.g.record == n.Record && r.g.kind == n.Kind && r.subject == n.Subject &&
		r.recipient == n.Recipient && r.customer == n.Customer && r.g.channel == n.Channel &&
		r.g.thread == n.Thread && r.seq == int64(n.Seq) && r.g.supersedable == n.Supersedable
}

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
	if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_item where key between $1 and $2)", from, to); err != nil || !some {
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
		if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_item where lane_id = $1 and recipient between $2 and $3)", lane, s.from, s.to); err != nil {
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

// addSingle adds items that need not mind others. If it is known that no others
// have keys between theirs, SQLite copies what is to be sent from the one table
// to the other.
func (w *work) addSingle(ctx context.Context, items []entry, gap bool) error {
	if len(items) == 0 {
		return nil
	}
	rows := sqlkit.NewBulk(itemRow)
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
	n, err := w.t.ExecBulk(ctx, rows, rows.Insert(w.t.Dialect, "amends_outbox_item"))
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
	open := sqlkit.NewBulk("channel_id bigint, phase bigint, rank bigint, due_at bigint, key text, group_id bigint, attempts bigint, next_at bigint, wake bigint, lane_id bigint, recipient text, seq bigint")
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
	n, err := w.t.ExecBulk(ctx, open, open.Insert(w.t.Dialect, "amends_outbox_open"))
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
