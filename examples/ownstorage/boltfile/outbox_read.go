package boltfile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/notify"
)

// each yields the items that a query selects in the order of their keys, until yield is false.
func each(t *tx, q *notify.Query, after string, yield func(it *item) bool) error {
	bucket, prefix := bucketItems, ""
	switch {
	case q.Customer != "":
		bucket, prefix = bucketItemsOfCustomer, text(q.Customer)
	case q.Notice != "":
		bucket, prefix = bucketItemsOfNotice, text(q.Notice)
	case q.Record != "":
		bucket, prefix = bucketItemsOfRecord, text(q.Record)
	}
	for key := range t.scan(bucket, prefix, after) {
		it, err := need[item](t, bucketItems, key)
		if err != nil {
			return err
		}
		if q.Match(&it.Stored) && !yield(&it) {
			return nil
		}
	}
	return nil
}

// List implements [notify.Outbox].
func (o *Outbox) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	if limit <= 0 {
		limit = pageSize
	}
	var page []notify.Stored
	next := ""
	err := read(ctx, o.db, func(t *tx) error {
		return each(t, &q, cursor, func(it *item) bool {
			if len(page) == limit {
				next = page[limit-1].Key
				return false
			}
			page = append(page, it.Stored)
			return true
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("boltfile: listing deliveries: %w", err)
	}
	return page, next, nil
}

// Tally implements [notify.Outbox]. It goes through all items that the query selects.
func (o *Outbox) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	var tally notify.Tally
	err := read(ctx, o.db, func(t *tx) error {
		lines := map[notify.TallyLine]*notify.TallyLine{}
		if err := each(t, &q, "", func(it *item) bool {
			if due := it.DueAt; it.State.Open() && !due.IsZero() && (tally.OldestDue.IsZero() || due.Before(tally.OldestDue)) {
				tally.OldestDue = due
			}
			count(lines, it)
			return true
		}); err != nil {
			return err
		}
		for _, l := range lines {
			tally.Counts = append(tally.Counts, *l)
		}
		var err error
		tally.Expansions, err = expansions(t, &q)
		return err
	})
	if err != nil {
		return notify.Tally{}, fmt.Errorf("boltfile: counting deliveries: %w", err)
	}
	slices.SortFunc(tally.Counts, func(a, b notify.TallyLine) int {
		return cmp.Or(cmp.Compare(a.Notice, b.Notice), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.State, b.State))
	})
	return tally, nil
}

func count(lines map[notify.TallyLine]*notify.TallyLine, it *item) {
	key := notify.TallyLine{Notice: it.Notice, Kind: it.Kind, Channel: it.Channel, State: it.State}
	l := lines[key]
	if l == nil {
		l = &notify.TallyLine{Notice: it.Notice, Kind: it.Kind, Channel: it.Channel, State: it.State, First: it.Changed, Last: it.Changed}
		lines[key] = l
	}
	l.N++
	if it.Attempts > 1 {
		l.Retried++
	}
	if it.Changed.Before(l.First) {
		l.First = it.Changed
	}
	if it.Changed.After(l.Last) {
		l.Last = it.Changed
	}
}

// expansions returns those of a query, by notice.
func expansions(t *tx, q *notify.Query) (out []notify.Expansion, err error) {
	for notice := range t.scan(bucketExpansions, "", "") {
		if q.Notice != "" && q.Notice != notice {
			continue
		}
		e, err := need[expansion](t, bucketExpansions, notice)
		if err != nil {
			return nil, err
		}
		if (q.Record == "" || q.Record == e.Record) && (q.Space == "" || q.Space == e.Space) {
			out = append(out, e.Expansion)
		}
	}
	return out, nil
}
