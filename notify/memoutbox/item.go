package memoutbox

import (
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/notify"
)

// state is notify.State in one byte; states lists them in the order of the codes.
type state uint8

const (
	pending state = iota
	leased
	task
	sent
	dead
	superseded
	suppressed
	bounced
	numStates
)

func (s state) public() notify.State {
	switch s {
	case pending:
		return notify.StatePending
	case leased:
		return notify.StateLeased
	case task:
		return notify.StateTask
	case sent:
		return notify.StateSent
	case dead:
		return notify.StateDead
	case superseded:
		return notify.StateSuperseded
	case suppressed:
		return notify.StateSuppressed
	default:
		return notify.StateBounced
	}
}

// open says that an item is neither sent nor given up.
func (s state) open() bool { return s <= task }

// item is one delivery. What many items have in common is in its group and its
// queue, what few have is in more. Times are microseconds since 1970.
type item struct {
	key      string
	customer string
	subject  string
	g        *group
	q        *queue
	seq      uint64
	token    uint64 // of the last claim, 0 before the first

	prev, next *item // neighbours in the queue, while open
	older      *item // the recipient's item sent before this one
	before     *item // the queue's item sent before this one

	notBefore int64
	dueAt     int64
	nextAt    int64 // pending: next attempt; leased: end of the lease
	added     int64
	changed   int64 // when it got into its state

	priority int
	attempts int32
	pos      int32 // in heap
	heap     *heap // nil: in none

	state        state
	supersedable bool
	task         bool

	fallback []notify.Fallback
	receipt  *notify.Receipt
	hash     string
	more     *more
}

// more is what only failed, read or manual items have.
type more struct {
	lastErr, proof, by, origin string
	class                      notify.Class
	readAt                     time.Time
}

func (it *item) rare() *more {
	if it.more == nil {
		it.more = new(more)
	}
	return it.more
}

// sameContent says whether an item of a page is this one again.
func (it *item) sameContent(n *notify.Item) bool {
	return it.g.space == n.Space && it.g.recordID == n.Record && it.g.kind == n.Kind &&
		it.q.contact.id == n.Recipient && it.customer == n.Customer &&
		it.g.lane.channel.name == n.Channel && it.g.lane.thread == n.Thread &&
		it.seq == n.Seq && it.subject == n.Subject && it.supersedable == n.Supersedable
}

func (it *item) public() notify.Item {
	return notify.Item{
		Key: it.key, Notice: it.g.notice, Space: it.g.space, Record: it.g.recordID, Kind: it.g.kind, Subject: it.subject,
		Recipient: it.q.contact.id, Customer: it.customer,
		Channel: it.g.lane.channel.name, Thread: it.g.lane.thread, Seq: it.seq,
		Priority: it.priority, NotBefore: fromMicro(it.notBefore), DueAt: fromMicro(it.dueAt),
		Supersedable: it.supersedable, Task: it.task, Fallback: slices.Clone(it.fallback),
	}
}

func (it *item) stored() notify.Stored {
	s := notify.Stored{
		Item: it.public(), State: it.state.public(), Attempts: int(it.attempts),
		Added: fromMicro(it.added), Changed: fromMicro(it.changed), NextAt: fromMicro(it.nextAt),
		Receipt: cloneReceipt(it.receipt), Hash: it.hash,
	}
	if m := it.more; m != nil {
		s.LastErr, s.Class, s.Proof, s.By, s.ReadAt, s.Origin = m.lastErr, m.class, m.proof, m.by, m.readAt, m.origin
	}
	return s
}

func cloneReceipt(r *notify.Receipt) *notify.Receipt {
	if r == nil {
		return nil
	}
	return &notify.Receipt{ProviderID: r.ProviderID, Ref: maps.Clone(r.Ref)}
}

func fromMicro(t int64) time.Time { return time.UnixMicro(t).UTC() }
