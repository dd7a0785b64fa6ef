// Package customnotifier shows how to write an adapter of [notify.Notifier] on
// [notify.NewHTTP]: a pager service over HTTP, in one short function, with the
// conformance suite as its test.
//
// Read pager.go first: how a delivery becomes a request, and the answer's body a
// receipt. Connections, idempotency key, classes of failure, bounds and the
// guard against internal addresses are those of [notify.HTTP]; retries, time-outs, rates
// and breakers are the library's anyway. Then pager_test.go: one call of the
// suite, which brings the server and everything that one can do wrong.
//
// The README explains each step, and what to mind with a transport that is not HTTP.
//
// # Compatibility
//
// This is an example to copy. It may change in any version.
package customnotifier
