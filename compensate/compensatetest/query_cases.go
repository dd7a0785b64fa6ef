package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
)

func tally(ctx context.Context, l compensate.Ledger) error {
	dollars := owe("c3", "i1", 0)
	dollars.Total = compensate.FromMinor(700, "USD")
	elsewhere := owe("c1", "i2", 5000)
	for _, o := range []compensate.Owed{owe("c1", "i1", 100), owe("c1", "i1", 250), owe("c2", "i1", 300), dollars, owe("c4", "i1", 0), elsewhere} {
		if _, err := propose(ctx, l, o, start); err != nil {
			return err
		}
	}
	got, err := l.Tally(ctx, compensate.Query{Space: "brand", Bases: []string{"i1"}})
	if err != nil {
		return err
	}
	var lines []string
	for _, line := range got.Lines {
		if line.State == compensate.StateNothing {
			lines = append(lines, fmt.Sprintf("nothing %d", line.N))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %s %d %s", line.State, line.Currency, line.N, line.Amount))
	}
	slices.Sort(lines)
	return first(
		want("the lines", fmt.Sprint(lines), "[approved EUR 3 5.50 EUR approved USD 1 7.00 USD nothing 1]"),
		want("customers who get something", got.Customers, int64(3)),
	)
}

func pages(ctx context.Context, l compensate.Ledger) error {
	var wanted []string
	for i := range 23 {
		o := owe(fmt.Sprintf("c%d", i%7), fmt.Sprintf("i%d", i), 100)
		got, err := propose(ctx, l, o, start)
		if err != nil {
			return err
		}
		if i%7 < 3 {
			wanted = append(wanted, got[0].ID)
		}
	}
	slices.Sort(wanted)
	var have []string
	cursor := ""
	for range 23 {
		page, next, err := l.List(ctx, compensate.Query{Customers: []string{"c0", "c1", "c2"}}, cursor, 4)
		if err != nil {
			return err
		}
		if len(page) > 4 {
			return fmt.Errorf("a page of %d, want at most 4", len(page))
		}
		for _, e := range page {
			have = append(have, e.ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if cursor != "" {
		return errors.New("the pages do not end")
	}
	return want("the IDs of all pages", fmt.Sprint(have), fmt.Sprint(wanted))
}

func queries(ctx context.Context, l compensate.Ledger) error {
	other := owe("c2", "i1", 100)
	other.Key.Space = "other"
	large := owe("c3", "i1", 900)
	large.Limit = eur(500)
	for i, o := range []compensate.Owed{owe("c1", "i1", 100), owe("c1", "i2", 100), other, large, gesture("c4", "ann", 100, 500)} {
		if _, err := propose(ctx, l, o, start.Add(time.Duration(i)*time.Hour)); err != nil {
			return err
		}
	}
	id := compensate.EntryID(large.Key, "", 1)
	if err := becomes(ctx, l, compensate.Settlement{ID: id, Outcome: compensate.Approve, At: start, By: "ann"}, compensate.StateApproved); err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		q    compensate.Query
		n    int
	}{
		{"all", compensate.Query{}, 5},
		{"space", compensate.Query{Space: "brand"}, 4},
		{"customers", compensate.Query{Customers: []string{"c1", "c2"}}, 3},
		{"a customer named twice", compensate.Query{Customers: []string{"c1", "c1"}}, 2},
		{"bases", compensate.Query{Bases: []string{"i1"}}, 4},
		{"customer and basis", compensate.Query{Customers: []string{"c1"}, Bases: []string{"i1"}}, 1},
		{"states", compensate.Query{States: []compensate.State{compensate.StateProposed, compensate.StateNothing}}, 0},
		{"since", compensate.Query{Since: start.Add(2 * time.Hour)}, 3},
		{"approved by a person", compensate.Query{Approved: true}, 1},
		{"gestures", compensate.Query{Gestures: true}, 1},
		{"unknown", compensate.Query{Customers: []string{"nobody"}}, 0},
	} {
		got, next, err := l.List(ctx, c.q, "", 100)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		sums, err := l.Tally(ctx, c.q)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		var n int64
		for _, line := range sums.Lines {
			n += line.N
		}
		err = first(want("entries listed", len(got), c.n), want("the cursor", next, ""), want("entries tallied", n, int64(c.n)))
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func doneContext(ctx context.Context, l compensate.Ledger) error {
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Propose(done, []compensate.Owed{owe("c1", "i1", 100)}, start); err == nil {
		return errors.New("proposing went through")
	}
	if err := count(ctx, l, 0); err != nil {
		return err
	}
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	if _, err := l.Settle(done, []compensate.Settlement{{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start}}); err == nil {
		return errors.New("settling went through")
	}
	e, err := entry(ctx, l, c.ID)
	if err != nil {
		return err
	}
	return want("the state", e.State, compensate.StateIssuing)
}
