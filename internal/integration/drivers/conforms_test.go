package drivers_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// conforms holds every store to its contract on new databases.
func conforms(t *testing.T, newDatabase func(*testing.T) dbtest.Database) {
	records := func(t *testing.T) incident.Store {
		s := sqlstore.New(newDatabase(t).Open(t), nil)
		require.NoError(t, s.Migrate(t.Context()))
		return s
	}
	t.Run("records", func(t *testing.T) { incidenttest.TestStore(t, records) })
	t.Run("records model", func(t *testing.T) { incidenttest.TestStoreModel(t, records, nil) })

	t.Run("outbox", func(t *testing.T) {
		notifytest.TestOutbox(t, func(t *testing.T) notify.Outbox {
			o := sqloutbox.New(newDatabase(t).Open(t), &sqloutbox.Options{LeaseClock: sqloutbox.CallerClock})
			require.NoError(t, o.Migrate(t.Context()))
			return o
		})
	})
	t.Run("ledger", func(t *testing.T) {
		compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger {
			l := sqlledger.New(newDatabase(t).Open(t), &sqlledger.Options{LeaseClock: sqlledger.CallerClock})
			require.NoError(t, l.Migrate(t.Context()))
			return l
		})
	})

	t.Run("two processes", func(t *testing.T) {
		d := newDatabase(t)
		var wg sync.WaitGroup
		for w := range 4 {
			s := sqlstore.New(d.Open(t), nil)
			wg.Go(func() {
				if !assert.NoError(t, s.Migrate(t.Context())) {
					return
				}
				for {
					var expect int64
					page, err := s.Read(t.Context(), "inc_1", 0, 1)
					switch {
					case err == nil:
						expect = int64(page.Head.Version)
					case !assert.ErrorIs(t, err, incident.ErrNotFound):
						return
					}
					if expect >= 40 {
						return
					}
					b := incidenttest.NewIncident("inc_1")
					b.Expect = expect
					_, err = s.Append(t.Context(), incidenttest.Commit(b))
					if !errors.Is(err, incident.ErrConflict) {
						assert.NoError(t, err, "process %d", w)
					}
				}
			})
		}
		wg.Wait()
	})

	t.Run("bound", func(t *testing.T) {
		db := newDatabase(t).Open(t)
		s := sqlstore.New(db, nil)
		require.NoError(t, s.Migrate(t.Context()))
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
		b := s.Bind(tx)
		_, err = b.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
		require.NoError(t, err)
		_, err = b.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2"), incidenttest.NewIncident("inc_1")))
		require.ErrorIs(t, err, incident.ErrConflict)
		require.NoError(t, tx.Commit())
		l, err := s.List(t.Context(), incident.Filter{}, "", 0)
		require.NoError(t, err)
		require.Len(t, l.Heads, 1)
	})
}
