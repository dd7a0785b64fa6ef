package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/amends-dev/amends/compensate"
)

// IssuerHarness is one fresh adapter with its billing system, as [TestIssuer] needs it.
type IssuerHarness struct {
	Issuer compensate.Issuer
	// Customer is one that the billing system knows; "" means "c1".
	Customer string
	// Payments returns what was really paid, in order.
	Payments func() []Payment
	// Fault makes the next call fail in a way. It returns false if this billing
	// system never fails so; the case is then skipped. If nil, all cases with
	// faults are.
	Fault func(Fault) bool
	// NoKeys declares that the billing system cannot repeat by key.
	NoKeys bool
}

type issuerCase struct {
	name string
	rule string
	run  func(ctx context.Context, h IssuerHarness) error
}

// errSkip says that the harness declares that a case does not apply.
var errSkip = errors.New("does not apply")

// TestIssuer checks that an adapter keeps the contract of [compensate.Issuer].
// Each case gets a fresh harness. A failure says which rule is broken.
func TestIssuer(t *testing.T, newHarness func(t *testing.T) IssuerHarness) {
	t.Helper()
	for _, c := range issuerCases() {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(t.Context(), newHarness(t))
			if errors.Is(err, errSkip) {
				t.Skipf("the harness declares that this does not apply: %s", c.rule)
			}
			if err != nil {
				t.Fatalf("the rule: %s\nis broken: %v", c.rule, err)
			}
		})
	}
}

func issuerCases() []issuerCase {
	return []issuerCase{
		{"pays", "an entry is paid once, with its ID and its exact amount, and billing's reference comes back", pays},
		{"repeats", "a repeated entry is paid once, and its reference is the first one", repeats},
		{"entries apart", "two entries of one customer and one amount are two payments", entriesApart},
		{"done context", "with a done context nothing is paid and an error comes back", issuerDone},
		{"busy", "an error that may pass is not marked as refused, and paying works afterwards", busy},
		{"refused", "an error that will not pass is marked with Refused", refusedCase},
		{"answer lost", "where the answer is lost the error says that nobody knows, and never that it was refused", answerLost},
	}
}

func (h *IssuerHarness) entry(n int) compensate.Entry {
	k := key(h.Customer, "i1")
	if k.Customer == "" {
		k.Customer = "c1"
	}
	return compensate.Entry{ID: compensate.EntryID(k, "", n), Key: k, N: n, State: compensate.StateIssuing, Amount: eur(1999), Total: eur(1999)}
}

func (h *IssuerHarness) fail(f Fault) error {
	if h.Fault == nil || !h.Fault(f) {
		return errSkip
	}
	return nil
}

func pays(ctx context.Context, h IssuerHarness) error {
	e := h.entry(1)
	reference, err := h.Issuer.Issue(ctx, e)
	if err != nil {
		return err
	}
	got := h.Payments()
	if len(got) != 1 {
		return fmt.Errorf("%d payments, want 1", len(got))
	}
	if reference == "" {
		return errors.New("the reference is empty")
	}
	return first(want("the ID at billing", got[0].ID, e.ID), want("the amount", got[0].Amount, e.Amount), want("the customer", got[0].Customer, e.Key.Customer))
}

func repeats(ctx context.Context, h IssuerHarness) error {
	if h.NoKeys {
		return errSkip
	}
	one, err := h.Issuer.Issue(ctx, h.entry(1))
	if err != nil {
		return err
	}
	two, err := h.Issuer.Issue(ctx, h.entry(1))
	if err != nil {
		return err
	}
	return first(want("the number of payments", len(h.Payments()), 1), want("the second reference", two, one))
}

func entriesApart(ctx context.Context, h IssuerHarness) error {
	for n := range 2 {
		if _, err := h.Issuer.Issue(ctx, h.entry(n+1)); err != nil {
			return err
		}
	}
	return want("the number of payments", len(h.Payments()), 2)
}

func issuerDone(ctx context.Context, h IssuerHarness) error {
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := h.Issuer.Issue(done, h.entry(1)); err == nil {
		return errors.New("there was no error")
	}
	return want("the number of payments", len(h.Payments()), 0)
}

func busy(ctx context.Context, h IssuerHarness) error {
	if err := h.fail(FaultBusy); err != nil {
		return err
	}
	_, err := h.Issuer.Issue(ctx, h.entry(1))
	if err == nil || compensate.IsRefused(err) {
		return fmt.Errorf("the error is %w, want one that is not refused", err)
	}
	if _, err := h.Issuer.Issue(ctx, h.entry(1)); err != nil {
		return fmt.Errorf("the second time: %w", err)
	}
	return want("the number of payments", len(h.Payments()), 1)
}

func refusedCase(ctx context.Context, h IssuerHarness) error {
	if err := h.fail(FaultRefused); err != nil {
		return err
	}
	_, err := h.Issuer.Issue(ctx, h.entry(1))
	return first(want("marked as refused", compensate.IsRefused(err), true), want("the number of payments", len(h.Payments()), 0))
}

func answerLost(ctx context.Context, h IssuerHarness) error {
	if err := h.fail(FaultLost); err != nil {
		return err
	}
	_, err := h.Issuer.Issue(ctx, h.entry(1))
	return first(want("marked as refused", compensate.IsRefused(err), false), want("known to be unanswered", compensate.IsUnanswered(err), true))
}
