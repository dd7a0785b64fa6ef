//go:build !race

package amends_test

// stride is the distance of the store calls at which pairs are interleaved: each one.
const stride = 1
