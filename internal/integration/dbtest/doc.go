// Package dbtest runs tests against every database that the stores speak.
//
//	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
//		store := sqlstore.New(open(), nil)
//		…
//	})
//
// runs the function once with a fresh SQLite file and once with a fresh
// database on PostgreSQL, as subtests. Every call of open returns another
// handle on that same database, as another process would have it.
//
// SQLite is opened as a careful host would: write-ahead log, full
// synchronisation, five seconds of patience with other writers.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package dbtest
