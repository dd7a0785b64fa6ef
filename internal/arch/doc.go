// Package arch holds the shape of the library as tests: what may import what,
// what a host links, what must be explained, and what must not be in the tree.
//
// Each check is a function that takes the tree, or packages of it, and returns
// one sentence for every place where the rule does not hold; none means that it
// holds. The tests beside them run each check twice: over this repository, where
// it must find nothing, and over a small bad fixture, where it must find exactly
// what was planted. A check that cannot fail proves nothing.
//
// Run them with -count=1: they read files and ask the go command, which the test
// cache does not see. After a deliberate change of what packages link, write the
// new list with
//
//	go test -count=1 ./internal/arch -run TestLinks -update
//
// and look at the difference before it is committed: every line of it is code
// that hosts will compile, patch and answer for.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package arch
