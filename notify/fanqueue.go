package notify

import (
	"sync"
	"sync/atomic"
)

// maxBatch is the largest portion that is handed over at once, maxQueued bounds
// what waits for workers.
const (
	maxBatch  = 64
	maxQueued = 16 * maxBatch
)

// queued is the delivery to a recipient, with its place in the list.
type queued struct {
	index int
	d     Delivery
}

// chunk is a portion of the list. The reader fills it, workers share it, and
// when all of it is settled it is filled again: recipients are copied once.
type chunk struct {
	items []queued
	taken int          // guarded by the queue
	left  atomic.Int32 // not settled yet
}

// fanQueue hands recipients to workers, which it starts as they are needed.
type fanQueue struct {
	mu       sync.Mutex
	filled   sync.Cond // for workers
	emptied  sync.Cond // for the reader
	chunks   []*chunk  // chunks[head:] hold what waits
	head     int
	waiting  int  // recipients in them
	closed   bool // no more will come
	stopped  bool // nothing more is to be taken
	idle     int  // workers that wait and were not woken yet
	blocked  bool // the reader waits
	started  int
	max      int
	work     func()
	blank    Delivery  // what all deliveries have in common
	spare    sync.Pool // of *chunk
	finished sync.WaitGroup
}

func (q *fanQueue) init(workers int, work func(), blank Delivery) {
	q.filled.L, q.emptied.L = &q.mu, &q.mu
	q.max, q.work, q.blank = workers, work, blank
}

// fresh returns an empty chunk for up to size recipients.
func (q *fanQueue) fresh(size int) *chunk {
	if c, ok := q.spare.Get().(*chunk); ok && cap(c.items) >= size {
		c.items, c.taken = c.items[:0], 0
		return c
	}
	c := &chunk{items: make([]queued, size)}
	for i := range c.items {
		c.items[i].d = q.blank
	}
	c.items = c.items[:0]
	return c
}

// push adds a chunk, waiting while the queue is full. Once the queue is stopped
// it still keeps the chunk, for rest.
func (q *fanQueue) push(c *chunk) {
	n := len(c.items)
	if n == 0 {
		return
	}
	c.left.Store(int32(n))
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stopped && q.waiting+n > maxQueued {
		q.blocked = true
		q.emptied.Wait()
	}
	q.blocked = false
	if q.head > 0 && len(q.chunks) == cap(q.chunks) {
		kept := copy(q.chunks, q.chunks[q.head:])
		clear(q.chunks[kept:])
		q.chunks, q.head = q.chunks[:kept], 0
	}
	q.chunks = append(q.chunks, c)
	q.waiting += n
	q.wake()
}

// wake gets one more worker to look, if something waits.
func (q *fanQueue) wake() {
	switch {
	case q.stopped || q.waiting == 0:
	case q.idle > 0:
		q.idle--
		q.filled.Signal()
	case q.started < q.max:
		q.started++
		q.finished.Go(q.work)
	}
}

// take returns up to n recipients of one chunk, waiting for some; none when
// there will be none any more. Call settled when they are served.
func (q *fanQueue) take(n int) (*chunk, []queued) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stopped && !q.closed && q.waiting == 0 {
		q.idle++
		q.filled.Wait()
	}
	if q.stopped || q.waiting == 0 {
		return nil, nil
	}
	c := q.chunks[q.head]
	n = min(n, len(c.items)-c.taken)
	portion := c.items[c.taken : c.taken+n]
	q.waiting -= n
	if c.taken += n; c.taken == len(c.items) {
		q.chunks[q.head] = nil
		if q.head++; q.head == len(q.chunks) {
			q.chunks, q.head = q.chunks[:0], 0
		}
	}
	if q.blocked && q.waiting <= maxQueued/2 {
		q.blocked = false
		q.emptied.Signal()
	}
	q.wake() // the next one, if there is more
	return c, portion
}

// settled says that n recipients of a chunk are served.
func (q *fanQueue) settled(c *chunk, n int) {
	if c.left.Add(int32(-n)) == 0 {
		q.spare.Put(c)
	}
}

// stop wakes everybody to leave.
func (q *fanQueue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopped = true
	q.filled.Broadcast()
	q.emptied.Signal()
}

// drain says that no more will come, and waits until the workers have ended.
func (q *fanQueue) drain() {
	q.mu.Lock()
	q.closed = true
	q.filled.Broadcast()
	q.mu.Unlock()
	q.finished.Wait()
}

// rest visits what nobody took. Call it after drain.
func (q *fanQueue) rest(visit func(*queued)) {
	for _, c := range q.chunks[q.head:] {
		for i := range c.items[c.taken:] {
			visit(&c.items[c.taken+i])
		}
	}
}
