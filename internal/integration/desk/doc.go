// Package desk holds the desk of package amends, with everything behind it, to
// one outcome on all stores there are: in memory, in one SQLite file, and in PostgreSQL.
//
// The conformance suites hold each store to its own contract. Whether the three
// of a database fit together and under the desk shows only here: who was told
// what under which key, who was paid how much and why, how the records ended, and
// what operators are shown.
//
// The stores in databases are closed and opened again between the steps, with a
// new desk on them, as if the process had ended: nothing may depend on what one
// has in its memory.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package desk
