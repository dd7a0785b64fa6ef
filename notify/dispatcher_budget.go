package notify

import "sync"

// budget is what is left of the limit of one [Dispatcher.Deliver], which its
// channels share. A claim takes as much as it may claim, and gives back what it
// did not find: meanwhile others may find nothing left although there will be.
type budget struct {
	unlimited bool

	mu     sync.Mutex
	n      int
	claims int       // under way, which may still give something back
	back   sync.Cond // something was given back, or a claim ended
}

// newBudget returns a budget of so many; of 0 or less it is unlimited.
func newBudget(limit int) *budget {
	b := &budget{unlimited: limit <= 0, n: limit}
	b.back.L = &b.mu
	return b
}

// take takes up to n for a claim. Unless it is 0, the claim must call done.
func (b *budget) take(n int) int {
	if b.unlimited {
		return n
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	got := min(b.n, n)
	if got <= 0 {
		return 0
	}
	b.n -= got
	b.claims++
	return got
}

// give returns some of what a claim took, before it is over.
func (b *budget) give(n int) {
	if b.unlimited || n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n += n
	b.back.Broadcast()
}

// done ends a claim and returns what it did not use.
func (b *budget) done(unused int) {
	if b.unlimited {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n += unused
	b.claims--
	b.back.Broadcast()
}

// more waits until something is left or no claim can give anything back any
// more, and reports whether something is left.
func (b *budget) more() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.n <= 0 && b.claims > 0 {
		b.back.Wait()
	}
	return b.n > 0
}

// empty reports whether nothing is left.
func (b *budget) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.unlimited && b.n <= 0
}
