package riverengine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// Desk is whose work an [Engine] does; *amends.Desk is one. Each of the three
// may be repeated, stopped at any moment, and done by any number of processes at
// once. They are called concurrently.
type Desk interface {
	// Reconcile does what one record requires and plans when to look at it next.
	Reconcile(ctx context.Context, record string) error
	// Deliver sends up to limit due deliveries, and says when more may be due.
	Deliver(ctx context.Context, limit int) (notify.Delivered, error)
	// Issue has up to limit credits paid.
	Issue(ctx context.Context, limit int) (compensate.IssueReport, error)
}

// Options configures an [Engine]. The zero value, like nil, holds the defaults.
type Options struct {
	// River is the host's own configuration of its client: [Engine.Config] adds to
	// a copy of it, and jobs are inserted with its Schema, hooks and plugins. If
	// nil, River's defaults.
	River *river.Config
	// Queue of the jobs. If "", "amends".
	Queue string
	// Workers is how many jobs one process works at once. If zero, 8.
	Workers int
	// Batch bounds the deliveries that one job takes. If zero, 256.
	Batch int
	// Timeout of one job; what is then under way is finished and recorded, and
	// another job goes on. If zero, 30 s.
	Timeout time.Duration
	// Every is how often [Engine.Run] sweeps. If zero, 15 s.
	Every time.Duration
	// Overdue is how long a record must have been due for a sweep to take it that
	// its job was lost. If zero, 10 s; -1: at once.
	Overdue time.Duration
	// SweepLimit bounds the records of one sweep. If zero, 1000.
	SweepLimit int
	// Retry is when what failed is tried again. If zero, 30 s.
	Retry time.Duration
	// Logger receives what operators should know. If nil, nothing is logged.
	Logger *slog.Logger
	// Now must be the desk's. If nil, time.Now.
	Now func() time.Time
}

// Engine works a desk's records off as River jobs. It is safe for concurrent
// use, and starts nothing by itself.
type Engine struct {
	o       Options
	records incident.Store
	client  *river.Client[pgx.Tx] // inserts and lists jobs, and works none
}

// New returns an engine for the records in a store, whose jobs are in the
// database of a pool: usually the same one. It fails if an option is out of
// range. Nothing is asked of the database yet; River's tables must have been
// migrated (package rivermigrate) before the first job. A nil opts holds the defaults.
func New(pool *pgxpool.Pool, records incident.Store, opts *Options) (*Engine, error) {
	if pool == nil || records == nil {
		return nil, errors.New("riverengine: making an engine: it needs a pool and the store of records")
	}
	e := &Engine{records: records}
	if opts != nil {
		e.o = *opts
	}
	if err := e.o.fill(); err != nil {
		return nil, fmt.Errorf("riverengine: making an engine: %w", err)
	}
	config := *e.o.River // to insert with: a client without queues works nothing
	config.Queues, config.Workers, config.PeriodicJobs = nil, nil, nil
	var err error
	if e.client, err = river.NewClient(riverpgxv5.New(pool), &config); err != nil {
		return nil, fmt.Errorf("riverengine: making an engine: %w", err)
	}
	return e, nil
}

// insert inserts jobs, in a transaction if there is one. Those that live already are left as they are.
func (e *Engine) insert(ctx context.Context, tx pgx.Tx, jobs []river.InsertManyParams) (err error) {
	if tx == nil {
		_, err = e.client.InsertMany(ctx, jobs)
	} else {
		_, err = e.client.InsertManyTx(ctx, tx, jobs)
	}
	return err
}

// fill puts the defaults in.
func (o *Options) fill() error {
	if o.River == nil {
		o.River = &river.Config{}
	}
	if o.Queue == "" {
		o.Queue = "amends"
	}
	for _, n := range []struct {
		name string
		have *int
		or   int
	}{{"Workers", &o.Workers, 8}, {"Batch", &o.Batch, 256}, {"SweepLimit", &o.SweepLimit, 1000}} {
		if *n.have < 0 {
			return fmt.Errorf("option %s must not be negative", n.name)
		}
		if *n.have == 0 {
			*n.have = n.or
		}
	}
	if o.Overdue == -1 {
		o.Overdue = time.Nanosecond
	}
	for _, d := range []struct {
		name string
		have *time.Duration
		or   time.Duration
	}{{"Timeout", &o.Timeout, 30 * time.Second}, {"Every", &o.Every, 15 * time.Second}, {"Overdue", &o.Overdue, 10 * time.Second}, {"Retry", &o.Retry, 30 * time.Second}} {
		if *d.have < 0 {
			return fmt.Errorf("option %s must not be negative", d.name)
		}
		if *d.have == 0 {
			*d.have = d.or
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

// Config returns the configuration for the host's client: a copy of
// [Options].River with the engine's queue added, and its workers registered with
// those of the host, for a desk that works on [Engine.Records]. Where the host
// has left them open it sets:
//
//   - RescueStuckJobsAfter to ten seconds more than JobTimeout, where River waits an
//     hour. Records do not wait for it: the sweep of another process takes them over.
//   - DiscardedJobRetentionPeriod to -1: discarded jobs stay to be looked at.
//     Nothing hangs on them, so the host may delete them.
//
// It errs if the host has a queue or workers of these names. Call it once.
func (e *Engine) Config(desk Desk) (*river.Config, error) {
	c := *e.o.River
	c.Queues = maps.Clone(c.Queues)
	if _, taken := c.Queues[e.o.Queue]; taken {
		return nil, fmt.Errorf("riverengine: configuring: the host has a queue %q of its own: set Options.Queue", e.o.Queue)
	}
	if c.Queues == nil {
		c.Queues = map[string]river.QueueConfig{}
	}
	c.Queues[e.o.Queue] = river.QueueConfig{MaxWorkers: e.o.Workers}
	if c.Workers == nil {
		c.Workers = river.NewWorkers()
	}
	if err := e.register(c.Workers, desk); err != nil {
		return nil, fmt.Errorf("riverengine: configuring: %w", err)
	}
	if c.RescueStuckJobsAfter == 0 {
		longest := e.o.Timeout
		switch {
		case c.JobTimeout == 0:
			longest = max(longest, river.JobTimeoutDefault)
		case c.JobTimeout > 0:
			longest = max(longest, c.JobTimeout)
		}
		c.RescueStuckJobsAfter = longest + 10*time.Second
	}
	if c.DiscardedJobRetentionPeriod == 0 {
		c.DiscardedJobRetentionPeriod = -1
	}
	return &c, nil
}

func (e *Engine) now() time.Time { return e.o.Now().UTC().Truncate(time.Microsecond) }
