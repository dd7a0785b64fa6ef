package memoutbox

// heap is a binary heap of items that know their place in it, so that any of
// them can be taken out.
type heap struct {
	items  []*item
	before func(a, b *item) bool
}

func (h *heap) top() *item {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0]
}

func (h *heap) push(it *item) {
	it.heap, it.pos = h, int32(len(h.items))
	h.items = append(h.items, it)
	h.up(len(h.items) - 1)
}

func (h *heap) remove(it *item) {
	i, last := int(it.pos), len(h.items)-1
	moved := h.items[last]
	h.items[last] = nil
	h.items = h.items[:last]
	it.heap = nil
	if i == last {
		return
	}
	h.items[i], moved.pos = moved, int32(i)
	if !h.down(i) {
		h.up(i)
	}
}

func (h *heap) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].pos, h.items[j].pos = int32(i), int32(j)
}

func (h *heap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(h.items[i], h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *heap) down(i int) (moved bool) {
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			return moved
		}
		if r := child + 1; r < len(h.items) && h.before(h.items[r], h.items[child]) {
			child = r
		}
		if !h.before(h.items[child], h.items[i]) {
			return moved
		}
		h.swap(i, child)
		i, moved = child, true
	}
}

// moreUrgent orders what is ready: higher priority, then earlier due, then key.
func moreUrgent(a, b *item) bool {
	if a.priority != b.priority {
		return a.priority > b.priority
	}
	if a.dueAt != b.dueAt {
		return a.dueAt < b.dueAt
	}
	return a.key < b.key
}

// sooner orders what waits and what is leased by the time until then.
func sooner(a, b *item) bool { return a.nextAt < b.nextAt }
