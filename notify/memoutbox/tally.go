package memoutbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// unset is the zero time in microseconds since 1970.
const unset = -62_135_596_800_000_000

type lineKey struct {
	notice, kind, channel string
	state                 state
}

// Tally implements [notify.Outbox].
func (o *Outbox) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return notify.Tally{}, fmt.Errorf("memoutbox: counting: %w", context.Cause(ctx))
	}
	var t notify.Tally
	for _, e := range o.expansions {
		if (q.Notice == "" || q.Notice == e.Notice) && (q.Record == "" || q.Record == e.record) && (q.Space == "" || q.Space == e.space) {
			t.Expansions = append(t.Expansions, e.Expansion)
		}
	}
	slices.SortFunc(t.Expansions, func(a, b notify.Expansion) int { return strings.Compare(a.Notice, b.Notice) })

	wanted := wantedStates(q.States)
	lines := make(map[lineKey]line)
	oldest, none := int64(0), true
	due := func(at int64) {
		if at != unset && (none || at < oldest) {
			oldest, none = at, false
		}
	}
	for _, r := range o.recordsOf(&q) {
		if q.Recipient != "" || q.Customer != "" {
			r.keys.each(func(it *item) {
				if wanted[it.state] && it.matches(&q) {
					var l line
					l.add(it)
					merge(lines, it.g, it.state, l)
					if it.state.open() {
						due(it.dueAt)
					}
				}
			})
			continue
		}
		r.freshen()
		for _, g := range r.groups {
			if !g.matches(&q) {
				continue
			}
			for s, l := range g.lines {
				if wanted[s] {
					merge(lines, g, state(s), l)
				}
			}
			if wanted[pending] && wanted[leased] && wanted[task] {
				for at := range g.due {
					due(at)
				}
			} else {
				r.keys.each(func(it *item) {
					if it.g == g && it.state.open() && wanted[it.state] {
						due(it.dueAt)
					}
				})
			}
		}
	}
	for k, l := range lines {
		t.Counts = append(t.Counts, notify.TallyLine{
			Notice: k.notice, Kind: k.kind, Channel: k.channel, State: k.state.public(),
			N: l.n, Retried: l.retried, First: fromMicro(l.first), Last: fromMicro(l.last),
		})
	}
	slices.SortFunc(t.Counts, func(a, b notify.TallyLine) int {
		return cmp.Or(strings.Compare(a.Notice, b.Notice), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Channel, b.Channel), strings.Compare(string(a.State), string(b.State)))
	})
	if !none {
		t.OldestDue = fromMicro(oldest)
	}
	return t, nil
}

func merge(lines map[lineKey]line, g *group, s state, l line) {
	if l.n == 0 {
		return
	}
	k := lineKey{g.notice, g.kind, g.lane.channel.name, s}
	if have, ok := lines[k]; ok {
		l.n += have.n
		l.retried += have.retried
		l.first, l.last = min(l.first, have.first), max(l.last, have.last)
	}
	lines[k] = l
}

// recordsOf returns the records that items of a query can be in.
func (o *Outbox) recordsOf(q *notify.Query) []*record {
	if q.Space != "" && q.Record != "" {
		if r := o.records[recordKey{q.Space, q.Record}]; r != nil {
			return []*record{r}
		}
		return nil
	}
	var out []*record
	for k, r := range o.records {
		if (q.Space == "" || q.Space == k.space) && (q.Record == "" || q.Record == k.record) &&
			slices.ContainsFunc(r.groups, func(g *group) bool { return g.matches(q) }) {
			out = append(out, r)
		}
	}
	return out
}

func wantedStates(states []notify.State) (w [numStates]bool) {
	for s := range w {
		w[s] = len(states) == 0 || slices.Contains(states, state(s).public())
	}
	return w
}

func (it *item) matches(q *notify.Query) bool {
	return (q.Recipient == "" || q.Recipient == it.q.contact.id) && (q.Customer == "" || q.Customer == it.customer) && it.g.matches(q)
}
