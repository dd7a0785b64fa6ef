package sqloutbox

import (
	"context"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// work is one transaction: what it has read, and what it is about to change.
// Rows are read in bulk, changed in memory by the rules of threads, and written
// in bulk by flush.
//
// In PostgreSQL locks are taken in one order, so that no two transactions wait
// for each other: the expansion, lanes by number, open items by key, outcomes by
// key, threads, counters. An item of a thread is changed only under the lock of
// its row or of its lane's; a claim skips what is locked.
type work struct {
	o *Outbox
	t *sqlkit.Tx

	now   int64 // of what is done
	clock int64 // of the database, where leases follow it

	groups  map[int64]*group
	shapes  map[shape]*group
	rows    map[string]*row // nil: there is none
	threads map[threadID]*thread
	nobody  thread // stands for those of one item
	changed []*row // to be written
	touched []*thread
	counts  map[line]counted
}

func newWork(o *Outbox, t *sqlkit.Tx) *work {
	return &work{
		o: o, t: t, groups: make(map[int64]*group), shapes: make(map[shape]*group), rows: make(map[string]*row),
		threads: make(map[threadID]*thread), counts: make(map[line]counted),
	}
}

// serverClock says whether leases follow the clock of the server.
func (w *work) serverClock() bool {
	return w.t.Dialect == sqlkit.Postgres && w.o.clock == DatabaseClock
}

const clockQuery = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint"

// steady reads the server's clock and, in a transaction of our own, has
// PostgreSQL look rows up one by one: for small tables, and for those it knows
// nothing of yet, it would rather read them whole.
func (w *work) steady(ctx context.Context) error {
	if w.t.Dialect == sqlkit.SQLite {
		return nil
	}
	query := clockQuery
	if !w.o.bound {
		query += ", set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"
	}
	dest := []any{&w.clock}
	if !w.o.bound {
		dest = append(dest, new(string), new(string), new(string))
	}
	_, err := w.t.One(ctx, dest, query)
	return err
}

// leaseNow is the time that the ends of leases are compared with.
func (w *work) leaseNow(at int64) int64 {
	if w.serverClock() {
		return w.clock
	}
	return at
}

// touch notes that a row is about to change.
func (w *work) touch(r *row) {
	if !r.dirty {
		r.dirty = true
		w.changed = append(w.changed, r)
	}
}

// flush writes what has changed.
func (w *work) flush(ctx context.Context) error {
	for _, r := range w.changed {
		if r.was != nowhere {
			w.count(r.wasLine, -1, r.wasRetried)
		}
		w.count(r.line(), 1, r.attempts > 1)
	}
	for _, step := range []func(context.Context, []*row) error{
		w.insertItems, w.deleteOpen, w.updateOpen, w.insertOpen, w.deleteOutcomes, w.updateOutcomes, w.insertOutcomes,
	} {
		if err := step(ctx, w.changed); err != nil {
			return err
		}
	}
	if err := w.writeThreads(ctx); err != nil {
		return err
	}
	if err := w.writeCounts(ctx); err != nil {
		return err
	}
	for _, r := range w.changed {
		r.dirty = false
		r.written()
	}
	w.changed = w.changed[:0]
	return nil
}
