package sqloutbox

import (
	"context"
	"time"

	"github.com/amends-dev/amends/notify"
)

// next is the other way that an item takes when it gives up.
type next struct {
	key    string // "" if there is none
	item   notify.Item
	damage error // its fallbacks cannot be read
}

// nextOf returns the other way of an item.
func nextOf(r *row) *next {
	ways, err := r.ways()
	if err != nil {
		return &next{damage: err}
	}
	if len(ways) == 0 {
		return &next{}
	}
	n, _ := r.item() // its fallbacks have been read
	f := ways[0]
	n.Key, n.Channel, n.Task, n.NotBefore, n.Fallback = notify.FallbackKey(r.key, f), f.Channel, f.Task, time.Time{}, ways[1:]
	if f.Recipient != "" {
		n.Recipient = f.Recipient
	}
	return &next{key: n.Key, item: n}
}

// needNexts prepares for what settlements may add: the other ways of what gives
// up, and what is revived. It locks the lanes that these belong to, which comes
// before all other locks, and reads their threads.
func (w *work) needNexts(ctx context.Context, s []notify.Settlement) ([]*next, error) {
	none := &next{}
	nexts := make([]*next, len(s))
	var adding []*next
	var revived []*row
	for i := range s {
		nexts[i] = none
		r := w.rows[s[i].Key]
		if r == nil {
			continue
		}
		switch s[i].Outcome {
		case notify.Bury, notify.MarkBounced:
			nexts[i] = nextOf(r)
			if nexts[i].key != "" {
				adding = append(adding, nexts[i])
			}
		case notify.Revive:
			revived = append(revived, r)
		default:
		}
	}
	return nexts, w.prepare(ctx, adding, revived)
}

// prepare locks the lanes to which something may be added, and reads the threads.
func (w *work) prepare(ctx context.Context, adding []*next, revived []*row) error {
	if len(adding) == 0 && len(revived) == 0 {
		return nil
	}
	keys := make([]string, 0, len(adding))
	want := make(map[shape]*notify.Item)
	for _, n := range adding {
		keys = append(keys, n.key)
		if s := shapeOf(&n.item); want[s] == nil {
			want[s] = &n.item
		}
	}
	if err := w.needShapes(ctx, want); err != nil {
		return err
	}
	var lanes []int64
	var threads []threadID
	for _, n := range adding {
		lane := w.shapes[shapeOf(&n.item)].lane
		lanes, threads = append(lanes, lane), append(threads, threadID{lane, n.item.Recipient})
	}
	for _, r := range revived {
		lanes, threads = append(lanes, r.g.lane), append(threads, r.thread())
	}
	if err := w.lockLanes(ctx, lanes); err != nil {
		return err
	}
	if err := w.needItems(ctx, keys); err != nil { // under the lock: they are there or will not be
		return err
	}
	return w.needThreads(ctx, threads, true)
}

// addNext adds the next way of an item that gave up, and returns its key, or ""
// if there is none, or the one there is exists already.
func (w *work) addNext(r *row, n *next) string {
	if n.key == "" || w.rows[n.key] != nil {
		return ""
	}
	added := w.newRow(&n.item)
	added.origin = r.key
	w.rows[n.key] = added
	w.add(added)
	return n.key
}

// newRow makes the row of an item that is to be added. Its group must be known.
func (w *work) newRow(n *notify.Item) *row {
	r := &row{
		key: n.Key, g: w.shapes[shapeOf(n)], recipient: n.Recipient, customer: n.Customer, subject: n.Subject,
		seq: int64(n.Seq), dueAt: n.DueAt.UnixMicro(), added: w.now, task: n.Task,
	}
	r.fallback, _ = encodeWays(n.Fallback) // plain structs of texts can always be encoded
	if !n.NotBefore.IsZero() {
		at := n.NotBefore.UnixMicro()
		r.notBefore = &at
		if at > w.now {
			r.nextAt = &at
		}
	}
	return r
}
