// Package memoutbox keeps deliveries in memory: for tests, demos, and hosts
// that may lose what was not yet sent when their process ends.
//
// The zero value of [Outbox] is ready:
//
//	var box memoutbox.Outbox
//	desk, err := notify.NewDispatcher(&box, resolver, channels, nil)
//
// It follows the whole contract of [notify.Outbox] and passes
// notifytest.TestOutbox, except that nothing survives the process. What it
// answers is therefore what a database would answer, and a host that tests
// against it can change to one without surprises.
//
// Claims and settlements cost the same with a thousand items as with a million:
// every channel has heaps of what is ready, what waits and what is leased, and
// every (space, recipient, channel, thread) has its own short queue. A tally reads
// counters, and looks at the items of a record only where a counter has become
// stale. Listing walks the items of one record, or all of them if no record and
// no notice is asked for.
//
// # Compatibility
//
// The package follows the module: before version 1 names may still change with
// a note in the change log. Nothing that it keeps outlives the process, so there is no
// stored format to keep compatible.
package memoutbox
