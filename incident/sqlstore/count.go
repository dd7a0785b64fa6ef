package sqlstore

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// counts are changes of how many cases of an incident look alike: what
// amends_record_count keeps, so that an incident with a million customers is
// tallied without looking at them.
type counts map[alike]int64

// alike is what is counted together.
type alike struct{ incident, space, kind, status, marks string }

// count adds n heads that look like h. Those of no incident are not counted.
func (c counts) count(h *incident.Head, n int64) {
	if h == nil || h.Incident == "" {
		return
	}
	id := alike{h.Incident, h.Space, string(h.Kind), string(h.Status), joinMarks(h.Marks)}
	if c[id] += n; c[id] == 0 {
		delete(c, id)
	}
}

// write adds the changes to the table.
func (c counts) write(ctx context.Context, t *sqlkit.Tx) error {
	var rows [][]any
	for _, id := range slices.SortedFunc(maps.Keys(c), func(a, b alike) int {
		return cmp.Or(cmp.Compare(a.incident, b.incident), cmp.Compare(a.space, b.space), cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.status, b.status), cmp.Compare(a.marks, b.marks))
	}) {
		rows = append(rows, []any{id.incident, id.space, id.kind, id.status, id.marks, c[id]})
	}
	return sqlkit.Sums{
		Table: "amends_record_count", Keys: []string{"incident", "space", "kind", "status", "marks"}, Values: []string{"n"},
	}.Add(ctx, t, rows)
}

// counted reports whether the counts hold the answer to a filter.
func counted(f *incident.Filter) bool {
	return len(f.Incidents) > 0 && f.Customer == "" && f.DueBy.IsZero()
}
