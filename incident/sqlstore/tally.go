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

// Tally implements [incident.Store]. Of incidents it reads numbers that every
// commit keeps; any other filter has the database count the heads that it
// selects. Either way there are few groups with the same kind, status and marks.
func (s *Store) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	f.Incidents = slices.Compact(slices.Sorted(slices.Values(f.Incidents)))
	var lines map[incident.Count]int64 // by lines without their number
	err := s.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		lines = make(map[incident.Count]int64)
		from := "count(*) from amends_record"
		if counted(&f) {
			from = "cast(sum(n) as bigint) from amends_record_count"
		}
		w := conditions(t.Dialect, f)
		return t.Each(ctx, func(rows *sql.Rows) error {
			var line incident.Count
			var marks string
			var n int64
			if err := rows.Scan(&line.Kind, &line.Status, &marks, &n); err != nil {
				return err
			}
			if n == 0 { // all that looked so look differently now
				return nil
			}
			lines[line] += n
			for _, line.Mark = range splitMarks(marks) {
				lines[line] += n
			}
			return nil
		}, "select kind, status, marks, "+from+w.String()+" group by kind, status, marks", w.args...)
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
