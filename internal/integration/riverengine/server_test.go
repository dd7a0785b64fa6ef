package riverengine_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// server is a database as one process sees it.
type server struct {
	dbtest.Database
	pool    *pgxpool.Pool
	records *sqlstore.Store
	outbox  *sqloutbox.Outbox
	ledger  *sqlledger.Ledger
}

// newServer returns a database with all tables.
func newServer(t testing.TB) *server {
	s := openServer(t, dbtest.NewPostgres(t))
	for _, migrate := range []func(context.Context) error{s.records.Migrate, s.outbox.Migrate, s.ledger.Migrate} {
		require.NoError(t, migrate(t.Context()))
	}
	m, err := rivermigrate.New(riverpgxv5.New(s.pool), nil)
	require.NoError(t, err)
	_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	return s
}

// openServer opens one that has them.
func openServer(t testing.TB, d dbtest.Database) *server {
	db := d.Open(t)
	return &server{Database: d, pool: newPool(t, d), records: sqlstore.New(db, nil), outbox: sqloutbox.New(db, nil), ledger: sqlledger.New(db, &sqlledger.Options{LeaseClock: sqlledger.CallerClock})}
}

func (s *server) stores() amends.Stores {
	return amends.Stores{Records: s.records, Outbox: s.outbox, Ledger: s.ledger}
}

// exec changes River's table behind its back.
func (s *server) exec(t testing.TB, query string, args ...any) {
	_, err := s.pool.Exec(context.WithoutCancel(t.Context()), query, args...)
	require.NoError(t, err, query)
}

// count counts jobs.
func (s *server) count(ctx context.Context, t testing.TB, where string, args ...any) (n int) {
	require.NoError(t, s.pool.QueryRow(ctx, "select count(*) from river_job where "+where, args...).Scan(&n))
	return n
}
