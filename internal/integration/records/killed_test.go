package records_test

import (
	"bufio"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// nth is a commit over two records.
func nth(n int) incident.Commit {
	c := incidenttest.Commit(more("inc_1", incident.AnyVersion, note("a"), note("b")), incidenttest.NewCase(fmt.Sprint("case_", n), "c1", "inc_1"))
	c.Command, c.Digest = fmt.Sprint("k", n), "d"
	return c
}

// TestWriterProcess is not a test: TestKilled runs it as a process of its own,
// which appends for ever and prints the number of what was acknowledged.
func TestWriterProcess(t *testing.T) {
	if flag.NArg() != 3 {
		t.Skip("it is run by TestKilled")
	}
	db, err := sql.Open(flag.Arg(0), flag.Arg(1))
	require.NoError(t, err)
	s := sqlstore.New(db, nil)
	n, err := strconv.Atoi(flag.Arg(2))
	require.NoError(t, err)
	for ; ; n++ {
		_, err := s.Append(t.Context(), nth(n))
		require.NoError(t, err)
		_, err = fmt.Fprintln(os.Stdout, "acknowledged", n)
		require.NoError(t, err)
	}
}

// A process that is killed loses nothing that was acknowledged. What was under
// way is there as a whole or not at all, and a repeat of its command completes it.
func TestKilled(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]func(testing.TB) dbtest.Database{"sqlite": dbtest.NewSQLite, "postgres": dbtest.NewPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := d(t)
			s := migrated(t, db.Open(t))
			_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
			require.NoError(t, err)
			next := 1
			for range 6 {
				last := untilKilled(t, db, next, 1+rand.IntN(10))
				for n := next; n <= last; n++ {
					require.Len(t, events(t, s, fmt.Sprint("case_", n)), 1, "acknowledged")
				}
				r, err := s.Append(t.Context(), nth(last+1))
				require.NoError(t, err)
				t.Logf("killed after %d; the one under way was there already: %t", last, r.Repeat)
				next = last + 2
				require.Len(t, events(t, s, "inc_1"), 1+2*(last+1), "every commit is there once, and as a whole")
			}
			l, err := s.List(t.Context(), incident.Filter{Kind: incident.KindCase}, "", 10_000)
			require.NoError(t, err)
			assert.Len(t, l.Heads, next-1)
		})
	}
}

// untilKilled runs a writer, kills it when it has acknowledged so many, and returns the last number that it acknowledged.
func untilKilled(t *testing.T, db dbtest.Database, from, many int) (last int) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriterProcess$", "--", db.Driver, db.DSN, strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var text []string
	for lines := bufio.NewScanner(out); lines.Scan(); { // to the end: it may have acknowledged more before it died
		text = append(text, lines.Text())
		if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &last); err == nil && last == from+many-1 {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	require.Error(t, cmd.Wait(), "it was killed")
	require.GreaterOrEqual(t, last, from+many-1, "%v", text)
	return last
}
