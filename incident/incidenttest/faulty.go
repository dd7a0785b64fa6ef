package incidenttest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/amends-dev/amends/incident"
)

// Names of the calls that [Faulty] counts.
const (
	OpAppend = "append"
	OpRead   = "read"
	OpList   = "list"
	OpTally  = "tally"
	OpLook   = "look"
	OpErase  = "erase"
)

// Faulty is a store with faults. Before and After are called with the name of
// the call and its number, from 1 over all calls. An error from Before is
// returned instead of doing the call; one from After is returned although the
// call was done, as when the answer is lost. Both may also run other code, for
// example another command on the same store; calls that they make through the
// Faulty itself are counted as well.
//
// The hooks are called concurrently if the store is. Set the fields before the first call.
type Faulty struct {
	Store  incident.Store
	Before func(op string, n int) error // nil: nothing
	After  func(op string, n int) error // nil: nothing; not called if the call itself failed

	mu    sync.Mutex
	calls int
}

// Calls returns how many calls were made so far.
func (f *Faulty) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// around makes a call between its hooks.
func around[R any](f *Faulty, op string, call func() (R, error)) (R, error) {
	f.mu.Lock()
	f.calls++
	n := f.calls
	f.mu.Unlock()
	var none R
	if f.Before != nil {
		if err := f.Before(op, n); err != nil {
			return none, err
		}
	}
	r, err := call()
	if err != nil {
		return r, err
	}
	if f.After != nil {
		if err := f.After(op, n); err != nil {
			return none, err
		}
	}
	return r, nil
}

// Append implements [incident.Store].
func (f *Faulty) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	return around(f, OpAppend, func() (incident.Result, error) { return f.Store.Append(ctx, c) })
}

// Read implements [incident.Store].
func (f *Faulty) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	return around(f, OpRead, func() (incident.Page, error) { return f.Store.Read(ctx, record, after, limit) })
}

// List implements [incident.Store].
func (f *Faulty) List(ctx context.Context, q incident.Filter, cursor string, limit int) (incident.Listing, error) {
	return around(f, OpList, func() (incident.Listing, error) { return f.Store.List(ctx, q, cursor, limit) })
}

// Tally implements [incident.Store].
func (f *Faulty) Tally(ctx context.Context, q incident.Filter) ([]incident.Count, error) {
	return around(f, OpTally, func() ([]incident.Count, error) { return f.Store.Tally(ctx, q) })
}

// Look implements [incident.Store].
func (f *Faulty) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	return around(f, OpLook, func() (uint64, error) { return f.Store.Look(ctx, record, at, turn) })
}

// Erase implements [incident.Eraser]. It is an error if the store cannot erase.
func (f *Faulty) Erase(ctx context.Context, record string, version uint64) error {
	_, err := around(f, OpErase, func() (struct{}, error) {
		e, ok := f.Store.(incident.Eraser)
		if !ok {
			return struct{}{}, errors.New("incidenttest: erasing: the store behind Faulty cannot erase")
		}
		return struct{}{}, e.Erase(ctx, record, version)
	})
	return err
}
