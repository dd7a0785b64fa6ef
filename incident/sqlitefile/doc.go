// Package sqlitefile keeps everything in one SQLite file, with the settings that
// a careful host would choose. It needs no server and no C compiler.
//
//	file, err := sqlitefile.Open(ctx, "/var/lib/shop/amends.db", nil)
//	if err != nil { … }
//	defer file.Close()
//	desk, err := amends.New(amends.Options{
//		Stores: amends.Stores{Records: file.Records, Outbox: file.Outbox, Ledger: file.Ledger}, …
//	})
//
// The three stores are those of packages sqlstore, sqloutbox and sqlledger, with
// their whole contracts. A program that ended anywhere opens the file again, and
// goes on with what was not done.
//
// What is settled here:
//
//   - A write-ahead log: readers wait for nobody, and nobody for them.
//   - Full synchronisation: what was acknowledged survives the machine, not only the process.
//   - One connection that writes, so that writers queue in memory; several that read.
//     Other processes may have the same file open: then they wait for each other, up to ten seconds.
//   - Transactions that the host begins on [File.DB] lock at once, so that they do not fail halfway.
//   - Erased words are overwritten in the file (secure_delete).
//   - A file that is new can be read by its owner only.
//
// The file must lie on a disk of the machine: the write-ahead log does not work
// over a network, and Open says so if it finds out. While it is open, two files
// stand beside it, named like it with -wal and -shm: they belong to it. To copy it
// while it is open, use [File.Backup] and nothing else.
//
// The host may have tables of its own in the file, and change them together with
// what it records, is to be told or is owed: begin a transaction on [File.DB] and
// bind the stores to it.
//
// Leases end by the clock of the machine, which all processes on the file share.
//
// It is a module of its own, so that only those who want SQLite link it.
//
// # Compatibility
//
// The package follows the compatibility promise of package incident. The file is
// brought to the present version by Open, and never back.
package sqlitefile
