package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/amends-dev/amends/compensate"
)

// FakeBilling is a billing system in memory, a [compensate.Issuer] that counts
// what it paid. The zero value is ready to use, repeats by key and never fails.
// It is safe for concurrent use.
type FakeBilling struct {
	// NoKeys makes it one that cannot repeat by key: every call pays.
	NoKeys bool

	mu       sync.Mutex
	calls    int
	faults   map[int]Fault
	payments []Payment
}

// Payment is one payment that really happened.
type Payment struct {
	ID        string // the entry's
	Customer  string
	Amount    compensate.Money
	Reference string
}

// Fault is a way for billing to fail.
type Fault string

// Ways to fail.
const (
	FaultBusy    Fault = "busy"    // nothing paid, and it says so: try again
	FaultRefused Fault = "refused" // nothing paid, and never will be
	FaultLost    Fault = "lost"    // paid, but the answer is lost
	FaultUnheard Fault = "unheard" // not paid, and no answer either
	FaultHang    Fault = "hang"    // paid, but the answer does not come until the caller gives up
)

// FailCall makes the n-th call to come, counted from 1 since the start, fail.
func (b *FakeBilling) FailCall(n int, f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults == nil {
		b.faults = map[int]Fault{}
	}
	b.faults[n] = f
}

// FailNext makes the next call fail.
func (b *FakeBilling) FailNext(f Fault) { b.FailCall(b.Calls()+1, f) }

// Calls returns how often it was called.
func (b *FakeBilling) Calls() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

// Payments returns what was really paid, in order.
func (b *FakeBilling) Payments() []Payment {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.payments)
}

// Issue implements [compensate.Issuer].
func (b *FakeBilling) Issue(ctx context.Context, e compensate.Entry) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("compensatetest: paying %q: %w", e.ID, context.Cause(ctx))
	}
	reference, fault := b.pay(e)
	switch fault {
	case "":
		return reference, nil
	case FaultBusy:
		return "", errors.New("compensatetest: billing is busy")
	case FaultRefused:
		return "", compensate.Refused(errors.New("compensatetest: billing refuses"))
	case FaultHang:
		<-ctx.Done()
		return "", fmt.Errorf("compensatetest: paying %q: %w", e.ID, context.Cause(ctx))
	default:
		return "", compensate.Unanswered(errors.New("compensatetest: no answer"))
	}
}

func (b *FakeBilling) pay(e compensate.Entry) (string, Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	fault := b.faults[b.calls]
	if fault == FaultBusy || fault == FaultRefused || fault == FaultUnheard {
		return "", fault
	}
	for _, p := range b.payments {
		if p.ID == e.ID && !b.NoKeys {
			return p.Reference, fault
		}
	}
	p := Payment{e.ID, e.Key.Customer, e.Amount, fmt.Sprintf("pay-%d", len(b.payments)+1)}
	b.payments = append(b.payments, p)
	return p.Reference, fault
}
