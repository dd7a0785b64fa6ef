package notify

import (
	"context"
	"fmt"
)

// Dead lists items that were given up, by key: what a person should look at.
// Query and paging are as in [Outbox.List]; States is ignored.
func (d *Dispatcher) Dead(ctx context.Context, q Query, cursor string, limit int) ([]Stored, string, error) {
	q.States = []State{StateDead}
	items, next, err := d.box.List(ctx, q, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("notify: listing dead deliveries: %w", err)
	}
	return items, next, nil
}

// Tasks lists items that wait for a person, by key.
func (d *Dispatcher) Tasks(ctx context.Context, q Query, cursor string, limit int) ([]Stored, string, error) {
	q.States = []State{StateTask}
	items, next, err := d.box.List(ctx, q, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("notify: listing tasks: %w", err)
	}
	return items, next, nil
}

// Revive tries dead items again, with their attempts counted afresh, because
// the named person mended what was wrong. Items that wait already stay as they are. One
// whose fallback was sent answers [ErrRefused]: its recipient has been told, and
// would be told twice. The answers
// are in order; the error is for the outbox itself.
func (d *Dispatcher) Revive(ctx context.Context, by string, keys ...string) ([]Settled, error) {
	s := make([]Settlement, len(keys))
	for i, key := range keys {
		s[i] = Settlement{Key: key, Outcome: Revive, By: by}
	}
	settled, err := d.say(ctx, s)
	if err == nil {
		d.Wake()
	}
	return settled, err
}

// MarkDone records that the named person did a task, and how we know: who was
// called and when, the number of a filing. A repeat with the same words changes nothing.
func (d *Dispatcher) MarkDone(ctx context.Context, key, by, proof string) (Settled, error) {
	return d.sayOne(ctx, Settlement{Key: key, Outcome: MarkDone, By: by, Proof: proof})
}

// MarkBounced records that a sent item came back; its next fallback is added.
// The reason is for operators and must hold no address. An item whose sending is not settled yet
// answers ErrRefused: report the bounce again a little later.
func (d *Dispatcher) MarkBounced(ctx context.Context, key, reason string) (Settled, error) {
	settled, err := d.sayOne(ctx, Settlement{Key: key, Outcome: MarkBounced, Err: reason, Class: AddressGone})
	if settled.Added != "" {
		d.Wake()
	}
	return settled, err
}

// MarkRead records that a sent item was read; the first time counts.
func (d *Dispatcher) MarkRead(ctx context.Context, key string) (Settled, error) {
	return d.sayOne(ctx, Settlement{Key: key, Outcome: MarkRead})
}

// sayOne settles one item without a claim; what the outbox refused is the error.
func (d *Dispatcher) sayOne(ctx context.Context, s Settlement) (Settled, error) {
	settled, err := d.say(ctx, []Settlement{s})
	if err != nil {
		return Settled{Key: s.Key}, err
	}
	if err := settled[0].Err; err != nil {
		return settled[0], fmt.Errorf("notify: recording %q: %w", s.Outcome, err)
	}
	return settled[0], nil
}

func (d *Dispatcher) say(ctx context.Context, s []Settlement) ([]Settled, error) {
	now := d.o.Now()
	for i := range s {
		s[i].At, s[i].Now = now, now
	}
	settled, err := d.box.Settle(ctx, s)
	if err == nil && len(settled) != len(s) {
		err = fmt.Errorf("the outbox answered for %d of %d", len(settled), len(s))
	}
	if err != nil {
		return nil, fmt.Errorf("notify: recording what became of deliveries: %w", err)
	}
	return settled, nil
}
