// Package records holds the tests of incident/sqlstore on real databases.
//
// The store is held to the contract of incident.Store three times on each
// database: by itself, through two handles in turn as two processes would use it,
// and within one transaction of a host. Then come rules that the contract cannot
// state for every store: what happens at once, what a conflict leaves in a host's
// transaction, damaged rows, older and newer tables, files that cannot be
// written, full disks, lost connections, and that no query reads all rows of a
// table that grows for ever.
//
// Benchmarks fill the tables with millions of rows first; the number is a flag,
// as those runs take minutes:
//
//	go test -run '^$' -bench . ./internal/integration/records -rows 10000000
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package records
