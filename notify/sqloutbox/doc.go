// Package sqloutbox keeps deliveries in a database of the host, on SQLite (3.38
// or later) or PostgreSQL (14 or later), through database/sql alone: the host
// brings the driver.
//
//	db, err := sql.Open("pgx", dsn)
//	outbox := sqloutbox.New(db, nil)
//	err = outbox.Migrate(ctx) // at the start, or in a deployment
//	desk, err := amends.New(amends.Options{Stores: amends.Stores{Outbox: outbox, …}, …})
//
// It implements [notify.Outbox] and [notify.Forecaster] with their whole contract,
// for any number of processes on one database: what a call wrote when it returned
// nil is as durable as the database makes a commit. In SQLite set synchronous to
// full, in PostgreSQL leave synchronous_commit on.
//
// Its tables begin with amends_outbox_. [Outbox.Migrate] makes them and brings them
// forward, never back; processes may start it at the same time. Tables that a newer
// version has migrated are refused with [ErrNewer]. Whether the tables fit is asked
// once per [Outbox], with its first call: migrate before processes of a newer
// version start, and stop those of the older one if its change log says so.
//
// # Pages and batches
//
// What costs is the commit, not the delivery: add pages of a thousand, and claim
// and settle hundreds at a time. A page whose keys come in order, as directories
// list contacts, costs least, and so do claims of what was added side by side.
// Claims look only at what is due on their channel, and tallies read counters: none
// of them becomes slower with what was sent before.
//
// # Leases
//
// A claim gives its items a fresh token. On PostgreSQL claims at the same time pass
// over what another one holds; on SQLite they come one after the other. Leases run
// by the clock of the PostgreSQL server, whatever those of the processes say;
// [CallerClock] is for hosts that replay history. All other times are those that
// callers pass.
//
// Claims with a cap count one at a time in PostgreSQL, since two that count at once
// would both find room.
//
// # Retention
//
// Nothing is deleted by itself: a key is unique for ever, and later deliveries of a
// thread answer earlier ones. [Outbox.Prune] deletes what is old and leaves a row
// of a third of the size, which keeps both promises; a host calls it now and then,
// or never: no call becomes slower without it.
//
// # A host's own transaction
//
// [Outbox.Bind] returns the outbox within a *sql.Tx of the host: what it writes is
// committed or rolled back with the rest. After an error nothing of that call stays
// and the transaction goes on. PostgreSQL transactions should be read committed,
// its default; SQLite transactions should begin immediate.
//
// # Damage
//
// Rows are checked as they are read. A damaged delivery that comes up in a claim is
// given up, with a [DamagedError] as its last error, and logged; the others are
// sent. Whoever lists or settles it gets the error.
//
// # Limits
//
// A key has at most 1000 bytes, with the channels of its fallbacks; recipients,
// customers and channels 500; record, notice, space, thread and kind 1500 together.
// Sequence numbers have 63 bits. Texts are UTF-8 without zero bytes. A page beyond
// that is refused, never cut.
//
// # Compatibility
//
// Before version 1 the exported names may change, and the change log says so.
// Tables that a released version made are carried forward by every later one; the
// text of a released migration never changes.
package sqloutbox
