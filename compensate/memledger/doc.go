// Package memledger keeps a [compensate.Ledger] in memory: for tests, for
// examples, and for trying Amends out before a database is chosen.
//
// It keeps the whole contract of the seam except one sentence: what it wrote
// does not survive the process. A host that pays real money uses a ledger that
// writes to disk, and this one in its tests:
//
//	var ledger memledger.Ledger // ready to use
//
// Entries are found by customer and by basis without looking at all of them,
// and paging costs what a page holds. A shared cap is shared within its space.
// An entry whose lease ran out is claimed again, unless this claim or the one
// before said that billing cannot repeat, or it was claimed too often: then it
// waits for a person.
//
// Everything handed in and out is copied, so neither side can change what the
// other holds.
//
// # Compatibility
//
// Before version 1 anything here may change, and the change log says so. What
// the ledger does is the contract of [compensate.Ledger], nothing more.
package memledger
