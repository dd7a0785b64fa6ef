package amends

import (
	"context"
	"fmt"
	"iter"

	"github.com/amends-dev/amends/incident"
)

// heads iterates over all heads that a filter selects, page by page.
func (d *Desk) heads(ctx context.Context, f incident.Filter) iter.Seq2[incident.Head, error] {
	return func(yield func(incident.Head, error) bool) {
		cursor := ""
		for {
			l, err := d.store.List(ctx, f, cursor, 0)
			if err != nil {
				yield(incident.Head{}, fmt.Errorf("listing records: %w", err))
				return
			}
			for _, h := range l.Heads {
				if !yield(h, nil) {
					return
				}
			}
			if l.Cursor == "" {
				return
			}
			cursor = l.Cursor
		}
	}
}
