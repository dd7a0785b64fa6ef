// Package drivers holds the stores to their contracts with drivers other than
// those that the rest of these tests use: lib/pq for PostgreSQL, and mattn's
// SQLite, which is the original in C, linked through cgo.
//
// The stores know no driver. They tell what went wrong from what all drivers pass
// on: SQLSTATE, and SQLite's own words. What these tests are for is that this is
// so, and that no driver's idea of parameters, of times or of a transaction's
// beginning gets in between.
//
// Without a C compiler the SQLite part is left out, as cgo is.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package drivers
