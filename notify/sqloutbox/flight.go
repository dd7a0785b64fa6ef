package sqloutbox

import (
	"context"
	"database/sql"
	"sync"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// flights remembers what this process has claimed and not settled. As long as
// the token of an item is that of the claim it stands as it was claimed: then
// its settlement need not read it again, only its token. Nothing depends on its being here.
type flights struct {
	mu   sync.Mutex
	rows map[string]*row
}

// mostFlights bounds how many are remembered.
const mostFlights = 10_000

// put remembers items that were claimed.
func (f *flights) put(rows []*row) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = make(map[string]*row, len(rows))
	}
	for _, r := range rows {
		f.rows[r.key] = r
	}
	for key := range f.rows {
		if len(f.rows) <= mostFlights {
			break
		}
		delete(f.rows, key)
	}
}

// get returns a copy of an item as it was claimed with a token, nil if it is not known.
func (f *flights) get(key, token string) *row {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rows[key]
	if r == nil || tokenText(r.token) != token {
		return nil
	}
	same := *r
	same.was = nowhere
	same.claimed = true
	return &same
}

// drop forgets items.
func (f *flights) drop(keys []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, key := range keys {
		delete(f.rows, key)
	}
}

// verify finds out which items still stand as they were claimed, and returns the
// others. In PostgreSQL it locks all of them first.
func (w *work) verify(ctx context.Context, rows []*row) ([]*row, error) {
	var remembered, left []*row
	for _, r := range rows {
		if r.claimed {
			remembered = append(remembered, r)
		} else {
			left = append(left, r)
		}
	}
	confirm := func(r *row) {
		r.claimed = false
		r.written()
	}
	if w.t.Dialect == sqlkit.Postgres {
		tokens := make(map[string]int64, len(rows))
		if err := w.lockOpen(ctx, rows, tokens); err != nil {
			return nil, err
		}
		for _, r := range remembered {
			if tokens[r.key] == r.token {
				confirm(r)
			}
		}
	} else {
		runs, _, err := w.runs(ctx, remembered, flying)
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			i := 0 // both are in the order of keys
			if err := w.t.Each(ctx, func(rows *sql.Rows) error {
				var key string
				if err := rows.Scan(&key); err != nil {
					return err
				}
				for i < len(r.rows) && r.rows[i].key < key {
					i++
				}
				if i < len(r.rows) && r.rows[i].key == key {
					confirm(r.rows[i])
				}
				return nil
			}, "select o.key from amends_outbox_open o where"+runWhere+" and o.token = $7 order by o.key", r.args(r.first.token)...); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range remembered {
		if r.claimed { // it stands otherwise, or nobody looked
			r.claimed = false
			r.phase, r.token = 0, 0
			left = append(left, r)
		}
	}
	return left, nil
}
