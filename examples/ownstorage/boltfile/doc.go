// Package boltfile keeps what a desk must not lose in one file of bbolt, a small
// key-value library: the three stores that package amends asks a host for, as a
// host would write them on a database of its own.
//
//	file, err := boltfile.Open("amends.db", nil)
//	desk, err := amends.New(amends.Options{
//		Stores: amends.Stores{Records: file.Records, Outbox: file.Outbox, Ledger: file.Ledger}, …
//	})
//
// It is to be read, from key.go (how keys are ordered) and tx.go (one call is one
// transaction) to records.go, outbox.go and ledger.go. The README beside it says
// what a writer of a store has to mind.
//
// Everything that is asked often is a range of a bucket: what is due, what of a
// thread is open, what a recipient got lately. What is asked seldom, the tallies,
// goes through all that is asked for; sqlstore, sqloutbox and sqlledger keep sums instead.
//
// # Compatibility
//
// It is an example and may change at any time. Copy it; the stores of the library
// are incident/sqlstore, notify/sqloutbox and compensate/sqlledger.
package boltfile
