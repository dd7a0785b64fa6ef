package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Kind is what River calls the jobs.
func (row) Kind() string { return "deliver" }

// riverConfig is how River works. The tuned one has the settings of River's own benchmark.
type riverConfig struct {
	workers        int
	cooldown, poll time.Duration
}

func tuned() riverConfig {
	return riverConfig{workers: 2000, cooldown: 2 * time.Millisecond, poll: 20 * time.Millisecond}
}

func byDefault() riverConfig { return riverConfig{workers: 100} }

// riverPeer is River: a job per row, added by InsertManyFast (COPY in
// PostgreSQL), worked off by a client whose worker does nothing.
type riverPeer[T any] struct {
	driver riverdriver.Driver[T]
	config riverConfig
	insert *river.Client[T]
	count  func(ctx context.Context) (int, error)
	shut   func() error
}

func openRiver(c riverConfig) func(ctx context.Context, p place) (peer, error) {
	return func(ctx context.Context, p place) (peer, error) {
		if p.db == sqlite {
			db, err := p.sql()
			if err != nil {
				return nil, err
			}
			return newRiver(ctx, &riverPeer[*sql.Tx]{
				driver: riversqlite.New(db), config: c, shut: db.Close,
				count: func(ctx context.Context) (int, error) { return count(ctx, db, riverSettled) },
			})
		}
		config, err := pgxpool.ParseConfig(p.dsn)
		if err != nil {
			return nil, err
		}
		config.MaxConns = connections
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return nil, err
		}
		return newRiver(ctx, &riverPeer[pgx.Tx]{
			driver: riverpgxv5.New(pool), config: c, shut: func() error { pool.Close(); return nil },
			count: func(ctx context.Context) (n int, err error) {
				err = pool.QueryRow(ctx, riverSettled).Scan(&n)
				return n, err
			},
		})
	}
}

const riverSettled = "select count(*) from river_job where state = 'completed'"

func newRiver[T any](ctx context.Context, r *riverPeer[T]) (peer, error) {
	quiet := slog.New(slog.DiscardHandler)
	m, err := rivermigrate.New(r.driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return nil, err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	r.insert, err = river.NewClient(r.driver, &river.Config{Logger: quiet})
	return r, err
}

func (r *riverPeer[T]) add(ctx context.Context, list []row) error {
	jobs := make([]river.InsertManyParams, len(list))
	for i := range list {
		jobs[i] = river.InsertManyParams{Args: list[i]}
	}
	n, err := r.insert.InsertManyFast(ctx, jobs)
	if err == nil && n != len(list) {
		err = fmt.Errorf("%d of %d rows were added", n, len(list))
	}
	return err
}

func (r *riverPeer[T]) work(ctx context.Context, n int) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[row]) error { return nil }))
	client, err := river.NewClient(r.driver, &river.Config{
		Logger: slog.New(slog.DiscardHandler), Workers: workers,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: r.config.workers}},
		FetchCooldown: r.config.cooldown, FetchPollInterval: r.config.poll,
	})
	if err != nil {
		return err
	}
	// Completions are announced when the database has them.
	done, cancel := client.SubscribeConfig(&river.SubscribeConfig{Kinds: []river.EventKind{river.EventKindJobCompleted}, ChanSize: n})
	defer cancel()
	if err := client.Start(ctx); err != nil {
		return err
	}
	for range n {
		select {
		case <-done:
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), client.StopAndCancel(context.WithoutCancel(ctx)))
		}
	}
	return client.Stop(ctx)
}

func (r *riverPeer[T]) settled(ctx context.Context) (int, error) { return r.count(ctx) }

func (r *riverPeer[T]) close() error { return r.shut() }
