package notify

import (
	"slices"
	"time"
)

// SameContent reports whether two items with the same key say the same, as
// [Outbox.Add] compares them: what comes from directory and clock, and the
// notice, may differ. For those who write an [Outbox].
func (i *Item) SameContent(o *Item) bool {
	return i.Space == o.Space && i.Record == o.Record && i.Kind == o.Kind && i.Subject == o.Subject &&
		i.Recipient == o.Recipient && i.Customer == o.Customer && i.Channel == o.Channel &&
		i.Thread == o.Thread && i.Seq == o.Seq && i.Supersedable == o.Supersedable
}

// NextWay returns the item that an outbox adds when this one gives up: the same
// by the first of its fallbacks, with the others after it, under [FallbackKey].
// It is false if there is none. For those who write an [Outbox].
func (i *Item) NextWay() (Item, bool) {
	if len(i.Fallback) == 0 {
		return Item{}, false
	}
	f, next := i.Fallback[0], *i
	next.Key, next.Channel, next.Task = FallbackKey(i.Key, f), f.Channel, f.Task
	next.NotBefore, next.Fallback = time.Time{}, slices.Clone(i.Fallback[1:])
	if f.Recipient != "" {
		next.Recipient = f.Recipient
	}
	return next, true
}

// Match reports whether the query selects an item. For those who write an [Outbox].
func (q *Query) Match(s *Stored) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(q.Space, s.Space) && is(q.Record, s.Record) && is(q.Notice, s.Notice) &&
		is(q.Recipient, s.Recipient) && is(q.Customer, s.Customer) && is(q.Channel, s.Channel) &&
		(len(q.States) == 0 || slices.Contains(q.States, s.State))
}
