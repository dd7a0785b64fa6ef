// Package pgserver gives tests databases on a real PostgreSQL server.
//
// [Database] starts the server when it is first called, one for the process, and
// returns the way to a new, empty schema:
//
//	db, err := sql.Open("pgx", pgserver.Database(t))
//
// A server that is there already is used instead if AMENDS_POSTGRES names it, as
// .ci/with-postgres does. Otherwise the binaries are looked for on the path and
// where packages of distributions put them. If there are none the test is
// skipped, and fails where CI is set.
//
// The server listens on a socket in a directory of its own only, and keeps its
// data there. A shell waits beside it for the end of the test process, however
// that comes, then stops it and removes the directory. PostgreSQL refuses to run
// as root: then the user postgres, or nobody, runs it.
//
// Benchmarks have a server of their own, which flushes to the disk as one in
// production does (fsync on), so that they promise no more than a host can have.
// That of the tests does not: it has to survive the end of a process, not of the machine.
//
// [Own] starts one for a single test, which may restart it as after a power cut.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package pgserver
