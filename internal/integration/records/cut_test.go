package records_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

var errCut = errors.New("the connection was cut")

// A commit that is cut at any statement, or whose answer is lost, was done as a
// whole or not at all, and a repeat with its command tells.
func TestACommitThatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]func(testing.TB) dbtest.Database{"sqlite": dbtest.NewSQLite, "postgres": dbtest.NewPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := d(t)
			s := migrated(t, db.Open(t))
			_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
			require.NoError(t, err)
			watched, watch := db.Watch(t)
			cut := sqlstore.New(watched, nil)
			_, err = cut.Read(t.Context(), "inc_1", 0, 0) // it knows its tables from now on
			require.NoError(t, err)
			lost := 0
			for at := 1; ; at++ {
				id := fmt.Sprint("case_", at)
				c := incidenttest.Commit(more("inc_1", incident.AnyVersion, note("x")), incidenttest.NewCase(id, "c1", "inc_1"))
				c.Command, c.Digest = id, "d"
				step, last := 0, ""
				watch.Hook(func(name string) error {
					if step++; step == at {
						last = name
						return errCut
					}
					return nil
				})
				before := len(events(t, s, "inc_1"))
				_, err := cut.Append(t.Context(), c)
				watch.Hook(nil)
				if err == nil {
					assert.Greater(t, at, 5, "statements of a commit")
					break
				}
				require.ErrorIs(t, err, errCut, last)
				_, missing := s.Read(t.Context(), id, 0, 0)
				if last == "committed" { // done, and nobody knows
					lost++
					require.NoError(t, missing)
					require.Len(t, events(t, s, "inc_1"), before+1)
				} else {
					require.ErrorIs(t, missing, incident.ErrNotFound, last)
					require.Len(t, events(t, s, "inc_1"), before, last)
				}
				r, err := cut.Append(t.Context(), c)
				require.NoError(t, err, last)
				assert.Equal(t, last == "committed", r.Repeat, last)
				require.Len(t, events(t, s, "inc_1"), before+1)
				require.Len(t, events(t, s, id), 1)
			}
			assert.Equal(t, 1, lost)
		})
	}
}

// The same inside of a host's transaction, which goes on after each.
func TestABoundCommitThatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]func(testing.TB) dbtest.Database{"sqlite": dbtest.NewSQLite, "postgres": dbtest.NewPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := d(t)
			s := migrated(t, db.Open(t))
			watched, watch := db.Watch(t)
			tx, err := watched.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
			b := sqlstore.New(watched, nil).Bind(tx)
			_, err = b.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
			require.NoError(t, err)
			at := 1
			for ; ; at++ {
				c := incidenttest.Commit(more("inc_1", incident.AnyVersion, note("x")), incidenttest.NewCase("case_1", "c1", "inc_1"))
				c.Command, c.Digest = "k1", "d"
				step := 0
				watch.Hook(func(string) error {
					if step++; step == at {
						return errCut
					}
					return nil
				})
				_, err := b.Append(t.Context(), c)
				watch.Hook(nil)
				if err == nil {
					break
				}
				require.ErrorIs(t, err, errCut)
				_, err = b.Read(t.Context(), "case_1", 0, 0)
				require.ErrorIs(t, err, incident.ErrNotFound)
				_, err = b.Append(t.Context(), incident.Commit{Space: incidenttest.Space, Command: "k1", Digest: "d"})
				require.ErrorIs(t, err, incident.ErrNotFound)
			}
			assert.Greater(t, at, 5, "statements of a commit")
			require.NoError(t, tx.Commit())
			assert.Len(t, events(t, s, "inc_1"), 2)
			assert.Len(t, events(t, s, "case_1"), 1)
		})
	}
}
