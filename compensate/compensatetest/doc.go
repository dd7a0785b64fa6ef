// Package compensatetest tests ledgers and billing adapters against the
// contracts of package compensate, and has fakes of both for a host's own tests.
//
// Whoever writes a [compensate.Ledger] runs [TestLedger] in one line; whoever
// connects a billing system runs [TestIssuer]. Every case is a rule in words,
// and a failure prints it:
//
//	func TestLedger(t *testing.T) {
//		compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger {
//			return newLedgerOnAnEmptyDatabase(t)
//		})
//	}
//
// [FakeBilling] is a billing system in memory that counts what it paid and
// fails as scripted: before paying, after paying, or for good. [FaultLedger]
// stands in front of any ledger and calls a hook before and after each call, so
// that a test can kill a process between any two writes and look whether
// anybody was paid twice.
//
// # Compatibility
//
// Before version 1 anything here may change. After it, cases may still be added
// to the suites in any release: a ledger that fails a new case broke the
// contract before the case was there.
package compensatetest
