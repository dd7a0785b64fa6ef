package records_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// No call that the library makes reads a whole table, however large it is, or
// sorts more than it returns.
func TestPlans(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]func(testing.TB) dbtest.Database{"sqlite": dbtest.NewSQLite, "postgres": dbtest.NewPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := d(t)
			handle := db.Open(t)
			s := migrated(t, handle)
			for n := range 20 { // enough that a planner does not take all of it for a page
				var batches []incident.Batch
				id := fmt.Sprintf("inc_%02d", n)
				for k := range 200 {
					var said []incident.Event
					if k%20 == 0 {
						said = append(said, incidenttest.Reported(incidenttest.Start(), "c", "help"))
					}
					batches = append(batches, incidenttest.NewCase(fmt.Sprintf("%s~c%d", id, k), fmt.Sprintf("c%d", k), id, said...))
				}
				_, err := s.Append(t.Context(), incidenttest.Commit(append(batches, incidenttest.NewIncident(id, note("a"), note("b")))...))
				require.NoError(t, err)
			}
			_, err := handle.ExecContext(t.Context(), "update amends_record set next_look = next_look + 60000000 * (turn + length(customer) + cast(substr(record, 5, 2) as integer))")
			require.NoError(t, err)
			_, err = handle.ExecContext(t.Context(), "analyze")
			require.NoError(t, err)

			watched, watch := db.Watch(t)
			s = sqlstore.New(watched, nil)
			calls(t.Context(), s)
			c := incidenttest.Commit(more("inc_01", incident.AnyVersion, note("x")), incidenttest.NewCase("new~c1", "c1", "inc_01"), more("inc_02", 3, note("x")))
			c.Command, c.Digest = "k1", "d1"
			for range 2 {
				_, err = s.Append(t.Context(), c)
				require.NoError(t, err)
			}
			_, err = s.Read(t.Context(), "inc_01", 1, 1)
			require.NoError(t, err)
			_, err = s.Look(t.Context(), "inc_01", incidenttest.Start(), 7)
			require.ErrorIs(t, err, incident.ErrConflict)
			require.NoError(t, s.Erase(t.Context(), "inc_01", 1))
			for _, f := range []incident.Filter{
				{Kind: incident.KindCase, Incidents: []string{"inc_01", "inc_02"}},
				{Kind: incident.KindCase, Incidents: []string{"inc_01"}, Mark: incident.MarkReported},
				{Kind: incident.KindCase, Incidents: []string{"inc_01"}, DueBy: incidenttest.Start().Add(3 * time.Hour)},
				{Kind: incident.KindCase, Incidents: []string{"inc_01"}, Statuses: []incident.Status{incident.StatusOpen, incident.StatusSettled}},
				{Space: incidenttest.Space, Kind: incident.KindIncident},
				{Space: incidenttest.Space, Customer: "c17"},
				{DueBy: incidenttest.Start().Add(2 * time.Minute)},
			} {
				l, err := s.List(t.Context(), f, "", 10)
				require.NoError(t, err)
				require.NotEmpty(t, l.Heads, "%+v", f)
				if l.Cursor != "" {
					_, err = s.List(t.Context(), f, l.Cursor, 10)
					require.NoError(t, err)
				}
				if len(f.Incidents) > 0 {
					_, err = s.Tally(t.Context(), f)
					require.NoError(t, err)
				}
			}
			plans := watch.Plans(t)
			require.Greater(t, len(plans), 20)
			for query, plan := range plans {
				if strings.Contains(query, "amends_migration") ||
					strings.HasSuffix(query, "from amends_record order by record limit 1001") || // a listing of everything
					strings.HasSuffix(query, "from amends_record group by kind, status, marks") { // a tally of everything
					continue
				}
				for _, whole := range []string{"SCAN amends_", "SCAN h", "SCAN e\n", "Seq Scan on amends_"} {
					assert.NotContains(t, plan, whole, query)
				}
				// A customer's cases are few, and may be sorted.
				if strings.HasPrefix(query, "select record") && strings.Contains(query, " limit ") && !strings.Contains(query, "customer = ") {
					assert.NotContains(t, plan, "USE TEMP B-TREE FOR ORDER BY", query)
					assert.NotContains(t, plan, "Sort", query)
				}
			}
		})
	}
}
