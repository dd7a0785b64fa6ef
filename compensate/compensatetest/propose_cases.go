package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/amends-dev/amends/compensate"
)

func approved(ctx context.Context, l compensate.Ledger) error {
	o := owe("c1", "i1", 1000)
	o.Contract, o.Limit, o.Why, o.Award = eur(400), eur(1000), []string{"because"}, []byte(`{}`)
	got, err := propose(ctx, l, o, start)
	if err != nil {
		return err
	}
	if len(got) != 1 {
		return fmt.Errorf("%d entries, want 1", len(got))
	}
	e := got[0]
	if !slices.Equal(e.Why, o.Why) || string(e.Award) != `{}` {
		return fmt.Errorf("why %q and award %q were not kept", e.Why, e.Award)
	}
	return first(
		want("the ID", e.ID, compensate.EntryID(o.Key, "", 1)), want("the key", e.Key, o.Key), want("the number", e.N, 1),
		want("the state", e.State, compensate.StateApproved), want("the amount", e.Amount, eur(1000)),
		want("the contract's part", e.Contract, eur(400)), want("the total", e.Total, eur(1000)),
		want("created at the right time", e.Created.Equal(start), true),
	)
}

func repeat(ctx context.Context, l compensate.Ledger) error {
	for i := range 3 {
		if err := amounts(ctx, l, owe("c1", "i1", 1000), start.Add(time.Duration(i)*time.Hour), 1000); err != nil {
			return err
		}
	}
	two, err := l.Propose(ctx, []compensate.Owed{owe("c2", "i1", 500), owe("c2", "i1", 500)}, start)
	if err != nil {
		return err
	}
	if len(two) != 2 || len(two[1]) != 1 {
		return errors.New("a repeat within one call added an entry")
	}
	return count(ctx, l, 2)
}

func difference(ctx context.Context, l compensate.Ledger) error {
	return first(
		amounts(ctx, l, owe("c1", "i1", 1000), start, 1000),
		amounts(ctx, l, owe("c1", "i1", 1700), start, 1000, 700),
		amounts(ctx, l, owe("c1", "i1", 1701), start, 1000, 700, 1),
	)
}

func neverReduced(ctx context.Context, l compensate.Ledger) error {
	return first(
		amounts(ctx, l, owe("c1", "i1", 1000), start, 1000),
		amounts(ctx, l, owe("c1", "i1", 300), start, 1000),
		amounts(ctx, l, owe("c1", "i1", 0), start, 1000),
		amounts(ctx, l, owe("c1", "i1", 1200), start, 1000, 200),
	)
}

func keysApart(ctx context.Context, l compensate.Ledger) error {
	base := key("c1", "i1")
	keys := []compensate.Key{base, base, base, base, base, base}
	keys[1].Space, keys[2].Scheme, keys[3].Customer, keys[4].Component, keys[5].Basis = "other", "other", "other", "other", "other"
	// Parts that would run together if they were only joined.
	keys = append(keys,
		compensate.Key{Space: "a", Scheme: "bc", Customer: "d", Component: "e", Basis: "f"},
		compensate.Key{Space: "ab", Scheme: "c", Customer: "d", Component: "e", Basis: "f"},
		compensate.Key{Space: "a", Scheme: "b/c", Customer: "d", Basis: "f"},
		compensate.Key{Space: "a/b", Scheme: "c", Customer: "d", Basis: "f"},
	)
	for _, k := range keys {
		if err := amounts(ctx, l, compensate.Owed{Key: k, Total: eur(100)}, start, 100); err != nil {
			return fmt.Errorf("key %+v: %w", k, err)
		}
	}
	return count(ctx, l, len(keys))
}

func approval(ctx context.Context, l compensate.Ledger) error {
	o := owe("c1", "i1", 1001)
	o.Limit = eur(1000)
	got, err := propose(ctx, l, o, start)
	if err != nil {
		return err
	}
	if len(got) != 1 || got[0].State != compensate.StateProposed {
		return fmt.Errorf("%+v, want one proposed entry", got)
	}
	if _, err := claim(ctx, l, start, false, 0); err != nil {
		return err
	}
	s := compensate.Settlement{ID: got[0].ID, Outcome: compensate.Approve, At: start.Add(time.Minute)}
	nobody, err := settle(ctx, l, s)
	if err != nil {
		return err
	}
	if nobody.Err == nil {
		return errors.New("an approval that names nobody was taken")
	}
	s.By = "ann"
	if err := first(becomes(ctx, l, s, compensate.StateApproved), becomes(ctx, l, s, compensate.StateApproved)); err != nil {
		return err
	}
	c, err := claim(ctx, l, start.Add(time.Minute), false, 1)
	if err != nil {
		return err
	}
	return want("the person who approved", c[0].ApprovedBy, "ann")
}

func approvalOfSum(ctx context.Context, l compensate.Ledger) error {
	o := owe("c1", "i1", 900)
	o.Limit = eur(1000)
	if err := amounts(ctx, l, o, start, 900); err != nil {
		return err
	}
	o.Total = eur(1100)
	got, err := propose(ctx, l, o, start)
	if err != nil {
		return err
	}
	if len(got) != 2 {
		return fmt.Errorf("%d entries, want 2", len(got))
	}
	return first(want("the first state", got[0].State, compensate.StateApproved), want("the second state", got[1].State, compensate.StateProposed))
}

func nothing(ctx context.Context, l compensate.Ledger) error {
	for range 2 {
		got, err := propose(ctx, l, owe("c1", "i1", 0), start)
		if err != nil {
			return err
		}
		if len(got) != 1 || got[0].State != compensate.StateNothing {
			return fmt.Errorf("%+v, want one entry of state nothing", got)
		}
	}
	if _, err := claim(ctx, l, start, false, 0); err != nil {
		return err
	}
	return amounts(ctx, l, owe("c1", "i1", 500), start, 0, 500)
}

// capped owes a sum under a shared cap of 10 euros.
func capped(customer, basis string, cents int64, id string) compensate.Owed {
	o := owe(customer, basis, cents)
	o.Caps = []compensate.Cap{{ID: id, Limit: eur(1000)}}
	return o
}

func sharedCap(ctx context.Context, l compensate.Ledger) error {
	err := first(
		amounts(ctx, l, capped("c1", "i1", 600, "c1:november"), start, 600),
		amounts(ctx, l, capped("c1", "i2", 600, "c1:november"), start, 400),
		amounts(ctx, l, capped("c1", "i2", 600, "c1:november"), start, 400),
		amounts(ctx, l, capped("c1", "i3", 600, "c1:november"), start, 0),
		amounts(ctx, l, capped("c1", "i3", 600, "c1:november"), start, 0),
		amounts(ctx, l, capped("c2", "i3", 600, "c2:november"), start, 600),
	)
	if err != nil {
		return err
	}
	e, err := entry(ctx, l, compensate.EntryID(key("c1", "i2"), "", 1))
	if err != nil {
		return err
	}
	none, err := entry(ctx, l, compensate.EntryID(key("c1", "i3"), "", 1))
	if err != nil {
		return err
	}
	return first(
		want("what the cap took away", e.Capped, eur(200)),
		want("the state where the cap left nothing", none.State, compensate.StateNothing),
		want("what the cap took away there", none.Capped, eur(600)),
	)
}

func capJoinedLate(ctx context.Context, l compensate.Ledger) error {
	return first(
		amounts(ctx, l, owe("c1", "i1", 700), start, 700),
		amounts(ctx, l, capped("c1", "i1", 700, "joint"), start, 700),
		amounts(ctx, l, capped("c1", "i2", 700, "joint"), start, 300),
	)
}

func capAndSpaces(ctx context.Context, l compensate.Ledger) error {
	other := capped("c1", "i1", 800, "month")
	other.Key.Space = "other"
	return first(
		amounts(ctx, l, capped("c1", "i1", 800, "month"), start, 800),
		amounts(ctx, l, other, start, 800),
	)
}

// together runs f n times at once and returns the first error.
func together(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return first(errs...)
}

func capConcurrent(ctx context.Context, l compensate.Ledger) error {
	err := together(16, func(i int) error {
		_, err := propose(ctx, l, capped("c1", fmt.Sprintf("i%d", i), 300, "month"), start)
		return err
	})
	if err != nil {
		return err
	}
	return total(ctx, l, 1000)
}

func onceConcurrent(ctx context.Context, l compensate.Ledger) error {
	err := together(16, func(int) error {
		_, err := propose(ctx, l, owe("c1", "i1", 333), start)
		return err
	})
	if err != nil {
		return err
	}
	return total(ctx, l, 333)
}

func total(ctx context.Context, l compensate.Ledger, cents int64) error {
	all, err := everything(ctx, l)
	if err != nil {
		return err
	}
	var sum int64
	for _, e := range all {
		sum += e.Amount.Minor()
	}
	return want("the sum of all entries in cents", sum, cents)
}

func inKind(ctx context.Context, l compensate.Ledger) error {
	o := owe("c1", "i1", 0)
	o.InKind = []string{"3 days of service", "a call"}
	for range 2 {
		got, err := propose(ctx, l, o, start)
		if err != nil {
			return err
		}
		if len(got) != 2 || got[0].InKind != o.InKind[0] || got[1].InKind != o.InKind[1] || got[0].State != compensate.StateInKind {
			return fmt.Errorf("%+v, want one entry in kind for each of %q", got, o.InKind)
		}
	}
	if _, err := claim(ctx, l, start, false, 0); err != nil {
		return err
	}
	s := compensate.Settlement{ID: compensate.EntryID(o.Key, "", 1), Outcome: compensate.Fulfil, At: start, By: "ann", Reference: "ticket 7"}
	if err := first(becomes(ctx, l, s, compensate.StateFulfilled), becomes(ctx, l, s, compensate.StateFulfilled)); err != nil {
		return err
	}
	e, err := entry(ctx, l, s.ID)
	if err != nil {
		return err
	}
	got, err := propose(ctx, l, o, start)
	if err != nil {
		return err
	}
	return first(want("the reference", e.Reference, "ticket 7"), want("entries after it was given", len(got), 2))
}

func gesture(customer, by string, cents, limit int64) compensate.Owed {
	o := owe(customer, "i1", cents)
	o.By, o.Limit = by, eur(limit)
	return o
}

func gestureLimit(ctx context.Context, l compensate.Ledger) error {
	_, err := l.Propose(ctx, []compensate.Owed{gesture("c1", "ann", 2001, 2000)}, start)
	if err := first(wantErr("the gesture", err, compensate.ErrOverLimit), count(ctx, l, 0)); err != nil {
		return err
	}
	return amounts(ctx, l, gesture("c1", "ann", 2000, 2000), start, 2000)
}

func gestureWithoutLimit(ctx context.Context, l compensate.Ledger) error {
	o := gesture("c1", "ann", 1, 0)
	o.Limit = compensate.Money{}
	_, err := l.Propose(ctx, []compensate.Owed{o}, start)
	if err := first(wantErr("the gesture", err, compensate.ErrOverLimit), count(ctx, l, 0)); err != nil {
		return err
	}
	o.Total, o.InKind = compensate.Money{}, []string{"a call"}
	got, err := propose(ctx, l, o, start)
	if err != nil {
		return err
	}
	return want("entries of a gesture in kind", len(got), 1)
}

func gestureApart(ctx context.Context, l compensate.Ledger) error {
	err := first(
		amounts(ctx, l, owe("c1", "i1", 1000), start, 1000),
		amounts(ctx, l, gesture("c1", "ann", 500, 2000), start, 500),
		amounts(ctx, l, gesture("c1", "ann", 500, 2000), start, 500),
		amounts(ctx, l, gesture("c1", "ben", 700, 2000), start, 700),
		amounts(ctx, l, owe("c1", "i1", 1000), start, 1000),
	)
	if err != nil {
		return err
	}
	e, err := entry(ctx, l, compensate.EntryID(key("c1", "i1"), "ann", 1))
	if err != nil {
		return err
	}
	return first(want("whose gesture", e.By, "ann"), want("its state", e.State, compensate.StateApproved))
}

func wholeCall(ctx context.Context, l compensate.Ledger) error {
	o := capped("c1", "i1", 100, "month")
	_, err := l.Propose(ctx, []compensate.Owed{o, owe("c2", "i1", -1)}, start)
	if err == nil {
		return errors.New("a call with a total below zero went through")
	}
	if err := count(ctx, l, 0); err != nil {
		return err
	}
	// Nor may the cap remember it.
	return amounts(ctx, l, capped("c3", "i1", 1000, "month"), start, 1000)
}

func currencies(ctx context.Context, l compensate.Ledger) error {
	if err := amounts(ctx, l, owe("c1", "i1", 1000), start, 1000); err != nil {
		return err
	}
	o := owe("c1", "i1", 0)
	o.Total = compensate.FromMinor(5000, "USD")
	_, err := l.Propose(ctx, []compensate.Owed{o}, start)
	return wantErr("a total in another currency", err, compensate.ErrCurrency)
}

func copies(ctx context.Context, l compensate.Ledger) error {
	o := owe("c1", "i1", 1000)
	o.Why, o.Award = []string{"because"}, []byte("award")
	got, err := propose(ctx, l, o, start)
	if err != nil {
		return err
	}
	o.Why[0], o.Award[0] = "changed", 'X'
	got[0].Why[0], got[0].Award[0] = "changed", 'X'
	e, err := entry(ctx, l, got[0].ID)
	if err != nil {
		return err
	}
	return first(want("why", e.Why[0], "because"), want("the award", string(e.Award), "award"))
}
