package memstore

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// key orders records: by time, then by ID. Sets that are ordered by ID alone
// leave the time zero.
type key struct {
	at     time.Time
	record string
}

func compare(a, b key) int {
	return cmp.Or(a.at.Compare(b.at), strings.Compare(a.record, b.record))
}

// ordered is a sorted set of keys in blocks, so that adding and removing move
// little. Its zero value is empty.
type ordered struct{ blocks [][]key }

const blockSize = 256

// find returns the block that holds k, or would, and the place in it.
func (o *ordered) find(k key) (block, place int, found bool) {
	block, _ = slices.BinarySearchFunc(o.blocks, k, func(b []key, k key) int { return compare(b[len(b)-1], k) })
	if block == len(o.blocks) {
		return block, 0, false
	}
	place, found = slices.BinarySearchFunc(o.blocks[block], k, compare)
	return block, place, found
}

func (o *ordered) add(k key) {
	n, place, found := o.find(k)
	switch {
	case found:
		return
	case len(o.blocks) == 0:
		o.blocks = [][]key{{k}}
		return
	case n == len(o.blocks): // after the last
		n--
		place = len(o.blocks[n])
	}
	b := slices.Insert(o.blocks[n], place, k)
	if len(b) > blockSize {
		half := len(b) / 2
		o.blocks = slices.Insert(o.blocks, n+1, slices.Clone(b[half:]))
		clear(b[half:])
		b = b[:half]
	}
	o.blocks[n] = b
}

func (o *ordered) remove(k key) {
	n, place, found := o.find(k)
	if !found {
		return
	}
	if o.blocks[n] = slices.Delete(o.blocks[n], place, place+1); len(o.blocks[n]) == 0 {
		o.blocks = slices.Delete(o.blocks, n, n+1)
	}
}

// after calls yield for every key after k, in order, until it returns false.
func (o *ordered) after(k key, yield func(key) bool) {
	n, place, found := o.find(k)
	if found {
		place++
	}
	for ; n < len(o.blocks); n, place = n+1, 0 {
		for _, have := range o.blocks[n][place:] {
			if !yield(have) {
				return
			}
		}
	}
}
