// Package sqlstore keeps incident records in SQLite (3.38 and later) or in
// PostgreSQL (14 and later), through database/sql alone: the host opens the
// database with the driver of its choice.
//
//	store := sqlstore.New(db, nil)
//	if err := store.Migrate(ctx); err != nil { … }
//	desk, err := amends.New(amends.Options{Stores: amends.Stores{Records: store, …}, …})
//
// Which of the two it is the store asks the database itself, once. It implements
// [incident.Store] and [incident.Eraser] with their whole contract, for any number
// of processes on one database.
//
// # Inside of a transaction of the host
//
// [Store.Bind] returns the store within a transaction that the host began on the
// same database: what the host writes itself and what the desk records then
// happen together or not at all.
//
//	tx, err := db.BeginTx(ctx, nil)
//	…
//	bound := desk.With(amends.Stores{Records: store.Bind(tx), …})
//	_, err = bound.Report(ctx, …)
//	err = tx.Commit()
//
// A commit that does not fit, say with [incident.ErrConflict], leaves nothing
// behind and the transaction usable. The host decides whether to go on.
//
// With SQLite, begin such a transaction as one that writes (most drivers take
// _txlock=immediate): one that only reads at first is refused when it wants to
// write after somebody else did. That is ErrConflict too; only the host can
// begin again.
//
// # Tables
//
// Their names begin with amends_. Migrations go forward only, are recorded in
// amends_migration, and may be started by several processes at once. Tables that
// a newer version of this package has migrated are refused, with [ErrNewer]. In
// PostgreSQL they lie in the first schema of the connection's search_path.
//
// Erased words are gone from what any query can see. Whether their bytes leave
// the disk is up to the database: SQLite needs the pragma secure_delete (package
// sqlitefile sets it), PostgreSQL a vacuum, and copies are the host's.
//
// # Limits
//
// IDs of records and command keys have at most 1000 bytes, those of spaces,
// incidents and customers 500, all marks of a head together 800. Texts are UTF-8
// without zero bytes. What is beyond is refused, never cut.
//
// # Compatibility
//
// The package follows the compatibility promise of package incident. Later
// versions read what earlier ones wrote, after Migrate.
package sqlstore
