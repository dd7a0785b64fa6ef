package riverengine_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/incident/riverengine"
)

// unused is a pool that is never asked.
func unused(t *testing.T) *pgxpool.Pool {
	pool, err := pgxpool.New(t.Context(), "host=db.example.com")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	pool := unused(t)
	_, err := riverengine.New(nil, new(memstore.Store), nil)
	require.ErrorContains(t, err, "needs a pool")
	_, err = riverengine.New(pool, nil, nil)
	require.ErrorContains(t, err, "store of records")
	for want, opts := range map[string]riverengine.Options{
		"option Workers": {Workers: -1}, "option Batch": {Batch: -1}, "option SweepLimit": {SweepLimit: -1},
		"option Timeout": {Timeout: -1}, "option Every": {Every: -1}, "option Overdue": {Overdue: -2}, "option Retry": {Retry: -1},
		"Schema name": {River: &river.Config{Schema: "not a name"}},
	} {
		_, err := riverengine.New(pool, new(memstore.Store), &opts)
		require.ErrorContains(t, err, want)
	}
}

// What the host has set stays as it is; only what it has left open is filled in.
func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                   string
		host                   river.Config
		timeout                time.Duration
		rescue, keepsDiscarded time.Duration
	}{
		{"defaults", river.Config{}, 0, 70 * time.Second, -1},
		{"long jobs of the engine", river.Config{}, 5 * time.Minute, 5*time.Minute + 10*time.Second, -1},
		{"long jobs of the host", river.Config{JobTimeout: time.Hour}, 0, time.Hour + 10*time.Second, -1},
		{"jobs of the host without an end", river.Config{JobTimeout: -1}, 0, 40 * time.Second, -1},
		{"set by the host", river.Config{RescueStuckJobsAfter: 2 * time.Hour, DiscardedJobRetentionPeriod: time.Hour}, 0, 2 * time.Hour, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := c.host
			engine, err := riverengine.New(unused(t), new(memstore.Store), &riverengine.Options{River: &c.host, Timeout: c.timeout, Queue: "duties", Workers: 3})
			require.NoError(t, err)
			got, err := engine.Config(idle{})
			require.NoError(t, err)
			assert.Equal(t, c.rescue, got.RescueStuckJobsAfter)
			assert.Equal(t, c.keepsDiscarded, got.DiscardedJobRetentionPeriod)
			assert.Equal(t, c.host.JobTimeout, got.JobTimeout, "that of other jobs is not ours")
			assert.Equal(t, map[string]river.QueueConfig{"duties": {MaxWorkers: 3}}, got.Queues)
			assert.Empty(t, got.PeriodicJobs, "deadlines are not kept in a leader's memory")
			assert.Equal(t, before, c.host, "the host's own is not changed")
		})
	}
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	host := &river.Config{Queues: map[string]river.QueueConfig{"amends": {MaxWorkers: 1}}, Workers: river.NewWorkers()}
	engine, err := riverengine.New(unused(t), new(memstore.Store), &riverengine.Options{River: host})
	require.NoError(t, err)
	_, err = engine.Config(idle{})
	require.ErrorContains(t, err, "set Options.Queue")

	engine, err = riverengine.New(unused(t), new(memstore.Store), &riverengine.Options{River: &river.Config{Workers: host.Workers}})
	require.NoError(t, err)
	_, err = engine.Config(nil)
	require.ErrorContains(t, err, "desk is missing")
	_, err = engine.Config(idle{})
	require.NoError(t, err)
	_, err = engine.Config(idle{})
	require.ErrorContains(t, err, "amends_reconcile", "workers are registered once")
}
