package riverengine

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/amends-dev/amends/incident"
)

// Run sweeps until ctx ends, and then returns nil: at once, so that a process that
// starts takes over what others have left, and then every [Options].Every, give or take
// half of it. Any number of processes may run it. Errors are logged and tried again.
func (e *Engine) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if _, err := e.Sweep(ctx); err != nil && ctx.Err() == nil {
			e.o.Logger.ErrorContext(ctx, "a sweep failed and will be tried again", slog.Any("error", err))
		}
		timer.Reset(e.o.Every/2 + rand.N(e.o.Every)) //nolint:gosec // so that processes do not meet: nobody gains by guessing it
	}
}

// Sweep inserts a job for every record that has been due for longer than
// [Options].Overdue, and one pass over deliveries and credits each. So it makes good
// whatever jobs were lost, discarded or deleted, or died with a process. It returns
// how many records were overdue, at most [Options].SweepLimit. A repeat, and
// sweeps of several processes at once, insert nothing twice within [Options].Every.
//
// While jobs wait in the queue for longer than that, because it is paused or behind,
// nothing is inserted: what waits is not lost, and a queue that stands still must not grow.
func (e *Engine) Sweep(ctx context.Context) (int, error) {
	now := e.now()
	l, err := e.records.List(ctx, incident.Filter{DueBy: now.Add(-e.o.Overdue)}, "", e.o.SweepLimit)
	if err != nil {
		return 0, fmt.Errorf("riverengine: sweeping: %w", err)
	}
	behind, err := e.behind(ctx)
	if err != nil {
		return 0, fmt.Errorf("riverengine: sweeping: looking into the queue: %w", err)
	}
	if behind {
		e.o.Logger.WarnContext(ctx, "jobs wait in the queue: is it paused, or too slow?", slog.String("queue", e.o.Queue), slog.Int("overdue_records", len(l.Heads)))
		return len(l.Heads), nil
	}
	number := now.UnixMicro() / e.o.Every.Microseconds()
	why := cause{Sweep: number}
	jobs := []river.InsertManyParams{e.job(deliverArgs{why}, time.Time{}), e.job(issueArgs{why}, time.Time{})}
	for _, h := range l.Heads {
		jobs = append(jobs, e.job(reconcileArgs{Record: h.Record, Sweep: number}, time.Time{}))
	}
	if err := e.insert(ctx, nil, jobs); err != nil {
		return 0, fmt.Errorf("riverengine: sweeping: inserting jobs: %w", err)
	}
	return len(l.Heads), nil
}

// behind reports whether a job has waited for longer than a sweep is apart. River
// times jobs by the machine's clock, so this does, too.
func (e *Engine) behind(ctx context.Context) (bool, error) {
	oldest, err := e.client.JobList(ctx, river.NewJobListParams().Queues(e.o.Queue).States(rivertype.JobStateAvailable).
		OrderBy(river.JobListOrderByTime, river.SortOrderAsc).First(1))
	if err != nil {
		return false, err
	}
	return len(oldest.Jobs) > 0 && time.Since(oldest.Jobs[0].ScheduledAt) > e.o.Every, nil
}
