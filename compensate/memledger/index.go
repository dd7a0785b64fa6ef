package memledger

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// index keeps records in the order of their IDs. New ones wait unsorted until somebody looks.
type index struct {
	sorted []*record
	fresh  []*record
}

func (x *index) add(r *record) { x.fresh = append(x.fresh, r) }

func byID(a, b *record) int { return cmp.Compare(a.ID, b.ID) }

// ordered returns the records in order. The slice is valid until the next add.
func (x *index) ordered() []*record {
	if len(x.fresh) == 0 {
		return x.sorted
	}
	slices.SortFunc(x.fresh, byID)
	merged := make([]*record, 0, len(x.sorted)+len(x.fresh))
	old, fresh := x.sorted, x.fresh
	for len(old) > 0 && len(fresh) > 0 {
		if byID(old[0], fresh[0]) < 0 {
			merged, old = append(merged, old[0]), old[1:]
		} else {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
	}
	x.sorted = append(append(merged, old...), fresh...)
	x.fresh = nil
	return x.sorted
}

// after returns the records whose ID is greater than the cursor.
func (x *index) after(cursor string) []*record {
	list := x.ordered()
	i, found := slices.BinarySearchFunc(list, cursor, func(r *record, id string) int { return cmp.Compare(r.ID, id) })
	if found {
		i++
	}
	return list[i:]
}

// place is a record's place in the queue; it is stale once the record's turn has moved on.
type place struct {
	record *record
	at     time.Time
	turn   int64
}

// queue is a heap of what becomes due, the earliest first.
type queue []place //nolint:recvcheck // as package heap wants it

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if c := q[i].at.Compare(q[j].at); c != 0 {
		return c < 0
	}
	return q[i].record.seq < q[j].record.seq
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is for package heap.
func (q *queue) Push(x any) { *q = append(*q, x.(place)) } //nolint:forcetypeassert // only places are pushed

// Pop is for package heap.
func (q *queue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	(*q)[last] = place{}
	*q = (*q)[:last]
	return p
}

// next takes the first record that is due out of the queue; nil if there is none.
func (q *queue) next(at time.Time) *record {
	for len(*q) > 0 && !(*q)[0].at.After(at) {
		p := heap.Pop(q).(place) //nolint:forcetypeassert // only places are pushed
		if p.turn == p.record.turn {
			return p.record
		}
	}
	return nil
}
