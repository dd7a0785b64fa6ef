package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Tally implements [incident.Store]. Heads with the same kind, status and marks
// are counted by the database; there are few such groups.
func (s *Store) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	f.Incidents = slices.Compact(slices.Sorted(slices.Values(f.Incidents)))
	var lines map[incident.Count]int64 // by lines without their number
	err := s.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		lines = make(map[incident.Count]int64)
		w := conditions(t.Dialect, f)
		return t.Each(ctx, func(rows *sql.Rows) error {
			var line incident.Count
			var marks string
			var n int64
			if err := rows.Scan(&line.Kind, &line.Status, &marks, &n); err != nil {
				return err
			}
			lines[line] += n
			for _, line.Mark = range splitMarks(marks) {
				lines[line] += n
			}
			return nil
		}, "select kind, status, marks, count(*) from amends_record"+w.String()+" group by kind, status, marks", w.args...)
	})
	if err != nil {
		return nil, fmt.Errorf("sqlstore: tallying: %w", err)
	}
	counts := make([]incident.Count, 0, len(lines))
	for line, n := range lines {
		line.N = n
		counts = append(counts, line)
	}
	slices.SortFunc(counts, func(a, b incident.Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Mark, b.Mark))
	})
	return counts, nil
}
