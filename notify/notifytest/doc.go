// Package notifytest helps to test what sends messages: adapters of
// [notify.Notifier], implementations of [notify.Outbox], and hosts that use them.
//
// Four things are here:
//
//   - [Recorder] is a notifier in memory. It records what it accepts, knows
//     every delivery by its ID, and fails by a script: so many times, for one
//     recipient, by throttling, by an uncertain outcome, by blocking until the
//     context ends.
//   - [TestNotifier] checks an adapter against the contract of notify.Notifier.
//     A [Harness] gives it the adapter together with a transport of the test's
//     own, which can be told to fail. Each case is one rule, which a failure
//     prints in words. What an adapter cannot do is declared in the harness and
//     shows as a skipped case with its reason.
//   - [TestHTTP] does the same for an adapter that speaks HTTP, with a server of
//     its own that answers in every way that a server can: late, cut off, endless, elsewhere.
//   - [TestOutbox] does the same for an outbox.
//
// A suite that passes says that the library can rely on the adapter: on what a
// nil error means, on the class of a failure, on a call that ends with its
// context, and on errors that show nobody's address.
//
// The package is for tests and imports testing; production code must not import
// it. Recorder is safe for concurrent use.
//
// # Compatibility
//
// New cases may be added to a suite within a minor version when they check what
// the contract says already. Types and functions follow the promise of the module.
package notifytest
