// Package incidenttest tests implementations of incident.Store, and helps to
// test what uses one.
//
// [TestStore] is the conformance suite: every case is one rule of the contract,
// and a failing case prints the rule in words. [TestStoreModel] runs random
// operations against a store and a small model at once and compares. A store of
// your own is tested in two lines:
//
//	func TestConforms(t *testing.T) {
//		incidenttest.TestStore(t, func(t *testing.T) incident.Store { return open(t) })
//	}
//
// [BenchmarkStore] measures the calls that the library makes most.
//
// [Faulty] wraps a store: it fails calls before or after they are done, and
// runs code of the test at each of them, so that a test can crash at every
// point, or let another command slip in there.
//
// [Declared], [Opened] and their friends build valid events and commits, of
// which a test changes the one thing that it is about. [Filled] returns an
// event of every kind, with every field set.
//
// # Compatibility
//
// Cases may be added in any release, when they state a rule that the contract
// of incident.Store already has. Everything else follows the promise of package
// incident.
package incidenttest
