package memoutbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/amends-dev/amends/notify"
)

// Outbox is a [notify.Outbox] in memory. The zero value is ready to use. It is
// safe for concurrent use and must not be copied after its first use.
type Outbox struct {
	mu         sync.Mutex
	items      map[string]*item
	expansions map[string]*expansion
	records    map[recordKey]*record
	groups     map[groupKey]*group
	channels   map[string]*channel
	lanes      map[lane]*lane
	contacts   map[contactKey]*contact
	queues     map[queueKey]*queue
	keys       index // all items
	token      uint64
}

var _ notify.Outbox = (*Outbox)(nil)

type expansion struct {
	notify.Expansion
	space, record string
}

type contactKey struct{ space, recipient string }

type queueKey struct {
	contact *contact // which has its space
	lane    *lane
}

// Add implements [notify.Outbox].
func (o *Outbox) Add(ctx context.Context, p notify.Page) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("memoutbox: adding a page of notice %q: %w", p.Notice, context.Cause(ctx))
	}
	if p.Notice == "" {
		return 0, errors.New("memoutbox: adding a page: it names no notice")
	}
	e := o.expansions[p.Notice]
	if e == nil && p.From != "" {
		return 0, fmt.Errorf("memoutbox: adding a page of notice %q at %q: %w: it has not begun", p.Notice, p.From, notify.ErrCursor)
	}
	if e != nil && (e.Done || e.Cursor != p.From) {
		return 0, fmt.Errorf("memoutbox: adding a page of notice %q at %q: %w: %q, done: %t", p.Notice, p.From, notify.ErrCursor, e.Cursor, e.Done)
	}
	fresh, err := o.check(p)
	if err != nil {
		return 0, err
	}
	if o.items == nil {
		o.items = make(map[string]*item, len(fresh))
		o.expansions = make(map[string]*expansion)
	}
	if e == nil {
		e = &expansion{Expansion: notify.Expansion{Notice: p.Notice}, space: p.Space, record: p.Record}
		o.expansions[p.Notice] = e
	}
	if e.record == "" && len(p.Items) > 0 {
		e.space, e.record = p.Items[0].Space, p.Items[0].Record
	}
	e.Cursor, e.Done = p.Next, p.Done
	e.Items += int64(len(fresh))
	for _, n := range fresh {
		o.insert(n, p.At.UnixMicro(), "")
	}
	return len(fresh), nil
}

// check returns the items of a page that are new, or why the page cannot be added.
func (o *Outbox) check(p notify.Page) ([]*notify.Item, error) {
	fresh := make([]*notify.Item, 0, len(p.Items))
	seen := make(map[string]*notify.Item, len(p.Items))
	for i := range p.Items {
		n := &p.Items[i]
		if n.Key == "" || n.Channel == "" || n.Recipient == "" {
			return nil, fmt.Errorf("memoutbox: adding a page of notice %q: item %d needs a key, a channel and a recipient", p.Notice, i)
		}
		if have := o.items[n.Key]; have != nil {
			if !have.sameContent(n) {
				return nil, fmt.Errorf("memoutbox: adding a page of notice %q: %w: %q", p.Notice, notify.ErrKeyReused, n.Key)
			}
			continue
		}
		if twin := seen[n.Key]; twin != nil {
			if !twin.SameContent(n) {
				return nil, fmt.Errorf("memoutbox: adding a page of notice %q: %w: %q", p.Notice, notify.ErrKeyReused, n.Key)
			}
			continue
		}
		seen[n.Key] = n
		fresh = append(fresh, n)
	}
	return fresh, nil
}

// insert adds an item that is known to be new.
func (o *Outbox) insert(n *notify.Item, now int64, origin string) *item {
	q := o.queueOf(contactKey{n.Space, n.Recipient}, n.Channel, n.Thread)
	it := &item{
		key: n.Key, customer: n.Customer, subject: n.Subject, q: q, seq: n.Seq, priority: n.Priority,
		g:         o.groupOf(groupKey{n.Space, n.Record, n.Notice, n.Kind, q.lane}),
		notBefore: n.NotBefore.UnixMicro(), dueAt: n.DueAt.UnixMicro(), added: now, changed: now,
		supersedable: n.Supersedable, task: n.Task, fallback: slices.Clone(n.Fallback),
	}
	it.nextAt = max(it.notBefore, now)
	if origin != "" {
		it.rare().origin = origin
	}
	o.items[it.key] = it
	o.keys.add(it)
	it.g.record.keys.add(it)
	it.g.enter(it)
	o.open(it, now)
	return it
}

// open puts an item that is to be sent into its queue, where it supersedes or
// is superseded. Its group must count it as pending.
func (o *Outbox) open(it *item, now int64) {
	q := it.q
	if it.supersedable {
		if q.hasNewer(it) {
			it.g.move(it, superseded, now)
			return
		}
		for old := q.head; old != nil; {
			next := old.next
			if old.supersedable && old.seq < it.seq && old.state != leased {
				q.unlink(old)
				old.unseat()
				old.g.move(old, superseded, now)
			}
			old = next
		}
	}
	if it.task {
		it.g.move(it, task, now)
	}
	q.insert(it)
	q.seat()
}

func (o *Outbox) queueOf(to contactKey, channelName, thread string) *queue {
	if o.queues == nil {
		o.queues = make(map[queueKey]*queue)
		o.contacts = make(map[contactKey]*contact)
		o.lanes = make(map[lane]*lane)
		o.channels = make(map[string]*channel)
	}
	c := o.contacts[to]
	if c == nil {
		c = &contact{id: to.recipient}
		o.contacts[to] = c
	}
	ch := o.channels[channelName]
	if ch == nil {
		ch = newChannel(channelName)
		o.channels[channelName] = ch
	}
	l := o.lanes[lane{ch, thread}]
	if l == nil {
		l = &lane{ch, thread}
		o.lanes[*l] = l
	}
	q := o.queues[queueKey{c, l}]
	if q == nil {
		q = &queue{contact: c, lane: l}
		o.queues[queueKey{c, l}] = q
	}
	return q
}

// addFallback adds the next fallback of an item that gave up, and returns its
// key, or "" if there is none, or the one there is exists already.
func (o *Outbox) addFallback(it *item, now int64) string {
	gone := it.public()
	n, ok := gone.NextWay()
	if !ok || o.items[n.Key] != nil {
		return ""
	}
	return o.insert(&n, now, it.key).key
}
