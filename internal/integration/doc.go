// Package integration and the folders below it test Amends against what it meets
// in a host: real databases, and other programs that speak to it.
//
// It is a module of its own, so that drivers and servers weigh on no module that
// a host links. It is never tagged and nobody outside of this repository imports it.
//
//   - dbtest gives a test a fresh database of every kind, with more handles on the same one;
//   - pgserver starts the PostgreSQL server that those tests share;
//   - sqlkit, records and so on hold the tests themselves, one folder a subject.
//
// A server that is not installed skips its tests by name. Where CI is set that
// is a failure: there, nothing is skipped.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package integration
