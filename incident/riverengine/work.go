package riverengine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/amends-dev/amends/incident"
)

// register adds the workers to those of the host.
func (e *Engine) register(w *river.Workers, desk Desk) error {
	if desk == nil {
		return errors.New("the desk is missing")
	}
	return errors.Join(
		river.AddWorkerSafely(w, &worker[reconcileArgs]{engine: e, work: func(ctx context.Context, a reconcileArgs) error { return e.reconcile(ctx, desk, a) }}),
		river.AddWorkerSafely(w, &worker[deliverArgs]{engine: e, work: func(ctx context.Context, _ deliverArgs) error { return e.deliver(ctx, desk) }}),
		river.AddWorkerSafely(w, &worker[issueArgs]{engine: e, work: func(ctx context.Context, _ issueArgs) error { return e.issue(ctx, desk) }}),
	)
}

// worker works jobs of one kind.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	engine *Engine
	work   func(ctx context.Context, args T) error
}

// Timeout is the engine's, whatever other jobs of the host need.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.engine.o.Timeout }

// Work does it. What a process that stops leaves undone goes on at once, elsewhere.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	err := w.work(ctx, job.Args)
	if errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(0)
	}
	return err
}

// reconcile looks at a record if it is due. The job is only a wake-up: one that
// was lost, comes twice, early or late changes nothing.
func (e *Engine) reconcile(ctx context.Context, desk Desk, a reconcileArgs) error {
	head, err := e.head(ctx, a.Record)
	if err != nil {
		return e.failed(ctx, err, river.JobSnooze(e.o.Retry)) // without the store nothing can be put off there
	}
	switch wait := head.NextLook.Sub(e.now()); {
	case head.NextLook.IsZero():
		return nil // it is never due, or its transaction was rolled back
	case wait > 0 && (head.Turn == a.Turn || head.NextLook.UnixMicro() == a.Due):
		return river.JobSnooze(wait) // the job for that look came early: clocks differ
	case wait > 0:
		return nil // somebody has looked, and planned the next one
	}
	done := false
	defer func() {
		if !done { // it panicked: River tells the host, the record is tried again later
			_ = e.putOff(ctx, head.Record, head.Turn)
		}
	}()
	err = desk.Reconcile(ctx, a.Record)
	done = true
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		return e.failed(ctx, err, e.putOff(ctx, head.Record, head.Turn))
	}
	why := cause{Record: a.Record, Turn: head.Turn}
	e.ask(ctx, e.job(deliverArgs{why}, time.Time{}), e.job(issueArgs{why}, time.Time{}))
	return nil
}

// putOff plans the next try where everything is planned: in the record. If that
// fails it returns what keeps the job.
func (e *Engine) putOff(ctx context.Context, record string, turn uint64) error {
	_, err := e.Records().Look(context.WithoutCancel(ctx), record, e.now().Add(e.o.Retry), turn)
	if err != nil && !errors.Is(err, incident.ErrConflict) { // a conflict is another change, which has its job
		return river.JobSnooze(e.o.Retry)
	}
	return nil
}

// failed tells about an error and ends the job: River neither counts attempts nor
// gives up, since another job comes in any case. What later is, if not nil, keeps this one.
func (e *Engine) failed(ctx context.Context, err, later error) error {
	e.o.Logger.ErrorContext(ctx, "some work failed and will be tried again", slog.Any("error", err))
	if later != nil {
		return later
	}
	return river.JobCancel(fmt.Errorf("riverengine: it will be tried again: %w", err)) // so that River shows why
}

// ask inserts jobs; a sweep makes good what could not be.
func (e *Engine) ask(ctx context.Context, jobs ...river.InsertManyParams) {
	if err := e.insert(context.WithoutCancel(ctx), nil, jobs); err != nil {
		e.o.Logger.WarnContext(ctx, "jobs could not be inserted: the next sweep will", slog.Any("error", err))
	}
}

// soon is what River times exactly; a later job waits for its scheduler, which looks as often as this.
const soon = 5 * time.Second

// deliver makes one pass over due deliveries, and has the next one made when more are due.
func (e *Engine) deliver(ctx context.Context, desk Desk) error {
	r, err := desk.Deliver(ctx, e.o.Batch)
	switch wait := r.Next.Sub(e.now()); {
	case ctx.Err() != nil:
		return river.JobSnooze(0)
	case err != nil:
		e.deliverAt(ctx, e.now().Add(e.o.Retry))
		return e.failed(ctx, err, nil)
	case r.Next.IsZero():
		return nil // nobody knows: the sweep asks
	case r.Claimed > 0 && wait <= soon:
		return river.JobSnooze(max(wait, 0)) // it goes on, once others had their turn
	default:
		e.deliverAt(ctx, e.now().Add(max(wait, soon)))
		return nil
	}
}

// deliverAt asks for a pass at a time. Passes that foresee the same second share a job.
func (e *Engine) deliverAt(ctx context.Context, at time.Time) {
	at = at.Truncate(time.Second).Add(time.Second)
	e.ask(ctx, e.job(deliverArgs{cause{Due: at.UnixMicro()}}, at))
}

// billed is how many credits are claimed at once: as many as billing is asked
// about side by side. The lease of a claim grows with its size, and credits that
// a dead process had claimed wait for its end: 40 seconds for these.
const billed = 4

// issue makes one pass over approved credits. Those that are to be asked for again are the sweep's.
func (e *Engine) issue(ctx context.Context, desk Desk) error {
	for {
		r, err := desk.Issue(ctx, billed)
		switch {
		case ctx.Err() != nil:
			return river.JobSnooze(0)
		case err != nil:
			return e.failed(ctx, err, nil)
		case r.Claimed < billed:
			return nil
		}
	}
}
