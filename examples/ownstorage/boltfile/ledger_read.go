package boltfile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/compensate"
)

// entries yields the entries that a query selects, each range of the best index
// in the order of IDs, until yield is false.
func entries(t *tx, q *compensate.Query, after string, yield func(rng int, e *compensate.Entry) bool) error {
	bucket, prefixes := bucketEntries, []string{""}
	pick := func(index string, ids []string) {
		bucket, prefixes = index, nil
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			prefixes = append(prefixes, text(id))
		}
	}
	if len(q.Customers) > 0 {
		pick(bucketEntriesOfCustomer, q.Customers)
	} else if len(q.Bases) > 0 {
		pick(bucketEntriesOfBasis, q.Bases)
	}
	for n, prefix := range prefixes {
		for id := range t.scan(bucket, prefix, after) {
			e, err := need[entry](t, bucketEntries, id)
			if err != nil {
				return err
			}
			if q.Match(&e.Entry) && !yield(n, &e.Entry) {
				break
			}
		}
	}
	return nil
}

// List implements [compensate.Ledger].
func (l *Ledger) List(ctx context.Context, q compensate.Query, cursor string, limit int) ([]compensate.Entry, string, error) {
	if limit <= 0 {
		limit = pageSize
	}
	var out []compensate.Entry
	err := read(ctx, l.db, func(t *tx) error {
		found := map[int]int{} // by range: one more than asked tells whether there is a next page
		return entries(t, &q, cursor, func(rng int, e *compensate.Entry) bool {
			out = append(out, *e)
			found[rng]++
			return found[rng] <= limit
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("boltfile: listing entries: %w", err)
	}
	slices.SortFunc(out, func(a, b compensate.Entry) int { return cmp.Compare(a.ID, b.ID) })
	if len(out) > limit {
		return out[:limit], out[limit-1].ID, nil
	}
	return out, "", nil
}

// Tally implements [compensate.Ledger]. It goes through all entries that the query selects.
func (l *Ledger) Tally(ctx context.Context, q compensate.Query) (compensate.Tally, error) {
	lines := map[compensate.TallyLine]*compensate.TallyLine{}
	customers := map[[2]string]bool{}
	err := read(ctx, l.db, func(t *tx) error {
		var failed error
		err := entries(t, &q, "", func(_ int, e *compensate.Entry) bool {
			key := compensate.TallyLine{State: e.State, Currency: e.Amount.Currency()}
			if lines[key] == nil {
				lines[key] = &compensate.TallyLine{State: key.State, Currency: key.Currency}
			}
			if e.State != compensate.StateNothing {
				customers[[2]string{e.Key.Space, e.Key.Customer}] = true
			}
			lines[key].N++
			lines[key].Amount, failed = lines[key].Amount.Add(e.Amount)
			return failed == nil
		})
		return cmp.Or(err, failed)
	})
	if err != nil {
		return compensate.Tally{}, fmt.Errorf("boltfile: summing entries: %w", err)
	}
	tally := compensate.Tally{Customers: int64(len(customers))}
	for _, line := range lines {
		tally.Lines = append(tally.Lines, *line)
	}
	slices.SortFunc(tally.Lines, func(a, b compensate.TallyLine) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Currency, b.Currency))
	})
	return tally, nil
}
