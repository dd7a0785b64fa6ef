package riverengine_test

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/riverengine"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// newPool opens a pool on a database.
func newPool(t testing.TB, d dbtest.Database) *pgxpool.Pool {
	pool, err := pgxpool.New(t.Context(), d.DSN)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// begin begins a transaction of pgx and lends it. That it can be ended properly
// is asked when the test ends.
func begin(t *testing.T, pool *pgxpool.Pool) (pgx.Tx, *sql.Tx) {
	ctx := context.WithoutCancel(t.Context())
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	lent, release, err := riverengine.SQLTx(tx)
	require.NoError(t, err)
	t.Cleanup(func() {
		release()
		require.NoError(t, tx.Rollback(ctx), "it is usable to its end")
	})
	return tx, lent
}

// The contracts of the three stores hold within a transaction of pgx.
func TestStoreInATransactionOfPgx(t *testing.T) {
	t.Parallel()
	newStore := func(t *testing.T) incident.Store {
		d := dbtest.NewPostgres(t)
		s := sqlstore.New(d.Open(t), nil)
		require.NoError(t, s.Migrate(t.Context()))
		_, tx := begin(t, newPool(t, d))
		return &oneStore{store: s.Bind(tx)}
	}
	incidenttest.TestStore(t, newStore)
	incidenttest.TestStoreModel(t, newStore, nil)
}

func TestOutboxInATransactionOfPgx(t *testing.T) {
	t.Parallel()
	notifytest.TestOutbox(t, func(t *testing.T) notify.Outbox {
		d := dbtest.NewPostgres(t)
		o := sqloutbox.New(d.Open(t), &sqloutbox.Options{LeaseClock: sqloutbox.CallerClock})
		require.NoError(t, o.Migrate(t.Context()))
		_, tx := begin(t, newPool(t, d))
		return &oneOutbox{box: o.Bind(tx)}
	})
}

func TestLedgerInATransactionOfPgx(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	l := sqlledger.New(d.Open(t), &sqlledger.Options{LeaseClock: sqlledger.CallerClock})
	require.NoError(t, l.Migrate(t.Context()))
	pool := newPool(t, d)
	compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger {
		if strings.HasSuffix(t.Name(), "_concurrency") || strings.HasSuffix(t.Name(), "one_holder") {
			t.Skip("a transaction is used by one at a time")
		}
		_, tx := begin(t, pool)
		return l.Bind(tx)
	})
}

// Values come out as any driver of database/sql hands them out, whatever way the host runs its queries.
func TestValuesOfALentTransaction(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			config, err := pgxpool.ParseConfig(d.DSN)
			require.NoError(t, err)
			config.ConnConfig.DefaultQueryExecMode = mode
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			_, tx := begin(t, pool)
			at := time.Date(2026, 3, 1, 9, 30, 15, 123456000, time.UTC)
			var (
				yes                bool
				small, large       int64
				ratio              float64
				word, number, json string
				raw                []byte
				when               time.Time
				none               sql.NullString
			)
			row := tx.QueryRowContext(t.Context(), `select $1::boolean, 7::smallint, $2::bigint, 0.5::double precision, $3::text, 12.50::numeric,
				'{"a": 1}'::jsonb, $4::bytea, $5::timestamptz, $6::text where $7 = 'x'`,
				true, int64(1)<<60, "Grüße", []byte{0, 255}, at, sql.NullString{}, "x")
			require.NoError(t, row.Scan(&yes, &small, &large, &ratio, &word, &number, &json, &raw, &when, &none))
			require.Equal(t, []any{true, int64(7), int64(1) << 60, 0.5, "Grüße", "12.50", `{"a": 1}`, []byte{0, 255}}, []any{yes, small, large, ratio, word, number, json, raw})
			require.True(t, at.Equal(when), when)
			require.False(t, none.Valid)

			rows, err := tx.QueryContext(t.Context(), "select n from generate_series(1, 3) n where n > $1 order by n", 1)
			require.NoError(t, err)
			columns, err := rows.Columns()
			require.NoError(t, err)
			require.Equal(t, []string{"n"}, columns)
			var all []int
			for rows.Next() {
				var n int
				require.NoError(t, rows.Scan(&n))
				all = append(all, n)
			}
			require.NoError(t, rows.Err())
			require.NoError(t, rows.Close()) //nolint:sqlclosecheck // what it says is tested, too
			require.Equal(t, []int{2, 3}, all)
			require.ErrorIs(t, tx.QueryRowContext(t.Context(), "select 1 where false").Scan(&small), sql.ErrNoRows)

			r, err := tx.ExecContext(t.Context(), "create table if not exists lent (id int)")
			require.NoError(t, err)
			n, err := r.RowsAffected()
			require.NoError(t, err)
			require.Zero(t, n)
		})
	}
}

// Whoever borrows a transaction cannot end it.
func TestALentTransactionIsTheHosts(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	pool := newPool(t, d)
	_, err := pool.Exec(t.Context(), "create table theirs (id text)")
	require.NoError(t, err)
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback, func(*sql.Tx) error { return nil }} {
		tx, err := pool.Begin(t.Context())
		require.NoError(t, err)
		lent, release, err := riverengine.SQLTx(tx)
		require.NoError(t, err)
		_, err = lent.ExecContext(t.Context(), "insert into theirs values ('a')")
		require.NoError(t, err)
		require.NoError(t, end(lent))
		release()
		_, err = tx.Exec(t.Context(), "insert into theirs values ('b')")
		require.NoError(t, err)
		require.NoError(t, tx.Rollback(t.Context()))
	}
	var n int
	require.NoError(t, pool.QueryRow(t.Context(), "select count(*) from theirs").Scan(&n))
	require.Zero(t, n)
}

// oneStore and oneOutbox keep calls apart, as a host of a transaction has to.
type oneStore struct {
	mu    sync.Mutex
	store incident.Store
}

func alone[R any](mu *sync.Mutex, call func() (R, error)) (R, error) {
	mu.Lock()
	defer mu.Unlock()
	return call()
}

func (s *oneStore) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	return alone(&s.mu, func() (incident.Result, error) { return s.store.Append(ctx, c) })
}

func (s *oneStore) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	return alone(&s.mu, func() (incident.Page, error) { return s.store.Read(ctx, record, after, limit) })
}

func (s *oneStore) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	return alone(&s.mu, func() (incident.Listing, error) { return s.store.List(ctx, f, cursor, limit) })
}

func (s *oneStore) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	return alone(&s.mu, func() ([]incident.Count, error) { return s.store.Tally(ctx, f) })
}

func (s *oneStore) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	return alone(&s.mu, func() (uint64, error) { return s.store.Look(ctx, record, at, turn) })
}

func (s *oneStore) Erase(ctx context.Context, record string, version uint64) error {
	_, err := alone(&s.mu, func() (any, error) {
		return nil, s.store.(incident.Eraser).Erase(ctx, record, version) //nolint:forcetypeassert // all of these can
	})
	return err
}

type oneOutbox struct {
	mu  sync.Mutex
	box *sqloutbox.Outbox
}

func (o *oneOutbox) Add(ctx context.Context, p notify.Page) (int, error) {
	return alone(&o.mu, func() (int, error) { return o.box.Add(ctx, p) })
}

func (o *oneOutbox) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	return alone(&o.mu, func() ([]notify.Claimed, error) { return o.box.Claim(ctx, r) })
}

func (o *oneOutbox) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	return alone(&o.mu, func() ([]notify.Settled, error) { return o.box.Settle(ctx, s) })
}

func (o *oneOutbox) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	return alone(&o.mu, func() (notify.Tally, error) { return o.box.Tally(ctx, q) })
}

func (o *oneOutbox) List(ctx context.Context, q notify.Query, cursor string, limit int) (items []notify.Stored, next string, err error) {
	_, err = alone(&o.mu, func() (any, error) {
		items, next, err = o.box.List(ctx, q, cursor, limit)
		return nil, err
	})
	return items, next, err
}

func (o *oneOutbox) NextDue(ctx context.Context, channel string) (time.Time, error) {
	return alone(&o.mu, func() (time.Time, error) { return o.box.NextDue(ctx, channel) })
}
