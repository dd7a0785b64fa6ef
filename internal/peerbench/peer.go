package main

import (
	"context"
	"fmt"
	"time"
)

// batch is how many rows are added in one call, and claimed and settled at once.
const batch = 1000

// row is one delivery, the same for everybody.
type row struct {
	Key       string `json:"key"`
	Record    string `json:"record"`
	Recipient string `json:"recipient"`
	Channel   string `json:"channel"`
	Due       int64  `json:"due"` // microseconds since 1970
}

// rows returns the rows from first on.
func rows(first, n int) []row {
	out := make([]row, n)
	for i := range out {
		id := fmt.Sprintf("%09d", first+i)
		out[i] = row{Key: "stmt-1/" + id + "@mail", Record: "inc-1", Recipient: id, Channel: "mail", Due: epoch().UnixMicro()}
	}
	return out
}

// epoch is when all of it happens, for those who are told the time.
func epoch() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// peer is one way to keep deliveries until they are sent.
type peer interface {
	// add adds rows: when it returns they survive the end of the machine.
	add(ctx context.Context, r []row) error
	// work claims rows, sends them to nobody and settles them, until n are settled.
	work(ctx context.Context, n int) error
	// settled counts what the database says is settled.
	settled(ctx context.Context) (int, error)
	close() error
}

// contestant is a peer that can be opened on an empty database.
type contestant struct {
	name string
	db   database
	// share is which part of the rows it gets, where all of them would take minutes. 0 is all.
	share int
	open  func(ctx context.Context, p place) (peer, error)
}

// idle is how long workers with nothing to do wait before they look again.
const idle = time.Millisecond

// pause waits for a moment, or less if ctx ends.
func pause(ctx context.Context) error {
	t := time.NewTimer(idle)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
