package riverengine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/amends-dev/amends/incident"
)

// Records returns the store for the desk: every record that becomes due there
// also becomes a job. The job is inserted after the record was written; if that
// fails it is logged, and the next sweep makes it good.
func (e *Engine) Records() incident.Store { return &records{Store: e.records, engine: e} }

// InTx returns a store that is bound to a transaction of the host, with the jobs
// inserted in that transaction: they exist if and only if what they are for
// does. After an error nothing of the call stays and the transaction is usable,
// as with the bound store itself. See [SQLTx] for how to bind one.
func (e *Engine) InTx(tx pgx.Tx, bound incident.Store) incident.Store {
	return &records{Store: bound, engine: e, tx: tx}
}

// records inserts a job for whatever becomes due.
type records struct {
	incident.Store
	engine *Engine
	tx     pgx.Tx // of the host, nil outside of one
}

// Append appends, and has the records looked at.
func (r *records) Append(ctx context.Context, c incident.Commit) (done incident.Result, err error) {
	err = r.write(ctx, func() (jobs []river.InsertManyParams, err error) {
		if done, err = r.Store.Append(ctx, c); err != nil || done.Repeat {
			return nil, err
		}
		for _, b := range c.Batches {
			p, err := r.Read(ctx, b.Record, math.MaxInt64, 1) // for its turn
			if err != nil {
				return nil, r.unless(ctx, err)
			}
			jobs = append(jobs, r.engine.look(b.Record, p.Head.Turn, b.At))
		}
		return jobs, nil
	})
	return done, err
}

// Look plans, and has the record looked at then.
func (r *records) Look(ctx context.Context, record string, at time.Time, turn uint64) (next uint64, err error) {
	err = r.write(ctx, func() ([]river.InsertManyParams, error) {
		if next, err = r.Store.Look(ctx, record, at, turn); err != nil || at.IsZero() {
			return nil, err
		}
		return []river.InsertManyParams{r.engine.look(record, next, at)}, nil
	})
	return next, err
}

// Erase erases, if the store can.
func (r *records) Erase(ctx context.Context, record string, version uint64) error {
	eraser, ok := r.Store.(incident.Eraser)
	if !ok {
		return fmt.Errorf("riverengine: erasing in %q: the store of records cannot erase", record)
	}
	return eraser.Erase(ctx, record, version)
}

// write writes and inserts the jobs for it: both or neither in a transaction of
// the host, otherwise the jobs as well as can be.
func (r *records) write(ctx context.Context, write func() ([]river.InsertManyParams, error)) error {
	if r.tx == nil {
		jobs, err := write()
		if err != nil || len(jobs) == 0 {
			return err
		}
		return r.unless(ctx, r.engine.insert(context.WithoutCancel(ctx), nil, jobs)) // what was written is due, whoever has given up
	}
	return pgx.BeginFunc(ctx, r.tx, func(savepoint pgx.Tx) error {
		jobs, err := write()
		if err != nil || len(jobs) == 0 {
			return err
		}
		if err := r.engine.insert(ctx, savepoint, jobs); err != nil {
			return fmt.Errorf("riverengine: inserting jobs: %w", err)
		}
		return nil
	})
}

// unless returns an error in a transaction, and logs it outside of one: there,
// what was written stays, and the sweep finds it.
func (r *records) unless(ctx context.Context, err error) error {
	if err == nil || r.tx != nil {
		return err
	}
	r.engine.o.Logger.WarnContext(ctx, "a record was written and is looked at by the next sweep: its job could not be inserted", slog.Any("error", err))
	return nil
}

// head returns how a record stands; a zero one if it is not there.
func (e *Engine) head(ctx context.Context, record string) (incident.Head, error) {
	p, err := e.records.Read(ctx, record, math.MaxInt64, 1)
	if errors.Is(err, incident.ErrNotFound) {
		return incident.Head{}, nil
	}
	return p.Head, err
}
