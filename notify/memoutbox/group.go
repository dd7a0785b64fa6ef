package memoutbox

import (
	"github.com/amends-dev/amends/notify"
)

type recordKey struct{ space, record string }

// record is what the items of one incident or case are found by.
type record struct {
	groups []*group
	keys   index
}

type groupKey struct {
	space, record, notice, kind string
	lane                        *lane
}

// group is what the items of one notice on one channel and thread have in
// common, with what a tally reads.
type group struct {
	space, notice, kind string
	recordID            string
	record              *record
	lane                *lane
	lines               [numStates]line
	due                 map[int64]int64 // open items by DueAt
}

// line counts the items of a group in one state.
type line struct {
	n, retried  int64
	first, last int64
	stale       bool // an item left that first or last may have come from
}

func (l *line) add(it *item) {
	if l.n == 0 {
		l.first, l.last, l.stale = it.changed, it.changed, false
	} else {
		l.first, l.last = min(l.first, it.changed), max(l.last, it.changed)
	}
	l.n++
	if it.attempts > 1 {
		l.retried++
	}
}

func (o *Outbox) groupOf(k groupKey) *group {
	g := o.groups[k]
	if g != nil {
		return g
	}
	if o.groups == nil {
		o.groups = make(map[groupKey]*group)
		o.records = make(map[recordKey]*record)
	}
	r := o.records[recordKey{k.space, k.record}]
	if r == nil {
		r = &record{}
		o.records[recordKey{k.space, k.record}] = r
	}
	g = &group{space: k.space, recordID: k.record, record: r, notice: k.notice, kind: k.kind, lane: k.lane, due: make(map[int64]int64)}
	r.groups = append(r.groups, g)
	o.groups[k] = g
	return g
}

// enter counts a new item, which is pending.
func (g *group) enter(it *item) {
	g.lines[pending].add(it)
	g.due[it.dueAt]++
}

// move takes an item to another state.
func (g *group) move(it *item, to state, now int64) {
	g.leave(it)
	if it.state.open() && !to.open() {
		if g.due[it.dueAt]--; g.due[it.dueAt] == 0 {
			delete(g.due, it.dueAt)
		}
	}
	if !it.state.open() && to.open() {
		g.due[it.dueAt]++
	}
	it.state, it.changed = to, now
	g.lines[to].add(it)
}

// leave stops counting an item in its state. What it is counted by must not
// have changed since it was added.
func (g *group) leave(it *item) {
	l := &g.lines[it.state]
	l.n--
	if it.attempts > 1 {
		l.retried--
	}
	if it.changed <= l.first || it.changed >= l.last {
		l.stale = true
	}
}

// setAttempts changes what Retried counts.
func (g *group) setAttempts(it *item, attempts int32) {
	l := &g.lines[it.state]
	if it.attempts > 1 {
		l.retried--
	}
	if it.attempts = attempts; attempts > 1 {
		l.retried++
	}
}

// freshen reads the first and last times again where they have become stale.
func (r *record) freshen() {
	stale := false
	for _, g := range r.groups {
		for s := range g.lines {
			if l := &g.lines[s]; l.stale {
				if l.n > 0 {
					stale = true
				} else {
					l.stale = false
				}
			}
		}
	}
	if !stale {
		return
	}
	for _, g := range r.groups {
		for s := range g.lines {
			if l := &g.lines[s]; l.stale {
				*l = line{stale: true}
			}
		}
	}
	r.keys.each(func(it *item) {
		if l := &it.g.lines[it.state]; l.stale {
			l.add(it)
			l.stale = true // until all are counted
		}
	})
	for _, g := range r.groups {
		for s := range g.lines {
			g.lines[s].stale = false
		}
	}
}

// matches says whether all items of the group can match a query, state and person aside.
func (g *group) matches(q *notify.Query) bool {
	return (q.Space == "" || q.Space == g.space) && (q.Record == "" || q.Record == g.recordID) &&
		(q.Notice == "" || q.Notice == g.notice) && (q.Channel == "" || q.Channel == g.lane.channel.name)
}
