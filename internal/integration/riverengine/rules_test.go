package riverengine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/riverengine"
)

// rig is a company on River with nothing working yet.
func rig(t *testing.T, opts *riverengine.Options) (*scene, *server, *onRiver) {
	s := newServer(t)
	c := newCompany(t, s.stores())
	e := newOnRiver(t, s, c, opts)
	return &scene{company: c, t: t, engine: e, here: c.desk(e.Records())}, s, e
}

// Jobs hold keys: no words, no addresses, nothing of what is to be done.
func TestArgumentsAreKeys(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	defer e.start(1)()
	s.story(t.Context())
	s.done(t.Context())
	rows, err := server.pool.Query(t.Context(), "select args, river_job::text from river_job")
	require.NoError(t, err)
	n := 0
	for rows.Next() {
		n++
		var args []byte
		var row string
		require.NoError(t, rows.Scan(&args, &row))
		var held map[string]any
		require.NoError(t, json.Unmarshal(args, &held))
		for key := range held {
			assert.Contains(t, []string{"record", "turn", "due", "sweep"}, key)
		}
		for _, word := range []string{"hangs", "night", "customer.example", "EUR"} {
			assert.NotContains(t, row, word)
		}
	}
	require.NoError(t, rows.Err())
	assert.Greater(t, n, customers)
}

// Whether River notes that a job has ended is all the same to us: it may run again.
func TestCompletionMayBeForgotten(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	defer e.start(2)()
	s.story(t.Context())
	s.done(t.Context())
	server.exec(t, "update river_job set state = 'available', finalized_at = null, unique_key = null where state = 'completed'")
	s.done(t.Context())
}

// What fails is planned again in the record: River counts one attempt, and discards
// nothing. It shows the error, which holds nothing that is not for operators.
func TestFailuresUseUpNoAttempts(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	fail := func(context.Context) error { return errors.New("the directory is down") }
	s.dir.gate.Store(&fail)
	defer e.start(1)()
	id := report(t.Context(), t, s.here, "c0", "It hangs.")
	s.until(t.Context(), "it failed three times", func(ctx context.Context) bool {
		e.hurry()
		return server.count(ctx, t, "kind = 'amends_reconcile' and state = 'cancelled'") >= 3
	})
	assert.Zero(t, server.count(t.Context(), t, "state in ('discarded', 'retryable') or attempt > 1"))
	assert.Equal(t, 1, server.count(t.Context(), t, "state in ('available', 'running', 'scheduled') and kind = 'amends_reconcile'"), "it waits as one job")
	var told string
	require.NoError(t, server.pool.QueryRow(t.Context(), "select errors[1]->>'error' from river_job where state = 'cancelled' limit 1").Scan(&told))
	assert.Contains(t, told, "the directory is down")
	p, err := server.records.Read(t.Context(), id, 0, 1)
	require.NoError(t, err)
	assert.False(t, p.Head.NextLook.IsZero(), "the record itself says when")
	s.dir.gate.Store(nil)
	s.until(t.Context(), "it is done", func(context.Context) bool {
		e.hurry()
		return len(s.sent.To("c0-mail")) == 1
	})
}

// A panic is River's to report; the record is tried again, and others are not held up.
func TestAPanicIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	var once atomic.Bool
	fail := func(context.Context) error {
		if once.CompareAndSwap(false, true) {
			panic("out of range") //nolint:forbidigo // as a directory of a host may
		}
		return nil
	}
	s.dir.gate.Store(&fail)
	defer e.start(1)()
	s.story(t.Context())
	s.until(t.Context(), "all is done", func(ctx context.Context) bool {
		e.hurry()
		return len(s.sent.Delivered()) == 2*customers && s.settled(ctx)
	})
	assert.Equal(t, 1, server.count(t.Context(), t, "errors[1]->>'error' like '%out of range%'"))
}

// Deadlines are jobs for the time of the record's next look, however often it is planned.
func TestDeadlinesAreJobs(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	stop := e.start(1)
	id := s.promise(t.Context())
	stop()
	p, err := server.records.Read(t.Context(), id, 0, 1)
	require.NoError(t, err)
	at := p.Head.NextLook
	require.True(t, at.After(s.now()))
	planned := func() int {
		return server.count(t.Context(), t, "kind = 'amends_reconcile' and state = 'scheduled' and args->>'record' = $1 and scheduled_at = $2", id, at)
	}
	assert.Equal(t, 1, planned())
	turn := p.Head.Turn
	for range 3 {
		turn, err = e.Records().Look(t.Context(), id, at, turn)
		require.NoError(t, err)
	}
	assert.Equal(t, 1, planned())
}

// River keeps a job unique while one is running. A change that comes meanwhile is another job.
func TestAChangeWhileAJobRunsIsAnotherJob(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	id := report(t.Context(), t, s.here, "c0", "It hangs.")
	server.exec(t, "update river_job set state = 'running', attempt = 1, attempted_at = now()")
	give(t.Context(), t, s.here, id, "c0")
	assert.Equal(t, 1, server.count(t.Context(), t, "state = 'available'"))
	_, err := e.Records().Look(t.Context(), id, s.now(), 0)
	require.NoError(t, err)
	assert.Equal(t, 2, server.count(t.Context(), t, "state = 'available'"), "a wish to look again, too")
}

// A sweep takes over what still counts as running but died with its process,
// long before River rescues it, and sweeps of several processes add up to one.
func TestASweepTakesOverFromTheDead(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, &riverengine.Options{Every: time.Hour}) // all of these sweeps are one
	s.story(t.Context())
	server.exec(t, "update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}'")
	for range 3 {
		n, err := e.Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, customers, n)
	}
	assert.Equal(t, customers+2, server.count(t.Context(), t, "state = 'available'"), "one for each record, one for deliveries, one for credits")
	defer e.start(1)()
	s.until(t.Context(), "all is done", func(ctx context.Context) bool { return len(s.sent.Delivered()) == 2*customers && s.settled(ctx) })
}

// A queue that stands still does not grow: what waits in it is not lost.
func TestAQueueThatStandsStillDoesNotGrow(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, &riverengine.Options{Every: time.Minute})
	s.story(t.Context())
	before := server.count(t.Context(), t, "true")
	server.exec(t, "update river_job set scheduled_at = now() - interval '2 minutes'")
	n, err := e.Sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, customers, n)
	assert.Equal(t, before, server.count(t.Context(), t, "true"))
}

// Outside of a transaction a record is written whether or not its job can be.
func TestARecordDoesNotDependOnItsJob(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	server.exec(t, "alter table river_job rename to river_job_away")
	id := report(t.Context(), t, s.here, "c0", "It hangs.")
	server.exec(t, "alter table river_job_away rename to river_job")
	_, err := server.records.Read(t.Context(), id, 0, 1)
	require.NoError(t, err)
	defer e.start(1)()
	e.sweep()
	s.until(t.Context(), "it is acknowledged", func(context.Context) bool { return len(s.sent.To("c0-mail")) == 1 })
}

// A job for a record that is not there, since its transaction was rolled back or the job is of another life, ends.
func TestAJobForNothingEnds(t *testing.T) {
	t.Parallel()
	s, server, e := rig(t, nil)
	report(t.Context(), t, s.here, "c0", "It hangs.")
	server.exec(t, `update river_job set args = '{"record": "nowhere", "turn": 7}'`)
	defer e.start(1)()
	s.until(t.Context(), "it has ended", func(ctx context.Context) bool { return server.count(ctx, t, "state = 'completed'") == 1 })
}

// The store erases if the one behind it can.
func TestErase(t *testing.T) {
	t.Parallel()
	s, _, e := rig(t, nil)
	id := report(t.Context(), t, s.here, "c0", "It hangs.")
	words := func() string {
		page, err := e.Records().Read(t.Context(), id, 0, 10)
		require.NoError(t, err)
		text, err := json.Marshal(page.Events)
		require.NoError(t, err)
		return string(text)
	}
	require.Contains(t, words(), "hangs")
	eraser, ok := e.Records().(incident.Eraser)
	require.True(t, ok)
	for version := range uint64(2) { // it was opened, and then they said something
		require.NoError(t, eraser.Erase(t.Context(), id, version+1))
	}
	assert.NotContains(t, words(), "hangs")
	withoutEraser, err := riverengine.New(e.server.pool, struct{ incident.Store }{e.server.records}, nil)
	require.NoError(t, err)
	require.ErrorContains(t, withoutEraser.Records().(incident.Eraser).Erase(t.Context(), id, 1), "cannot erase") //nolint:forcetypeassert // it was above
}
