package memoutbox

// channel holds what can be claimed of one channel. Every queue has at most one
// item in these heaps: its candidate.
type channel struct {
	name    string
	ready   heap // by urgency; their time had come when they were put here
	waiting heap // by the time of their next attempt
	leases  heap // by the end of their lease
}

func newChannel(name string) *channel {
	return &channel{
		name:    name,
		ready:   heap{before: moreUrgent},
		waiting: heap{before: sooner},
		leases:  heap{before: sooner},
	}
}

// lane is one thread on one channel.
type lane struct {
	channel *channel
	thread  string
}

// contact is one recipient of one space.
type contact struct {
	id     string
	last   *item // sent last; earlier ones follow through item.older
	leased int
}

// addSent keeps the chain of sent items ordered by the time they were sent.
func (c *contact) addSent(it *item) {
	at := &c.last
	for *at != nil && (*at).changed > it.changed {
		at = &(*at).older
	}
	it.older, *at = *at, it
}

// sentSince counts items sent after a time, up to limit.
func (c *contact) sentSince(t int64, limit int) (n int) {
	for it := c.last; it != nil && it.changed > t && n < limit; it = it.older {
		if it.state == sent {
			n++
		}
	}
	return n
}

// queue is what is open of one (space, recipient, channel, thread), ordered by Seq, then key.
type queue struct {
	contact    *contact
	lane       *lane
	head, tail *item
	inFlight   *item
	seated     *item  // the candidate that is in one of the channel's heaps
	last       *item  // sent last; earlier ones follow through item.before
	told       uint64 // highest Seq of a supersedable item that was sent
	toldAny    bool
}

func (q *queue) insert(it *item) {
	after := q.tail
	for after != nil && (after.seq > it.seq || after.seq == it.seq && after.key > it.key) {
		after = after.prev
	}
	it.prev = after
	if after == nil {
		it.next, q.head = q.head, it
	} else {
		it.next, after.next = after.next, it
	}
	if it.next == nil {
		q.tail = it
	} else {
		it.next.prev = it
	}
}

func (q *queue) unlink(it *item) {
	if it.prev == nil {
		q.head = it.next
	} else {
		it.prev.next = it.next
	}
	if it.next == nil {
		q.tail = it.prev
	} else {
		it.next.prev = it.prev
	}
	it.prev, it.next = nil, nil
}

// candidate is the item whose turn it is: the one in flight, or else the first
// that no person has to do.
func (q *queue) candidate() *item {
	if q.inFlight != nil {
		return q.inFlight
	}
	for it := q.head; it != nil; it = it.next {
		if it.state == pending {
			return it
		}
	}
	return nil
}

// seat puts the candidate, and no other item of the queue, into a heap. An item
// whose time or state changes must be taken out of its heap before.
func (q *queue) seat() {
	c := q.candidate()
	if q.seated != nil && q.seated != c {
		q.seated.unseat()
	}
	q.seated = c
	if c == nil || c.heap != nil {
		return
	}
	if c.state == leased {
		q.lane.channel.leases.push(c)
	} else {
		q.lane.channel.waiting.push(c)
	}
}

func (it *item) unseat() {
	if it.heap != nil {
		it.heap.remove(it)
	}
}

// hasNewer says whether a newer supersedable item than it is waiting, in
// flight or sent.
func (q *queue) hasNewer(it *item) bool {
	for o := q.tail; o != nil && o.seq > it.seq; o = o.prev {
		if o.supersedable {
			return true
		}
	}
	return q.toldAny && q.told > it.seq
}

// addSent remembers an item as the last one sent.
func (q *queue) addSent(it *item) {
	it.before, q.last = q.last, it
	if it.supersedable && (!q.toldAny || it.seq > q.told) {
		q.told, q.toldAny = it.seq, true
	}
	q.contact.addSent(it)
}

// bounce forgets an item that was sent and came back.
func (q *queue) bounce() {
	for q.last != nil && q.last.state != sent {
		q.last = q.last.before
	}
	q.told, q.toldAny = 0, false
	for it := q.last; it != nil; it = it.before {
		if it.state == sent && it.supersedable && (!q.toldAny || it.seq > q.told) {
			q.told, q.toldAny = it.seq, true
		}
	}
}
