package dbtest

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // SQLite without cgo

	"github.com/amends-dev/amends/internal/integration/pgserver"
)

// Run runs a test as a subtest for each kind of database, in parallel. Handles
// that open returns are closed after it.
func Run(t *testing.T, run func(t *testing.T, open func() *sql.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, Postgres(t))
	})
}

// Database is a database of one test.
type Database struct{ Driver, DSN string }

// Names of the drivers.
const (
	sqlite   = "sqlite"
	postgres = "pgx"
)

// NewSQLite returns a new file.
func NewSQLite(tb testing.TB) Database {
	return Database{sqlite, SQLiteDSN(filepath.Join(tb.TempDir(), "amends.db"))}
}

// NewPostgres returns an empty schema on the test server.
func NewPostgres(tb testing.TB) Database { return Database{postgres, pgserver.Database(tb)} }

// Open returns another handle on the database, which is closed after the test.
func (d Database) Open(tb testing.TB) *sql.DB {
	db, err := sql.Open(d.Driver, d.DSN)
	require.NoError(tb, err)
	db.SetMaxOpenConns(8)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db
}

// SQLite returns what opens handles on a new file.
func SQLite(tb testing.TB) func() *sql.DB {
	d := NewSQLite(tb)
	return func() *sql.DB { return d.Open(tb) }
}

// Postgres returns what opens handles on an empty schema of the test server.
func Postgres(tb testing.TB) func() *sql.DB {
	d := NewPostgres(tb)
	return func() *sql.DB { return d.Open(tb) }
}

// SQLiteDSN is the connection string for a file with careful settings. Further
// settings are in pairs, for example "mode", "ro".
func SQLiteDSN(file string, settings ...string) string {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)"}}
	for n := 0; n+1 < len(settings); n += 2 {
		q.Add(settings[n], settings[n+1])
	}
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: q.Encode()}).String()
}
