// Package sqlkit is what the stores on database/sql share: one text of SQL for
// SQLite (3.38 and later) and PostgreSQL (14 and later), transactions that are
// tried again when others were faster, migrations, and errors that say what to do.
//
// A store holds a [DB], made of the host's handle and the store's [Component].
// Nothing is asked of the database before the first call, which finds out what
// it is and whether its tables are those that the store knows: older ones are
// [ErrNotMigrated], newer ones [ErrNewer], and neither is read or written.
//
//	db := sqlkit.New(handle, nil, sqlkit.Component{Name: "incident", Migrations: migrations})
//	err := db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
//		n, err := t.Exec(ctx, "update amends_record set turn = turn + 1 where record = $1", record)
//		…
//	})
//
// Statements are written with $1, $2 … for both. Many rows go to the database
// in one statement as [Rows]. What the two really say in different words is
// chosen with [Dialect.Pick].
//
// A [DB] bound to a transaction of the host ([DB.Bind]) does each Write within a
// savepoint, never commits and never tries again: after an error nothing of the
// Write stays, and the transaction goes on. That holds as long as no statement
// fails on purpose, so stores count rows (on conflict do nothing, where version =
// $2) and never provoke a violation. Stores that share a transaction share it as
// *sql.Tx itself is shared: one call at a time.
//
// Whether the tables fit is asked once for each [DB], and a process that runs while
// a newer version migrates is not stopped. So a migration only adds what older
// statements can do without, in a table or beside it.
//
// Rules for tables: names begin with amends_; text that is compared or ordered
// is, in PostgreSQL, collate "C", so that both order by bytes; times are [Micros].
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely. What
// migrations have made of a database stays readable.
package sqlkit
