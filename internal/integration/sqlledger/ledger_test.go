package sqlledger_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) func() *sql.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger { return migrated(t, fresh(t)()) })
		})
	}
}

// migrated returns a ledger on a database, with its tables made.
func migrated(tb testing.TB, handle *sql.DB) *sqlledger.Ledger {
	tb.Helper()
	l := sqlledger.New(handle, nil)
	require.NoError(tb, l.Migrate(tb.Context()))
	return l
}
