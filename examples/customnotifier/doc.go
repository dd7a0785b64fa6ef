// Package customnotifier shows how to write an adapter of [notify.Notifier]: a
// pager service over HTTP, in one short file, with the conformance suite as its
// test.
//
// Read pager.go first: one method, one attempt. Then classify.go: the class that
// an answer gives to a failure is what the library needs from you; everything
// else, such as retries, time-outs, rates and breakers, it does itself. Then
// pager_test.go: a fake of the service, and one call of the suite.
//
// The README explains each step.
//
// # Compatibility
//
// This is an example to copy. It may change in any version.
package customnotifier
