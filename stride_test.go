//go:build !race

package amends_test

// stride is the distance of the store calls at which pairs are interleaved. It
// begins elsewhere for each pair: among the pairs of a unit all its calls occur.
const stride = 2
