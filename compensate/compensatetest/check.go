package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
)

// start is when the cases begin.
var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

func eur(cents int64) compensate.Money { return compensate.FromMinor(cents, "EUR") }

func key(customer, basis string) compensate.Key {
	return compensate.Key{Space: "brand", Scheme: "sla", Customer: customer, Component: "api", Basis: basis}
}

func owe(customer, basis string, cents int64) compensate.Owed {
	return compensate.Owed{Key: key(customer, basis), Total: eur(cents)}
}

// want reports a difference in words, nil if there is none.
func want[T comparable](what string, got, wanted T) error {
	if got != wanted {
		return fmt.Errorf("%s is %v, want %v", what, got, wanted)
	}
	return nil
}

func wantErr(what string, got, wanted error) error {
	if !errors.Is(got, wanted) {
		return fmt.Errorf("%s errs with %s, want one that wraps %q", what, words(got), words(wanted))
	}
	return nil
}

func words(err error) string {
	if err == nil {
		return "nothing"
	}
	return err.Error()
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// propose proposes one sum and returns its key's entries.
func propose(ctx context.Context, l compensate.Ledger, o compensate.Owed, at time.Time) ([]compensate.Entry, error) {
	got, err := l.Propose(ctx, []compensate.Owed{o}, at)
	if err != nil {
		return nil, fmt.Errorf("proposing %s: %w", o.Total, err)
	}
	if len(got) != 1 {
		return nil, fmt.Errorf("%d answers to one proposal", len(got))
	}
	return got[0], nil
}

// amounts proposes and wants the key's entries to have these amounts in cents, in order.
func amounts(ctx context.Context, l compensate.Ledger, o compensate.Owed, at time.Time, cents ...int64) error {
	got, err := propose(ctx, l, o, at)
	if err != nil {
		return err
	}
	var have []int64
	for _, e := range got {
		have = append(have, e.Amount.Minor())
	}
	return want(fmt.Sprintf("after proposing %s for %q, the amounts of its entries", o.Total, o.Key.Customer), fmt.Sprint(have), fmt.Sprint(cents))
}

// claim claims and wants n entries to be leased; what the ledger gives up is not returned.
func claim(ctx context.Context, l compensate.Ledger, at time.Time, once bool, n int) ([]compensate.Claimed, error) {
	got, err := l.Claim(ctx, compensate.ClaimRequest{Limit: 10, Lease: time.Minute, At: at, Once: once})
	if err != nil {
		return nil, fmt.Errorf("claiming: %w", err)
	}
	got = slices.DeleteFunc(got, func(c compensate.Claimed) bool { return c.Token == "" })
	if len(got) != n {
		return nil, fmt.Errorf("claiming at +%s returned %d entries, want %d", at.Sub(start), len(got), n)
	}
	return got, nil
}

// one proposes a sum of 10 euros and claims it.
func one(ctx context.Context, l compensate.Ledger, once bool) (compensate.Claimed, error) {
	if _, err := propose(ctx, l, owe("c1", "i1", 1000), start); err != nil {
		return compensate.Claimed{}, err
	}
	got, err := claim(ctx, l, start, once, 1)
	if err != nil {
		return compensate.Claimed{}, err
	}
	return got[0], nil
}

func settle(ctx context.Context, l compensate.Ledger, s compensate.Settlement) (compensate.Settled, error) {
	got, err := l.Settle(ctx, []compensate.Settlement{s})
	if err != nil {
		return compensate.Settled{}, fmt.Errorf("settling as %s: %w", s.Outcome, err)
	}
	if len(got) != 1 || got[0].ID != s.ID {
		return compensate.Settled{}, fmt.Errorf("settling as %s: got %d answers, want one for %q", s.Outcome, len(got), s.ID)
	}
	return got[0], nil
}

// becomes settles and wants it to work and to lead to a state.
func becomes(ctx context.Context, l compensate.Ledger, s compensate.Settlement, state compensate.State) error {
	got, err := settle(ctx, l, s)
	if err != nil {
		return err
	}
	if got.Err != nil {
		return fmt.Errorf("settling as %s: %w", s.Outcome, got.Err)
	}
	return want(fmt.Sprintf("the state after %s", s.Outcome), got.State, state)
}

// refuses settles and wants an error.
func refuses(ctx context.Context, l compensate.Ledger, s compensate.Settlement, wanted error) error {
	got, err := settle(ctx, l, s)
	if err != nil {
		return err
	}
	return wantErr("settling as "+string(s.Outcome), got.Err, wanted)
}

// entry finds the entry of an ID.
func entry(ctx context.Context, l compensate.Ledger, id string) (compensate.Entry, error) {
	all, err := everything(ctx, l)
	if err != nil {
		return compensate.Entry{}, err
	}
	for _, e := range all {
		if e.ID == id {
			return e, nil
		}
	}
	return compensate.Entry{}, fmt.Errorf("entry %q is not listed", id)
}

func everything(ctx context.Context, l compensate.Ledger) ([]compensate.Entry, error) {
	all, _, err := l.List(ctx, compensate.Query{}, "", 1000)
	if err != nil {
		return nil, fmt.Errorf("listing: %w", err)
	}
	return all, nil
}

func count(ctx context.Context, l compensate.Ledger, n int) error {
	all, err := everything(ctx, l)
	if err != nil {
		return err
	}
	return want("the number of entries in the ledger", len(all), n)
}
