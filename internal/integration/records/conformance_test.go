package records_test

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// migrated returns a store on a handle, with its tables.
func migrated(t testing.TB, db *sql.DB) *sqlstore.Store {
	s := sqlstore.New(db, nil)
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) func() *sql.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for way, newStore := range map[string]func(*testing.T) incident.Store{
			"alone": func(t *testing.T) incident.Store { return migrated(t, database(t)()) },
			"two handles": func(t *testing.T) incident.Store {
				open := database(t)
				return &inTurn{stores: []*sqlstore.Store{migrated(t, open()), migrated(t, open())}}
			},
			"reader apart": func(t *testing.T) incident.Store {
				open := database(t)
				db := open()
				migrated(t, db)
				return sqlstore.New(db, &sqlstore.Options{Reader: open()})
			},
			"bound": func(t *testing.T) incident.Store {
				db := database(t)()
				s := migrated(t, db)
				tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, tx.Rollback(), "it is usable to its end") })
				return &oneByOne{store: s.Bind(tx)}
			},
		} {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				incidenttest.TestStore(t, newStore)
				incidenttest.TestStoreModel(t, newStore, nil)
			})
		}
	}
}

// inTurn uses several stores on one database, another for each call.
type inTurn struct {
	stores []*sqlstore.Store
	calls  atomic.Int64
}

func (s *inTurn) next() *sqlstore.Store {
	return s.stores[s.calls.Add(1)%int64(len(s.stores))]
}

func (s *inTurn) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	return s.next().Append(ctx, c)
}

func (s *inTurn) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	return s.next().Read(ctx, record, after, limit)
}

func (s *inTurn) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	return s.next().List(ctx, f, cursor, limit)
}

func (s *inTurn) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	return s.next().Tally(ctx, f)
}

func (s *inTurn) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	return s.next().Look(ctx, record, at, turn)
}

func (s *inTurn) Erase(ctx context.Context, record string, version uint64) error {
	return s.next().Erase(ctx, record, version)
}

// oneByOne keeps calls of a bound store apart, as its host has to.
type oneByOne struct {
	mu    sync.Mutex
	store *sqlstore.Store
}

func (s *oneByOne) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Append(ctx, c)
}

func (s *oneByOne) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Read(ctx, record, after, limit)
}

func (s *oneByOne) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.List(ctx, f, cursor, limit)
}

func (s *oneByOne) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Tally(ctx, f)
}

func (s *oneByOne) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Look(ctx, record, at, turn)
}

func (s *oneByOne) Erase(ctx context.Context, record string, version uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Erase(ctx, record, version)
}
