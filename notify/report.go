package notify

import (
	"fmt"
	"slices"
)

// Report says what became of a fan-out. Successes are counted only, so that a
// million of them need no memory; every recipient with a problem is named.
type Report struct {
	// Read is how many recipients were read from the list: those sent, failed and not tried.
	Read int
	// Sent were accepted by the transport.
	Sent int
	// Failed were tried, or had no ID, and are in Problems.
	Failed int
	// NotTried were read when the fan-out stopped; they are in Problems with [ErrNotTried].
	NotTried int
	// Complete says that the list was read to its end. If false, nobody after the
	// first Read recipients was tried.
	Complete bool
	// Problems names every recipient that was read and not sent to, in the list's order.
	Problems []Problem
}

// Problem is one recipient that was not reached.
type Problem struct {
	Index     int    // place in the list, from 0
	Recipient string // its ID
	Class     Class
	Err       error
}

// Err returns nil if every recipient of the list was sent to, and otherwise an
// error that counts the problems and wraps the first one.
func (r *Report) Err() error {
	switch {
	case len(r.Problems) > 0:
		p := r.Problems[0]
		return fmt.Errorf("notify: %d of %d recipients not reached, %d of them not tried; the first is %q: %w",
			len(r.Problems), r.Read, r.NotTried, p.Recipient, p.Err)
	case !r.Complete:
		return fmt.Errorf("notify: recipients after the first %d: %w", r.Read, ErrNotTried)
	}
	return nil
}

func (r *Report) sort() {
	slices.SortFunc(r.Problems, func(a, b Problem) int { return a.Index - b.Index })
}
