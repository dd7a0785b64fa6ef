package policy

// Explanation says why, in two voices.
type Explanation struct {
	Staff    string // with rule names, cites and times
	Customer string // fit for customers: no names of rules, no internals
}
