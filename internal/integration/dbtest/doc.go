// Package dbtest runs tests against every database that the stores speak.
//
//	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
//		store := sqlstore.New(open(), nil)
//		…
//	})
//
// runs the function once with a new SQLite file and once with an empty schema on
// PostgreSQL, as subtests. Every call of open returns another
// handle on that same database, as another process would have it.
//
// SQLite is opened as a careful host would: write-ahead log, full
// synchronisation, five seconds of patience with other writers.
//
// [Watch] stands between a handle and its driver: it tells how the database would
// find what it was asked for, and fails statements or commits at a given point.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package dbtest
