// Package sqlledger keeps a [compensate.Ledger] in a database of the host, on
// SQLite (3.38 or later) or PostgreSQL (14 or later), through database/sql alone:
// the host brings the driver.
//
//	handle, err := sql.Open("pgx", dsn)
//	ledger := sqlledger.New(handle, nil)
//	err = ledger.Migrate(ctx) // at the start, or in a deployment
//	desk, err := amends.New(amends.Options{Stores: amends.Stores{Ledger: ledger, …}, …})
//
// Its tables begin with amends_ledger_. [Ledger.Migrate] makes them and brings
// them forward, never back; processes may start it at the same time. Tables that
// a newer version has migrated are refused with [ErrNewer].
//
// # What is paid once
//
// A proposal locks the accounts of its keys, then the shared caps they count
// towards, always in the same order; it subtracts what they hold and writes the
// difference, all in one transaction. So the same or different totals proposed at
// once, by any number of processes, add up to the largest, and a shared cap is
// never exceeded. A call that failed, or whose answer was lost, is repeated
// without harm.
//
// What a call wrote is as durable as the database makes a commit: in SQLite set
// synchronous to full, in PostgreSQL leave synchronous_commit on.
//
// Amounts are whole minor units in columns of 64 bits. What tallies ask for is
// kept summed by incident or period, state and currency, so that a tally of one
// costs the same for ten customers and for a million. Transactions at the same
// time add to different parts of a sum: a long one of the host's delays nobody.
//
// # Leases
//
// A claim gives each entry a fresh token. On PostgreSQL claims at the same time
// pass over what another one holds; on SQLite they come one after the other.
// On PostgreSQL leases run by the database's clock, so that machines need not
// agree on the time. A host that replays history sets [CallerClock].
//
// # A host's own transaction
//
// [Ledger.Bind] returns the same ledger within a *sql.Tx of the host: what it
// writes is committed or rolled back with the rest. After an error, for example
// a gesture over its limit, nothing of that call stays and the transaction goes
// on. PostgreSQL transactions should be read committed, its default; at stricter
// levels more of them fail for being overtaken. SQLite transactions should begin
// immediate.
//
// # Damage
//
// Rows are checked as they are read: an entry whose ID does not fit its key, one
// below zero, one that is missing, reasons that are no list. The error names the
// entry, and nothing is paid by guesswork.
//
// # Limits
//
// A space, customer, basis, cap and currency have at most 500 bytes each. Texts
// are UTF-8 without zero bytes. A proposal beyond that is refused, never cut.
//
// # Compatibility
//
// Before version 1 the exported names may change, and the change log says so.
// Tables that a released version made are carried forward by every later one;
// the text of a released migration never changes.
package sqlledger
