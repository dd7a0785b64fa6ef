//go:build race

package amends_test

// stride is wider under the race detector, which makes every step some ten
// times slower: the order of steps is what the test is about, and it is covered
// without it.
const stride = 7
