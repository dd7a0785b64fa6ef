package records_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// note is a small event that any incident takes.
func note(text string) incident.Event {
	return incidenttest.Event(incidenttest.Start(), incident.TitleChanged{Title: text})
}

func more(record string, expect int64, events ...incident.Event) incident.Batch {
	return incident.Batch{Record: record, Expect: expect, Events: events, Head: incident.HeadOf(events), At: incidenttest.Start()}
}

// events reads all events of a record.
func events(t *testing.T, s incident.Store, record string) []incident.Event {
	page, err := s.Read(t.Context(), record, 0, 1_000_000)
	require.NoError(t, err)
	require.False(t, page.More)
	return page.Events
}

// Many goroutines on two handles write commits over several records, at the
// version they read and at any, in any order. What was acknowledged is there,
// once, and nothing else is.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		stores := []*sqlstore.Store{migrated(t, open()), migrated(t, open())}
		ids := []string{"inc_1", "inc_2", "inc_3", "inc_4", "inc_5"}
		for _, id := range ids {
			_, err := stores[0].Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident(id)))
			require.NoError(t, err)
		}
		const writers, rounds = 12, 15
		var conflicts atomic.Int64
		written := make([]map[string][]string, writers) // by record, what each writer was told is there
		var wg sync.WaitGroup
		for w := range writers {
			written[w] = make(map[string][]string)
			wg.Go(func() {
				s := stores[w%2]
				for n := range rounds {
					text := fmt.Sprintf("%d.%d", w, n)
					c := incidenttest.Commit()
					for _, k := range rand.Perm(len(ids))[:1+rand.IntN(3)] {
						expect := incident.AnyVersion
						if rand.IntN(3) == 0 {
							page, err := s.Read(t.Context(), ids[k], 0, 1)
							if !assert.NoError(t, err) {
								return
							}
							expect = int64(page.Head.Version)
						}
						c.Batches = append(c.Batches, more(ids[k], expect, note(text), note(text)))
					}
					if rand.IntN(2) == 0 {
						c.Command, c.Digest = text, "d"
					}
					if rand.IntN(4) == 0 {
						_, err := s.Look(t.Context(), ids[n%len(ids)], incidenttest.Start(), 0)
						assert.NoError(t, err)
					}
					switch _, err := s.Append(t.Context(), c); {
					case errors.Is(err, incident.ErrConflict):
						conflicts.Add(1)
					case assert.NoError(t, err):
						for _, b := range c.Batches {
							written[w][b.Record] = append(written[w][b.Record], text)
						}
					}
				}
			})
		}
		wg.Wait()
		t.Logf("%d of %d commits conflicted", conflicts.Load(), writers*rounds)
		for _, id := range ids {
			var want []string
			for w := range writers {
				for _, text := range written[w][id] {
					want = append(want, text, text)
				}
			}
			var got []string
			for n, e := range events(t, stores[0], id) {
				require.Equal(t, uint64(n+1), e.Version)
				if title, ok := e.Data.(incident.TitleChanged); ok {
					got = append(got, title.Title)
				}
			}
			assert.ElementsMatch(t, want, got)
			page, err := stores[1].Read(t.Context(), id, 0, 1)
			require.NoError(t, err)
			assert.Equal(t, uint64(len(got)+1), page.Head.Version)
			assert.Greater(t, page.Head.Turn, uint64(0))
		}
	})
}

// Whoever is first creates a record; the others conflict, in whatever order they name what they create.
func TestCreatingAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		stores := []*sqlstore.Store{migrated(t, open()), migrated(t, open())}
		for round := range 5 {
			a, b := fmt.Sprintf("inc_a%d", round), fmt.Sprintf("inc_b%d", round)
			var won atomic.Int64
			var wg sync.WaitGroup
			begin := make(chan struct{})
			for w := range 8 {
				wg.Go(func() {
					batches := []incident.Batch{incidenttest.NewIncident(a), incidenttest.NewIncident(b, note(fmt.Sprint(w)))}
					if w%4 > 1 {
						batches[0], batches[1] = batches[1], batches[0]
					}
					<-begin
					_, err := stores[w%2].Append(t.Context(), incidenttest.Commit(batches...))
					if err == nil {
						won.Add(1)
						return
					}
					assert.ErrorIs(t, err, incident.ErrConflict)
				})
			}
			close(begin)
			wg.Wait()
			assert.Equal(t, int64(1), won.Load())
			assert.Len(t, events(t, stores[0], a), 1)
			assert.Len(t, events(t, stores[0], b), 2)
		}
	})
}

// The same command from two processes, whose first record is at any version, is done once.
func TestACommandFromTwoProcesses(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		stores := []*sqlstore.Store{migrated(t, open()), migrated(t, open())}
		_, err := stores[0].Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
		require.NoError(t, err)
		for round := range 10 {
			c := incidenttest.Commit(more("inc_1", incident.AnyVersion, note("x")), incidenttest.NewCase(fmt.Sprint("case_", round), "c", "inc_1"))
			c.Command, c.Digest = fmt.Sprint("k", round), "d"
			results := make([]incident.Result, 8)
			var wg sync.WaitGroup
			for w := range results {
				wg.Go(func() {
					var err error
					results[w], err = stores[w%2].Append(t.Context(), c)
					assert.NoError(t, err)
				})
			}
			wg.Wait()
			fresh := 0
			for _, r := range results {
				assert.Equal(t, uint64(round+2), r.Version)
				if !r.Repeat {
					fresh++
				}
			}
			assert.Equal(t, 1, fresh)
		}
	})
}

// A call that waits for a lock returns when its context is done, and has written nothing.
func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := open()
		s := migrated(t, db)
		_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
		require.NoError(t, err)
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback() //nolint:errcheck // it holds the lock until the test is over
		_, err = s.Bind(tx).Append(t.Context(), incidenttest.Commit(more("inc_1", 1, note("host"))))
		require.NoError(t, err)

		other := sqlstore.New(open(), nil)
		_, err = other.Read(t.Context(), "inc_1", 0, 0)
		require.NoError(t, err, "reading waits for nobody")
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error)
		go func() {
			c := incidenttest.Commit(more("inc_1", incident.AnyVersion, note("late")))
			c.Command, c.Digest = "late", "d"
			_, err := other.Append(ctx, c)
			waiting <- err
		}()
		if t.Name() == "TestWaitingEndsWithTheContext/postgres" { // SQLite does not tell who waits
			require.Eventually(t, func() (waits bool) {
				require.NoError(t, tx.QueryRowContext(t.Context(), "select count(*) > 0 from pg_stat_activity where pg_blocking_pids(pid) @> array[pg_backend_pid()]").Scan(&waits))
				return waits
			}, time.Minute, time.Millisecond)
		}
		cancel()
		require.ErrorIs(t, <-waiting, context.Canceled)
		require.NoError(t, tx.Rollback())
		assert.Len(t, events(t, s, "inc_1"), 1)
		_, err = s.Append(t.Context(), incident.Commit{Space: incidenttest.Space, Command: "late", Digest: "d"})
		require.ErrorIs(t, err, incident.ErrNotFound)
	})
}
