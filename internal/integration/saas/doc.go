// Package saas runs the program of examples/saas as several processes on one
// PostgreSQL server, with River between them. What it does in one process, on
// SQLite, is tested beside it.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package saas
