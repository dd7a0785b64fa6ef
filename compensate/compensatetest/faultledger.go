package compensatetest

import (
	"context"
	"sync"
	"time"

	"github.com/amends-dev/amends/compensate"
)

// FaultLedger stands in front of a ledger and lets a test fail any call. It is
// safe for concurrent use if its hooks are; set the fields before the first call.
type FaultLedger struct {
	Ledger compensate.Ledger
	// Before is called before the n-th call, counted from 1 over all methods,
	// with the method's name. Its error is the call's, and the ledger does not
	// hear of it. If nil, nothing.
	Before func(op string, n int) error
	// After is called when the ledger has done its work. Its error is the call's,
	// and the ledger's answer is lost: so dies a process between a write and
	// knowing of it. If nil, nothing.
	After func(op string, n int) error

	mu sync.Mutex
	n  int
}

var _ compensate.Ledger = (*FaultLedger)(nil)

// Calls returns how many calls there were.
func (l *FaultLedger) Calls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func (l *FaultLedger) call(op string, do func() error) error {
	l.mu.Lock()
	l.n++
	n := l.n
	l.mu.Unlock()
	if l.Before != nil {
		if err := l.Before(op, n); err != nil {
			return err
		}
	}
	err := do()
	if l.After != nil {
		if hidden := l.After(op, n); hidden != nil {
			return hidden
		}
	}
	return err
}

// Propose implements [compensate.Ledger].
func (l *FaultLedger) Propose(ctx context.Context, owed []compensate.Owed, at time.Time) (out [][]compensate.Entry, err error) {
	err = l.call("Propose", func() (err error) {
		out, err = l.Ledger.Propose(ctx, owed, at)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Claim implements [compensate.Ledger].
func (l *FaultLedger) Claim(ctx context.Context, r compensate.ClaimRequest) (out []compensate.Claimed, err error) {
	err = l.call("Claim", func() (err error) {
		out, err = l.Ledger.Claim(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Settle implements [compensate.Ledger].
func (l *FaultLedger) Settle(ctx context.Context, s []compensate.Settlement) (out []compensate.Settled, err error) {
	err = l.call("Settle", func() (err error) {
		out, err = l.Ledger.Settle(ctx, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Tally implements [compensate.Ledger].
func (l *FaultLedger) Tally(ctx context.Context, q compensate.Query) (out compensate.Tally, err error) {
	err = l.call("Tally", func() (err error) {
		out, err = l.Ledger.Tally(ctx, q)
		return err
	})
	if err != nil {
		return compensate.Tally{}, err
	}
	return out, nil
}

// List implements [compensate.Ledger].
func (l *FaultLedger) List(
	ctx context.Context, q compensate.Query, cursor string, limit int,
) (out []compensate.Entry, next string, err error) {
	err = l.call("List", func() (err error) {
		out, next, err = l.Ledger.List(ctx, q, cursor, limit)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return out, next, nil
}
