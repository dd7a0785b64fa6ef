package boltfile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
)

// pageSize is how many values a page has if nobody says.
const pageSize = 1000

// Read implements [incident.Store].
func (r *Records) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	if limit <= 0 {
		limit = pageSize
	}
	var page incident.Page
	err := read(ctx, r.db, func(t *tx) error {
		head, ok, err := get[incident.Head](t, bucketHeads, record)
		if err != nil {
			return err
		}
		if !ok {
			return incident.ErrNotFound
		}
		page.Head = head
		for version := range t.scan(bucketEvents, text(record), number(after)) {
			if page.More = len(page.Events) == limit; page.More {
				break
			}
			e, err := need[incident.Event](t, bucketEvents, text(record)+version)
			if err != nil {
				return err
			}
			page.Events = append(page.Events, e)
		}
		return nil
	})
	if err != nil {
		return incident.Page{}, fmt.Errorf("boltfile: reading %q: %w", record, err)
	}
	return page, nil
}

// heads yields the heads that a filter selects, each range of the best index in its order.
func heads(t *tx, f incident.Filter, cursor string, yield func(rng int, h incident.Head) (more bool)) error {
	at, record, err := f.After(cursor)
	if err != nil {
		return err
	}
	bucket, prefixes, from, skip := bucketHeads, []string{""}, record, 0
	switch {
	case !f.DueBy.IsZero():
		if bucket, skip = bucketHeadsDue, numberSize; cursor != "" {
			from = moment(at) + record
		}
	case len(f.Incidents) > 0:
		bucket, prefixes = bucketHeadsOfIncident, nil
		for _, id := range slices.Compact(slices.Sorted(slices.Values(f.Incidents))) {
			prefixes = append(prefixes, text(id))
		}
	case f.Customer != "":
		bucket, prefixes = bucketHeadsOfCustomer, []string{text(f.Customer)}
	}
	for n, prefix := range prefixes {
		for rest := range t.scan(bucket, prefix, from) {
			h, err := need[incident.Head](t, bucketHeads, rest[skip:])
			if err != nil {
				return err
			}
			if !f.DueBy.IsZero() && h.NextLook.After(f.DueBy) {
				break // and so are all behind it
			}
			if f.Match(&h) && !yield(n, h) {
				break
			}
		}
	}
	return nil
}

// List implements [incident.Store].
func (r *Records) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	if limit <= 0 {
		limit = pageSize
	}
	var l incident.Listing
	err := read(ctx, r.db, func(t *tx) error {
		found := map[int]int{} // by range: one more than asked tells whether there is a next page
		return heads(t, f, cursor, func(rng int, h incident.Head) bool {
			l.Heads = append(l.Heads, h)
			found[rng]++
			return found[rng] <= limit
		})
	})
	if err != nil {
		return incident.Listing{}, fmt.Errorf("boltfile: listing: %w", err)
	}
	if f.DueBy.IsZero() {
		slices.SortFunc(l.Heads, func(a, b incident.Head) int { return cmp.Compare(a.Record, b.Record) })
	}
	if len(l.Heads) > limit {
		l.Heads = l.Heads[:limit]
		l.Cursor = f.Cursor(l.Heads[limit-1])
	}
	return l, nil
}

// Tally implements [incident.Store]. It goes through all heads that the filter selects.
func (r *Records) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	lines := map[incident.Count]int64{}
	err := read(ctx, r.db, func(t *tx) error {
		return heads(t, f, "", func(_ int, h incident.Head) bool {
			for _, mark := range append([]string{""}, h.Marks...) {
				lines[incident.Count{Kind: h.Kind, Status: h.Status, Mark: mark}]++
			}
			return true
		})
	})
	if err != nil {
		return nil, fmt.Errorf("boltfile: counting: %w", err)
	}
	counts := make([]incident.Count, 0, len(lines))
	for c, n := range lines {
		c.N = n
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b incident.Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Mark, b.Mark))
	})
	return counts, nil
}
