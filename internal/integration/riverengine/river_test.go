package riverengine_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/riverengine"
)

func TestRiver(t *testing.T) {
	t.Parallel()
	testEngine(t, func(t *testing.T) (amends.Stores, func(*company) engine) {
		s := newServer(t)
		return s.stores(), func(c *company) engine { return newOnRiver(t, s, c, nil) }
	})
}

// onRiver is the engine that is to be tested.
type onRiver struct {
	*riverengine.Engine
	t       testing.TB
	server  *server
	company *company
	opts    riverengine.Options
}

func newOnRiver(t testing.TB, s *server, c *company, opts *riverengine.Options) *onRiver {
	if opts == nil {
		opts = &riverengine.Options{}
	}
	opts.Overdue, opts.Retry, opts.Now = -1, retry, c.now
	opts.River = &river.Config{ // it does not wait at random before it begins
		TestOnly: true, Logger: slog.New(slog.DiscardHandler),
	}
	e, err := riverengine.New(s.pool, s.records, opts)
	require.NoError(t, err)
	return &onRiver{Engine: e, t: t, server: s, company: c, opts: *opts}
}

func (e *onRiver) records() incident.Store { return e.Records() }

// client starts a client, as one machine has it.
func (e *onRiver) client(ctx context.Context) *river.Client[pgx.Tx] {
	// Another engine with the same options: workers are registered once for each client.
	opts := e.opts
	one := newOnRiver(e.t, e.server, e.company, &opts)
	config, err := one.Config(e.company.desk(one.Records()))
	require.NoError(e.t, err)
	client, err := river.NewClient(riverpgxv5.New(e.server.pool), config)
	require.NoError(e.t, err)
	require.NoError(e.t, client.Start(ctx))
	return client
}

func (e *onRiver) start(machines int) (stop func()) {
	ctx := context.WithoutCancel(e.t.Context())
	var clients []*river.Client[pgx.Tx]
	for range machines {
		clients = append(clients, e.client(ctx))
	}
	return func() {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		for _, c := range clients {
			require.NoError(e.t, c.StopAndCancel(ctx))
		}
	}
}

func (e *onRiver) sweep() {
	_, err := e.Sweep(context.WithoutCancel(e.t.Context()))
	require.NoError(e.t, err)
}

func (e *onRiver) lose() {
	e.server.exec(e.t, "delete from river_job where state in ('available', 'scheduled', 'retryable')")
}

func (e *onRiver) giveUp() {
	e.server.exec(e.t, "update river_job set state = 'discarded', finalized_at = now() where state in ('available', 'scheduled', 'retryable')")
}

func (e *onRiver) double() {
	e.server.exec(e.t, `insert into river_job (state, args, kind, max_attempts, queue, scheduled_at, priority)
		select state, args, kind, max_attempts, queue, scheduled_at, priority from river_job where state in ('available', 'scheduled')`)
}

func (e *onRiver) hurry() {
	e.server.exec(e.t, "update river_job set state = 'available', scheduled_at = now() where state in ('available', 'scheduled', 'retryable')")
}

func (e *onRiver) idle(ctx context.Context) bool {
	return e.server.count(ctx, e.t, "state in ('available', 'running', 'retryable') or state = 'scheduled' and scheduled_at <= now()") == 0
}
