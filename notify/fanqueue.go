package notify

import "sync"

// maxBatch is the largest portion that is handed over at once, maxQueued bounds
// what waits for workers.
const (
	maxBatch  = 64
	maxQueued = 16 * maxBatch
)

// queued is a recipient with its place in the list.
type queued struct {
	index int
	to    Recipient
}

// fanQueue hands recipients to workers, which it starts as they are needed.
type fanQueue struct {
	mu       sync.Mutex
	filled   sync.Cond // for workers
	emptied  sync.Cond // for the reader
	items    []queued  // items[head:] wait
	head     int
	closed   bool // no more will come
	stopped  bool // nothing more is to be taken
	idle     int  // workers that wait and were not woken yet
	blocked  bool // the reader waits
	started  int
	max      int
	work     func()
	finished sync.WaitGroup
}

func (q *fanQueue) init(workers int, work func()) {
	q.filled.L, q.emptied.L = &q.mu, &q.mu
	q.max, q.work = workers, work
}

// push adds a portion, waiting while the queue is full. Once the queue is
// stopped it still keeps the portion, for rest.
func (q *fanQueue) push(portion []queued) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stopped && len(q.items)-q.head+len(portion) > maxQueued {
		q.blocked = true
		q.emptied.Wait()
	}
	q.blocked = false
	if q.head > 0 && len(q.items)+len(portion) > cap(q.items) {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, portion...)
	q.wake()
}

// wake gets one more worker to look, if something waits.
func (q *fanQueue) wake() {
	switch {
	case q.stopped || len(q.items) == q.head:
	case q.idle > 0:
		q.idle--
		q.filled.Signal()
	case q.started < q.max:
		q.started++
		q.finished.Go(q.work)
	}
}

// take appends up to n recipients to portion, waiting for some. It appends
// nothing when there will be none any more.
func (q *fanQueue) take(portion []queued, n int) []queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stopped && !q.closed && len(q.items) == q.head {
		q.idle++
		q.filled.Wait()
	}
	if q.stopped || len(q.items) == q.head {
		return portion
	}
	n = min(n, len(q.items)-q.head)
	portion = append(portion, q.items[q.head:q.head+n]...)
	clear(q.items[q.head : q.head+n])
	if q.head += n; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	if q.blocked && len(q.items)-q.head <= maxQueued/2 {
		q.blocked = false
		q.emptied.Signal()
	}
	q.wake() // the next one, if there is more
	return portion
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

// rest returns what nobody took. Call it after drain.
func (q *fanQueue) rest() []queued { return q.items[q.head:] }
