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
func check(p *notify.Page) ([]*notify.Item, error) {
	if p.Notice == "" {
		return nil, errors.New("it names no notice")
	}
	if len(p.Notice)+len(p.Space)+len(p.Record) > mostWords {
		return nil, fmt.Errorf("the names of notice, space and record have more than %d bytes together", mostWords)
	}
	items := make([]*notify.Item, 0, len(p.Items))
	seen := make(map[string]*notify.Item, len(p.Items))
	for i := range p.Items {
		n := &p.Items[i]
		if n.Key == "" || n.Channel == "" || n.Recipient == "" {
			return nil, fmt.Errorf("item %d needs a key, a channel and a recipient", i)
		}
		if err := checkSizes(n); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		if twin := seen[n.Key]; twin != nil {
			if !sameContent(twin, n) {
				return nil, fmt.Errorf("%w: %q", notify.ErrKeyReused, n.Key)
			}
			continue
		}
		seen[n.Key] = n
		items = append(items, n)
	}
	return items, nil
}

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
func (w *work) addPage(ctx context.Context, p *notify.Page, items []*notify.Item) (int, error) {
	w.now = p.At.UnixMicro()
	if err := w.atCursor(ctx, p); err != nil {
		return 0, err
	}
	want := make(map[shape]*notify.Item)
	for _, n := range items {
		if s := shapeOf(n); want[s] == nil {
			want[s] = n
		}
	}
	if err := w.needShapes(ctx, want); err != nil {
		return 0, err
	}
	lanes := make([]int64, 0, len(want))
	for s := range want {
		lanes = append(lanes, w.shapes[s].lane)
	}
	if err := w.lockLanes(ctx, lanes); err != nil {
		return 0, err
	}
	fresh, err := w.fresh(ctx, items)
	if err != nil {
		return 0, err
	}
	single, crowded, err := w.part(ctx, fresh)
	if err != nil {
		return 0, err
	}
	if err := w.addSingle(ctx, single); err != nil {
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
// order: then one look between the first and the last key tells that all are.
func (w *work) fresh(ctx context.Context, items []*notify.Item) ([]*notify.Item, error) {
	if len(items) == 0 {
		return nil, nil
	}
	from, to := items[0].Key, items[0].Key
	for _, n := range items {
		from, to = min(from, n.Key), max(to, n.Key)
	}
	var some bool
	if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_item where key between $1 and $2)", from, to); err != nil || !some {
		return items, err
	}
	keys := make([]string, len(items))
	for i, n := range items {
		keys[i] = n.Key
	}
	if err := w.needItems(ctx, keys); err != nil {
		return nil, err
	}
	fresh := make([]*notify.Item, 0, len(items))
	for _, n := range items {
		switch have := w.rows[n.Key]; {
		case have == nil:
			fresh = append(fresh, n)
		case !have.sameContent(n):
			return nil, fmt.Errorf("%w: %q", notify.ErrKeyReused, n.Key)
		}
	}
	return fresh, nil
}

// part tells apart the items that are the first and only ones of their threads
// from those that may have to mind others.
func (w *work) part(ctx context.Context, items []*notify.Item) (single, crowded []*notify.Item, err error) {
	type span struct{ from, to string }
	spans := make(map[int64]span)
	many := make(map[threadID]int, len(items))
	ids := make([]threadID, len(items))
	for i, n := range items {
		id := threadID{w.shapes[shapeOf(n)].lane, n.Recipient}
		ids[i] = id
		many[id]++
		s, ok := spans[id.lane]
		if !ok {
			s = span{n.Recipient, n.Recipient}
		}
		spans[id.lane] = span{min(s.from, n.Recipient), max(s.to, n.Recipient)}
	}
	empty := make(map[int64]bool)
	for lane, s := range spans {
		var some bool
		if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_item where lane_id = $1 and recipient between $2 and $3)", lane, s.from, s.to); err != nil {
			return nil, nil, err
		}
		empty[lane] = !some
	}
	for i, n := range items {
		if empty[ids[i].lane] && many[ids[i]] == 1 {
			single = append(single, n)
		} else {
			crowded = append(crowded, n)
		}
	}
	return single, crowded, nil
}

// addSingle adds items that need not mind others.
func (w *work) addSingle(ctx context.Context, items []*notify.Item) error {
	if len(items) == 0 {
		return nil
	}
	rows, open := sqlkit.NewBulk(itemRow), sqlkit.NewBulk("channel_id bigint, phase bigint, rank bigint, due_at bigint, key text, group_id bigint, next_at bigint, lane_id bigint, recipient text, seq bigint")
	rows.Grow(len(items))
	open.Grow(len(items))
	bounds := make(map[*group][2]string)
	var g *group
	for _, n := range items {
		if s := shapeOf(n); g == nil || g.shape != s {
			g = w.shapes[s]
		}
		fallback, err := encodeWays(n.Fallback)
		if err != nil {
			return err
		}
		subject, notBefore, nextAt := any(nil), any(nil), any(nil)
		lane, recipient, seq := any(nil), any(nil), any(nil)
		if n.Subject != g.subject {
			subject = n.Subject
		}
		l := line{group: g.id, state: pending, due: n.DueAt.UnixMicro(), since: w.now}
		p := ready
		if !n.NotBefore.IsZero() {
			at := n.NotBefore.UnixMicro()
			notBefore = at
			if at > w.now {
				p, nextAt = waiting, at
			}
		}
		if n.Task {
			p, l.state = manual, task
			lane, recipient, seq = g.lane, n.Recipient, int64(n.Seq)
		}
		rows.Add(n.Key, g.id, g.lane, n.Recipient, n.Customer, int64(n.Seq), l.due, w.now, subject, notBefore, orNull(flag(n.Task)), orNull(fallback), nil)
		open.Add(g.channelID, int64(p), g.rank, l.due, n.Key, g.id, nextAt, lane, recipient, seq)
		w.count(l, 1, false)
		widen(bounds, g, n.Key)
	}
	for _, step := range []struct {
		rows *sqlkit.Bulk
		into string
	}{
		{rows, itemInsert},
		{open, ` into amends_outbox_open (channel_id, phase, rank, due_at, key, group_id, attempts, next_at, wake, lane_id, recipient, seq)
			select r.channel_id, r.phase, r.rank, r.due_at, r.key, r.group_id, 0, r.next_at, case r.phase when 2 then r.next_at end, r.lane_id, r.recipient, r.seq from r where true`},
	} {
		n, err := w.t.ExecBulk(ctx, step.rows, insert(w.t.Dialect, step.into))
		if err := complete(n, step.rows, err); err != nil {
			return err
		}
	}
	return w.widenGroups(ctx, bounds)
}

// addCrowded adds items that have others in their threads, or may have.
func (w *work) addCrowded(ctx context.Context, items []*notify.Item) error {
	ids := make([]threadID, len(items))
	for i, n := range items {
		ids[i] = threadID{w.shapes[shapeOf(n)].lane, n.Recipient}
	}
	if err := w.needThreads(ctx, ids, true); err != nil {
		return err
	}
	for _, n := range items {
		r := w.newRow(n)
		w.rows[r.key] = r
		w.add(r)
	}
	return nil
}
