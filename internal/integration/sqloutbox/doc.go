// Package sqloutbox holds the tests of notify/sqloutbox on real databases.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package sqloutbox
