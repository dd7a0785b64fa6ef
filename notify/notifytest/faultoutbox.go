package notifytest

import (
	"context"
	"sync"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Op names a method of [notify.Outbox].
type Op string

// The methods.
const (
	OpAdd    Op = "add"
	OpClaim  Op = "claim"
	OpSettle Op = "settle"
	OpTally  Op = "tally"
	OpList   Op = "list"
)

// FaultOutbox is an outbox that fails where a test wants it to: before a call
// has had its effect, or after it, as when the answer of a database is lost.
// The funcs may also run other code there, so that a test can interleave two
// workers at any call. It is safe for concurrent use if its parts are.
type FaultOutbox struct {
	notify.Outbox
	// Before is called before the n-th call in all, counted from 1. If it returns an
	// error the call fails with it and has no effect. If nil, nothing happens.
	Before func(ctx context.Context, op Op, n int) error
	// After is called after it. If it returns an error the call fails with it,
	// though it had its effect. If nil, nothing happens.
	After func(ctx context.Context, op Op, n int) error

	mu    sync.Mutex
	calls int
}

// Calls returns how many calls there were so far.
func (f *FaultOutbox) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// faulty runs one call between its hooks.
func faulty[T any](ctx context.Context, f *FaultOutbox, op Op, call func() (T, error)) (T, error) {
	f.mu.Lock()
	f.calls++
	n := f.calls
	f.mu.Unlock()
	var none T
	if f.Before != nil {
		if err := f.Before(ctx, op, n); err != nil {
			return none, err
		}
	}
	v, err := call()
	if f.After != nil {
		if err := f.After(ctx, op, n); err != nil {
			return none, err
		}
	}
	return v, err
}

// Add implements [notify.Outbox].
func (f *FaultOutbox) Add(ctx context.Context, p notify.Page) (int, error) {
	return faulty(ctx, f, OpAdd, func() (int, error) { return f.Outbox.Add(ctx, p) })
}

// Claim implements [notify.Outbox].
func (f *FaultOutbox) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	return faulty(ctx, f, OpClaim, func() ([]notify.Claimed, error) { return f.Outbox.Claim(ctx, r) })
}

// Settle implements [notify.Outbox].
func (f *FaultOutbox) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	return faulty(ctx, f, OpSettle, func() ([]notify.Settled, error) { return f.Outbox.Settle(ctx, s) })
}

// Tally implements [notify.Outbox].
func (f *FaultOutbox) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	return faulty(ctx, f, OpTally, func() (notify.Tally, error) { return f.Outbox.Tally(ctx, q) })
}

// List implements [notify.Outbox].
func (f *FaultOutbox) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	type page struct {
		items []notify.Stored
		next  string
	}
	p, err := faulty(ctx, f, OpList, func() (page, error) {
		items, next, err := f.Outbox.List(ctx, q, cursor, limit)
		return page{items, next}, err
	})
	return p.items, p.next, err
}

// NextDue implements [notify.Forecaster] as the outbox inside does, and knows
// nothing if that is none. It is not counted as a call.
func (f *FaultOutbox) NextDue(ctx context.Context, channel string) (time.Time, error) {
	if in, ok := f.Outbox.(notify.Forecaster); ok {
		return in.NextDue(ctx, channel)
	}
	return time.Time{}, nil
}
