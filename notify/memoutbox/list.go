package memoutbox

import (
	"context"
	"fmt"

	"github.com/amends-dev/amends/notify"
)

// pageSize is how many items List returns if the caller leaves it open.
const pageSize = 1000

// List implements [notify.Outbox].
func (o *Outbox) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return nil, "", fmt.Errorf("memoutbox: listing: %w", context.Cause(ctx))
	}
	if limit <= 0 {
		limit = pageSize
	}
	keys := &o.keys
	if q.Record != "" || q.Notice != "" {
		switch records := o.recordsOf(&q); len(records) {
		case 0:
			return nil, "", nil
		case 1:
			keys = &records[0].keys
		}
	}
	wanted := wantedStates(q.States)
	var page []notify.Stored
	for _, it := range keys.after(cursor) {
		if !wanted[it.state] || !it.matches(&q) {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].Key, nil
		}
		page = append(page, it.stored())
	}
	return page, "", nil
}
