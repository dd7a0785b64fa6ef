// Package sqlkit holds the tests of internal/sqlkit, which need real databases.
//
// They are here and not beside the package because the root module has no
// drivers. Each runs on SQLite and on PostgreSQL unless its name says that it is
// about one of them.
//
// They hold the package to what every store relies on: two processes that migrate
// at once, tables of an older or newer version, transactions that are tried again
// when others were faster, savepoints that leave a host's transaction usable,
// rows in bulk, and errors that say what to do about a full disk, a file that
// cannot be written, or a damaged one.
//
// Stores do not repeat these: their own tests, beside this folder, hold them to
// the contracts of incident, notify and compensate.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package sqlkit
