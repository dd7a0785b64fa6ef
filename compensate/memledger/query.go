package memledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/compensate"
)

// Tally implements [compensate.Ledger]. Lines are ordered by state and currency.
func (l *Ledger) Tally(ctx context.Context, q compensate.Query) (compensate.Tally, error) {
	if ctx.Err() != nil {
		return compensate.Tally{}, fmt.Errorf("memledger: summing: %w", context.Cause(ctx))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := map[line]*compensate.TallyLine{}
	add := l.scan
	if summed(&q) {
		add = l.sum
	}
	customers, err := add(&q, lines)
	if err != nil {
		return compensate.Tally{}, fmt.Errorf("memledger: summing: %w", err)
	}
	t := compensate.Tally{Customers: customers}
	for _, line := range lines {
		t.Lines = append(t.Lines, *line)
	}
	slices.SortFunc(t.Lines, func(a, b compensate.TallyLine) int {
		if c := strings.Compare(string(a.State), string(b.State)); c != 0 {
			return c
		}
		return strings.Compare(a.Currency, b.Currency)
	})
	return t, nil
}

// scan adds up the entries that a query selects, one by one.
func (l *Ledger) scan(q *compensate.Query, lines map[line]*compensate.TallyLine) (int64, error) {
	customers := map[[2]string]bool{}
	for _, x := range l.selected(q) {
		for _, r := range x.ordered() {
			if !q.Match(&r.Entry) {
				continue
			}
			if err := addLine(lines, line{r.State, r.Amount.Currency()}, 1, r.Amount); err != nil {
				return 0, err
			}
			if r.State != compensate.StateNothing {
				customers[[2]string{r.Key.Space, r.Key.Customer}] = true
			}
		}
	}
	return int64(len(customers)), nil
}

// selected returns the indexes that together hold, each once, all that q can select.
func (l *Ledger) selected(q *compensate.Query) []*index {
	pick := func(m map[string]*index, keys []string) (out []*index) {
		for i, key := range keys {
			if x := m[key]; x != nil && !slices.Contains(keys[:i], key) {
				out = append(out, x)
			}
		}
		return out
	}
	switch {
	case len(q.Customers) > 0:
		return pick(l.customer, q.Customers)
	case len(q.Bases) > 0:
		return pick(l.basis, q.Bases)
	}
	return []*index{&l.all}
}

// pageSize is how many entries a page holds if nobody says.
const pageSize = 1000

// List implements [compensate.Ledger].
func (l *Ledger) List(ctx context.Context, q compensate.Query, cursor string, limit int) ([]compensate.Entry, string, error) {
	if ctx.Err() != nil {
		return nil, "", fmt.Errorf("memledger: listing: %w", context.Cause(ctx))
	}
	if limit <= 0 {
		limit = pageSize
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []*record
	selected := l.selected(&q)
	for _, x := range selected {
		n := 0 // no index adds more than a page and the one that shows there is another
		for _, r := range x.after(cursor) {
			if q.Match(&r.Entry) {
				found = append(found, r)
				if n++; n > limit {
					break
				}
			}
		}
	}
	if len(selected) > 1 {
		slices.SortFunc(found, byID)
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].ID
	}
	out := make([]compensate.Entry, len(found))
	for i, r := range found {
		out[i] = clone(&r.Entry)
	}
	return out, next, nil
}
