package memoutbox

import (
	"slices"
	"strings"
)

// index lists items by key. Keys that come in order cost nothing; others are
// sorted in when somebody reads.
type index struct {
	sorted []*item
	fresh  []*item // not sorted yet
}

func (x *index) add(it *item) {
	if len(x.fresh) == 0 && (len(x.sorted) == 0 || x.sorted[len(x.sorted)-1].key < it.key) {
		x.sorted = append(x.sorted, it)
		return
	}
	x.fresh = append(x.fresh, it)
}

func (x *index) each(f func(*item)) {
	for _, it := range x.sorted {
		f(it)
	}
	for _, it := range x.fresh {
		f(it)
	}
}

// after returns the items whose key is greater, in order.
func (x *index) after(key string) []*item {
	x.merge()
	i, found := slices.BinarySearchFunc(x.sorted, key, func(it *item, key string) int { return strings.Compare(it.key, key) })
	if found {
		i++
	}
	return x.sorted[i:]
}

func (x *index) merge() {
	if len(x.fresh) == 0 {
		return
	}
	slices.SortFunc(x.fresh, func(a, b *item) int { return strings.Compare(a.key, b.key) })
	i, j := len(x.sorted)-1, len(x.fresh)-1
	x.sorted = slices.Grow(x.sorted, len(x.fresh))[:len(x.sorted)+len(x.fresh)]
	for k := len(x.sorted) - 1; j >= 0; k-- {
		if i >= 0 && x.sorted[i].key > x.fresh[j].key {
			x.sorted[k] = x.sorted[i]
			i--
		} else {
			x.sorted[k] = x.fresh[j]
			j--
		}
	}
	x.fresh = nil
}
