package sqlledger_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		l := migrated(t, handle)
		compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger {
			empty(t, handle)
			return l
		})
	})
}

// One connection that writes, and others that read: as a host has it that opens a SQLite file with care.
func TestLedgerWithAReader(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		handle.SetMaxOpenConns(1)
		l := sqlledger.New(handle, &sqlledger.Options{Reader: open(), LeaseClock: sqlledger.CallerClock})
		require.NoError(t, l.Migrate(t.Context()))
		compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger {
			empty(t, handle)
			return l
		})
	})
}

// The same rules hold within a transaction of the host, except those about
// concurrency: a transaction is used by one at a time.
func TestBoundLedger(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		l := migrated(t, handle)
		compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger {
			if strings.HasSuffix(t.Name(), "_concurrency") || strings.HasSuffix(t.Name(), "one_holder") {
				t.Skip("a transaction is used by one at a time")
			}
			return l.Bind(begin(t, handle))
		})
	})
}

// told has leases follow the time that tests tell.
func told() *sqlledger.Options { return &sqlledger.Options{LeaseClock: sqlledger.CallerClock} }

// migrated returns a ledger on a database, with its tables made.
func migrated(tb testing.TB, handle *sql.DB) *sqlledger.Ledger {
	tb.Helper()
	l := sqlledger.New(handle, told())
	require.NoError(tb, l.Migrate(tb.Context()))
	return l
}

// empty deletes all that ledgers on a database hold.
func empty(tb testing.TB, handle *sql.DB) {
	tb.Helper()
	for _, table := range []string{"account", "entry", "cap", "recipient", "sum"} {
		execute(tb, handle, "delete from amends_ledger_"+table)
	}
}

func execute(tb testing.TB, handle *sql.DB, query string, args ...any) {
	tb.Helper()
	_, err := handle.ExecContext(tb.Context(), query, args...)
	require.NoError(tb, err, query)
}

// begin begins a transaction that is rolled back after the test at the latest.
func begin(tb testing.TB, handle *sql.DB) *sql.Tx {
	tb.Helper()
	tx, err := handle.BeginTx(tb.Context(), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = tx.Rollback() }) // after a commit it does nothing
	return tx
}

// start is when the tests begin.
var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func eur(cents int64) compensate.Money { return compensate.FromMinor(cents, "EUR") }

func owe(customer, basis string, cents int64) compensate.Owed {
	return compensate.Owed{
		Key:   compensate.Key{Space: "brand", Scheme: "sla", Customer: customer, Basis: basis},
		Total: eur(cents), Why: []string{fmt.Sprintf("%s could not work", customer)}, Award: []byte(`{"total":"…"}`),
	}
}

// everything lists what a query selects, in pages.
func everything(tb testing.TB, l compensate.Ledger, q compensate.Query) []compensate.Entry {
	tb.Helper()
	var all []compensate.Entry
	for cursor := ""; ; {
		page, next, err := l.List(tb.Context(), q, cursor, 100)
		require.NoError(tb, err)
		all = append(all, page...)
		if next == "" {
			return all
		}
		cursor = next
	}
}

// held sums entries by customer.
func held(entries []compensate.Entry) map[string]int64 {
	sums := map[string]int64{}
	for _, e := range entries {
		sums[e.Key.Customer] += e.Amount.Minor()
	}
	return sums
}
