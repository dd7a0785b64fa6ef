// Package riverengine holds the tests of incident/riverengine on a real server.
//
// A suite says in words what a desk may expect from whatever wakes it, and what
// it must survive: jobs that are lost, doubled, early, late or given up. It runs
// over River and over an engine of a few dozen lines that keeps its jobs in
// memory. That it holds for both shows that the rules are kept by the stores, and
// not by River. Then come the rules that the adapter itself has to keep, a
// process that is killed, and the contracts of the three stores within a
// transaction of pgx.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package riverengine
