package records_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// sameCounts compares the numbers that are kept with what is there.
func sameCounts(t *testing.T, db *sql.DB) {
	t.Helper()
	const lines = " group by incident, space, kind, status, marks having "
	read := func(query string) (out []string) {
		rows, err := db.QueryContext(t.Context(), query+" order by incident, space, kind, status, marks")
		require.NoError(t, err)
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			var in, space, kind, status, marks string
			var n int64
			require.NoError(t, rows.Scan(&in, &space, &kind, &status, &marks, &n))
			out = append(out, fmt.Sprintf("%s %s %s %s %q: %d", in, space, kind, status, marks, n))
		}
		require.NoError(t, rows.Err())
		return out
	}
	there := read("select incident, space, kind, status, marks, count(*) from amends_record where incident is not null" + lines + "count(*) > 0")
	kept := read("select incident, space, kind, status, marks, cast(sum(n) as bigint) from amends_record_count" + lines + "sum(n) <> 0")
	require.NotEmpty(t, there)
	require.Equal(t, there, kept)
}

// move is a commit that changes what a case counts as: its incident, its status, its marks.
func move(r *rand.Rand, id string, at int64) incident.Batch {
	b := more(id, at, incidenttest.Reported(incidenttest.Start(), "c", "help"))
	if r.IntN(2) == 0 {
		marks := slices.DeleteFunc([]string{"reported", "unanswered", "fixed.0@inc_1"}, func(string) bool { return r.IntN(2) == 0 })
		b.Head.Marks = &marks
	}
	if r.IntN(3) == 0 {
		b.Head.Incident = new([]string{"inc_1", "inc_2", ""}[r.IntN(3)])
	}
	if r.IntN(3) == 0 {
		b.Head.Status = new([]incident.Status{"open", "settled"}[r.IntN(2)])
	}
	return b
}

// Whatever commits do to cases, from several handles at once, bound and rolled
// back, repeated, in conflict, or erasing words: the numbers are what counting gives.
func TestCountsEqualCounting(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handles := []*sql.DB{open(), open(), open()}
		const cases, rounds = 12, 40
		for n := range cases {
			s := migrated(t, handles[n%len(handles)])
			_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewCase(fmt.Sprintf("case_%d", n), "c", []string{"inc_1", "inc_2"}[n%2])))
			require.NoError(t, err)
		}
		var wg sync.WaitGroup
		for w, db := range handles {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(w), 7))
				s := sqlstore.New(db, nil)
				for n := range rounds {
					c := incidenttest.Commit()
					for _, k := range r.Perm(cases)[:1+r.IntN(3)] {
						at := incident.AnyVersion
						if r.IntN(4) == 0 {
							at = 2 // sooner or later a conflict
						}
						c.Batches = append(c.Batches, move(r, fmt.Sprintf("case_%d", k), at))
					}
					if r.IntN(3) == 0 {
						c.Command, c.Digest = fmt.Sprintf("%d.%d", w, n/2), "d" // every second one may be a repeat
					}
					var err error
					switch r.IntN(4) {
					case 0:
						err = rolledBack(t.Context(), db, s, c)
					case 1:
						err = s.Erase(t.Context(), c.Batches[0].Record, 2)
						fallthrough
					default:
						_, appended := s.Append(t.Context(), c)
						err = errors.Join(err, appended)
					}
					if err != nil && !errors.Is(err, incident.ErrConflict) && !errors.Is(err, incident.ErrNotFound) {
						assert.NoError(t, err)
					}
				}
			})
		}
		wg.Wait()
		sameCounts(t, handles[0])
	})
}

func rolledBack(ctx context.Context, db *sql.DB, s *sqlstore.Store, c incident.Commit) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	_, err = s.Bind(tx).Append(ctx, c)
	return errors.Join(err, tx.Rollback())
}

// A host that keeps its transaction open holds up nobody who has another case of the same incident.
func TestCountsHoldUpNobody(t *testing.T) {
	t.Parallel()
	open := dbtest.Postgres(t)
	db := open()
	s := migrated(t, db)
	for _, id := range []string{"case_1", "case_2", "case_3"} {
		_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewCase(id, "c", "inc_1")))
		require.NoError(t, err)
	}
	marked := func(id string) incident.Commit {
		b := more(id, incident.AnyVersion)
		b.Head.Marks = &[]string{"unanswered"}
		return incidenttest.Commit(b)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = s.Bind(tx).Append(t.Context(), marked("case_1"))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // were it held up, it would be for ever
	defer cancel()
	for _, id := range []string{"case_2", "case_3"} {
		_, err = sqlstore.New(open(), nil).Append(ctx, marked(id))
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
	sameCounts(t, db)
	tally, err := s.Tally(t.Context(), incident.Filter{Incidents: []string{"inc_1"}, Mark: "unanswered"})
	require.NoError(t, err)
	require.NotEmpty(t, tally)
	assert.EqualValues(t, 3, tally[0].N)
}
