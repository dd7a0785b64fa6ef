package records_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
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

// Errors about a row that cannot be read say which one it is.
func TestDamagedRowsAreNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		damage  string
		version uint64
		want    string
	}{
		"data":         {"update amends_event set data = '{' where version = 2", 2, `event case_1.2 is damaged, restore it from a copy: its data, of kind "report.received": unexpected`},
		"data's type":  {`update amends_event set data = '{"report":7}' where version = 2`, 2, `event case_1.2 is damaged`},
		"unknown data": {"update amends_event set kind = 'weather', data = '[]' where version = 2", 2, `its data, of kind "weather": want a JSON object`},
		"kind":         {"update amends_event set kind = '' where version = 2", 2, `event case_1.2 is damaged`},
		"actor":        {"update amends_event set actor = 'ada' where version = 1", 1, `event case_1.1 is damaged, restore it from a copy: who says so: invalid`},
		"words":        {"update amends_event set words = '\"help\"' where version = 2", 2, `event case_1.2 is damaged, restore it from a copy: the customer's words: json`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
				db := open()
				s := migrated(t, db)
				_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewCase("case_1", "c1", "inc_1", incidenttest.Reported(incidenttest.Start(), "c1", "help"))))
				require.NoError(t, err)
				_, err = db.ExecContext(t.Context(), tt.damage)
				require.NoError(t, err)
				_, err = s.Read(t.Context(), "case_1", 0, 0)
				require.ErrorContains(t, err, `sqlstore: reading "case_1": `)
				require.ErrorContains(t, err, tt.want)
				var damaged *sqlstore.DamagedError
				require.ErrorAs(t, err, &damaged)
				assert.Equal(t, "case_1", damaged.Record)
				assert.Equal(t, tt.version, damaged.Version)
				assert.NotContains(t, err.Error(), "help", "a customer's words are in no error")
				if name == "words" {
					require.ErrorAs(t, s.Erase(t.Context(), "case_1", 2), &damaged)
				}
			})
		})
	}
}

func TestADamagedHeadIsNamed(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLite(t)() // PostgreSQL lets nobody write text into a number
	s := migrated(t, db)
	_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1"), incidenttest.NewIncident("inc_2")))
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "update amends_record set turn = 'x' where record = 'inc_2'")
	require.NoError(t, err)
	_, err = s.Append(t.Context(), incidenttest.Commit(more("inc_2", incident.AnyVersion, note("x"))))
	require.ErrorContains(t, err, `the head of "inc_2" is damaged`)
	_, err = s.List(t.Context(), incident.Filter{}, "", 0)
	require.ErrorContains(t, err, `the head of "inc_2" is damaged`)
	_, err = s.Read(t.Context(), "inc_2", 0, 0)
	require.ErrorContains(t, err, `the head of "inc_2" is damaged`)
}

// Events beyond a head's version mean that a restore or somebody's hand mixed two states: nothing is written over.
func TestEventsBeyondTheHeadAreNotOverwritten(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := open()
		s := migrated(t, db)
		_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1", note("a"))))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "update amends_record set version = 1")
		require.NoError(t, err)
		_, err = s.Append(t.Context(), incidenttest.Commit(more("inc_1", incident.AnyVersion, note("b"))))
		require.ErrorContains(t, err, `"inc_1": the record holds events beyond the version of its head`)
		assert.Len(t, events(t, s, "inc_1"), 2)
	})
}

func TestOtherTablesThanKnown(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := open()
		_, err := sqlstore.New(db, nil).Read(t.Context(), "inc_1", 0, 0)
		require.ErrorIs(t, err, sqlstore.ErrNotMigrated)
		require.ErrorContains(t, err, "call Migrate")
		migrated(t, db)
		_, err = db.ExecContext(t.Context(), "insert into amends_migration (component, version, checksum, applied_at) values ('incident', 99, '', 0)")
		require.NoError(t, err)
		for name, err := range calls(t.Context(), sqlstore.New(db, nil)) {
			require.ErrorIs(t, err, sqlstore.ErrNewer, name)
		}
		require.ErrorIs(t, sqlstore.New(db, nil).Migrate(t.Context()), sqlstore.ErrNewer)
	})
}

// calls makes every call of a store and returns its errors.
func calls(ctx context.Context, s *sqlstore.Store) map[string]error {
	errs := make(map[string]error)
	_, errs["append"] = s.Append(ctx, incidenttest.Commit(incidenttest.NewIncident("inc_9")))
	_, errs["command"] = s.Append(ctx, incident.Commit{Space: incidenttest.Space, Command: "k"})
	_, errs["read"] = s.Read(ctx, "inc_1", 0, 0)
	_, errs["list"] = s.List(ctx, incident.Filter{}, "", 0)
	_, errs["tally"] = s.Tally(ctx, incident.Filter{})
	_, errs["look"] = s.Look(ctx, "inc_1", incidenttest.Start(), 0)
	errs["erase"] = s.Erase(ctx, "inc_1", 1)
	return errs
}

func TestAClosedHandle(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := open()
		s := migrated(t, db)
		require.NoError(t, db.Close())
		for name, err := range calls(t.Context(), s) {
			require.ErrorContains(t, err, "database is closed", name)
		}
		require.ErrorContains(t, sqlstore.New(db, nil).Migrate(t.Context()), "database is closed")
	})
}

// A file that cannot be written is read all the same, and says so when it has to be written.
func TestAReadOnlyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "amends.db")
	db, err := sql.Open("sqlite", dbtest.SQLiteDSN(file))
	require.NoError(t, err)
	s := migrated(t, db)
	_, err = s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	defer db.Close() //nolint:errcheck // at the end of the test

	only, err := sql.Open("sqlite", dbtest.SQLiteDSN(file, "mode", "ro"))
	require.NoError(t, err)
	defer only.Close() //nolint:errcheck // at the end of the test
	s = sqlstore.New(only, nil)
	require.NoError(t, s.Migrate(t.Context()), "there is nothing to do")
	assert.Len(t, events(t, s, "inc_1"), 1)
	_, err = s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2")))
	require.ErrorContains(t, err, "the file cannot be written: look at its permissions")
	_, err = s.Look(t.Context(), "inc_1", incidenttest.Start(), 0)
	require.ErrorContains(t, err, "the file cannot be written")
}

func TestAReadOnlyServer(t *testing.T) {
	t.Parallel()
	open := dbtest.Postgres(t)
	db := open()
	s := migrated(t, db)
	_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	conn := open()
	conn.SetMaxOpenConns(1)
	_, err = conn.ExecContext(t.Context(), "set default_transaction_read_only = on")
	require.NoError(t, err)
	s = sqlstore.New(conn, nil)
	require.NoError(t, s.Migrate(t.Context()))
	assert.Len(t, events(t, s, "inc_1"), 1)
	_, err = s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2")))
	require.ErrorContains(t, err, "connect to the primary server")
}

// On a full disk a commit is refused as a whole, and what was there stays readable.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLite(t)()
	db.SetMaxOpenConns(1)
	s := migrated(t, db)
	_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	var pages int
	require.NoError(t, db.QueryRowContext(t.Context(), "pragma page_count").Scan(&pages))
	_, err = db.ExecContext(t.Context(), fmt.Sprintf("pragma max_page_count = %d", pages+2))
	require.NoError(t, err)
	long := note(strings.Repeat("long ", 10_000))
	_, err = s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2"), more("inc_1", 1, long)))
	require.ErrorContains(t, err, "the disk is full: make room and repeat")
	assert.Len(t, events(t, s, "inc_1"), 1)
	_, err = s.Read(t.Context(), "inc_2", 0, 0)
	require.ErrorIs(t, err, incident.ErrNotFound)
	_, err = db.ExecContext(t.Context(), "pragma max_page_count = 100000")
	require.NoError(t, err)
	_, err = s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2"), more("inc_1", 1, long)))
	require.NoError(t, err, "a repeat, when there is room again")
}

func TestAFileThatIsNoDatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "amends.db")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("this is a letter, not a database. ", 200)), 0o600))
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	defer db.Close() //nolint:errcheck // at the end of the test
	require.ErrorContains(t, sqlstore.New(db, nil).Migrate(t.Context()), "file is not a database")
	db, err = sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "no", "such", "folder.db"))
	require.NoError(t, err)
	defer db.Close() //nolint:errcheck // at the end of the test
	require.ErrorContains(t, sqlstore.New(db, nil).Migrate(t.Context()), "unable to open database file")
}

// A connection that is cut in the middle of a commit leaves nothing, and the next call has another one.
func TestALostConnection(t *testing.T) {
	t.Parallel()
	db := dbtest.Postgres(t)()
	s := migrated(t, db)
	_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	holder, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer holder.Rollback() //nolint:errcheck // it is over by then
	_, err = holder.ExecContext(t.Context(), "select 1 from amends_record for update")
	require.NoError(t, err)
	waiting := make(chan error)
	go func() {
		c := incidenttest.Commit(incidenttest.NewIncident("inc_2"), more("inc_1", 1, note("cut")))
		c.Command, c.Digest = "k1", "d1"
		_, err := s.Append(t.Context(), c)
		waiting <- err
	}()
	require.Eventually(t, func() bool {
		var cut int
		require.NoError(t, db.QueryRowContext(t.Context(), `select count(pg_terminate_backend(pid)) from pg_stat_activity
			where wait_event_type = 'Lock' and query like '%amends_record%' and pid <> pg_backend_pid() and pg_blocking_pids(pid) @> array[$1::int]`, pid(t, holder)).Scan(&cut))
		return cut > 0
	}, time.Minute, time.Millisecond)
	require.ErrorContains(t, <-waiting, "terminating connection")
	require.NoError(t, holder.Rollback())
	assert.Len(t, events(t, s, "inc_1"), 1)
	_, err = s.Append(t.Context(), incident.Commit{Space: incidenttest.Space, Command: "k1", Digest: "d1"})
	require.ErrorIs(t, err, incident.ErrNotFound)
}

// pid is the server process of a transaction.
func pid(t *testing.T, tx *sql.Tx) (n int) {
	require.NoError(t, tx.QueryRowContext(t.Context(), "select pg_backend_pid()").Scan(&n))
	return n
}

// What a table cannot hold is refused before anything is written, on both alike.
func TestWhatIsTooLong(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		s := migrated(t, open())
		for want, change := range map[string]func(*incident.Commit){
			"the space has 501 bytes":        func(c *incident.Commit) { c.Space = strings.Repeat("s", 501) },
			"the command key has 1001 bytes": func(c *incident.Commit) { c.Command = strings.Repeat("k", 1001) },
			"its ID has 1001 bytes":          func(c *incident.Commit) { c.Batches[0].Record = strings.Repeat("r", 1001) },
			"its incident has 501 bytes":     func(c *incident.Commit) { c.Batches[0].Head.Incident = new(strings.Repeat("i", 501)) },
			"its customer has 501 bytes":     func(c *incident.Commit) { c.Batches[0].Head.Customer = new(strings.Repeat("c", 501)) },
			"marks has 1001 bytes":           func(c *incident.Commit) { c.Batches[0].Head.Marks = new([]string{strings.Repeat("m", 999)}) },
			`mark "a\nb": want a word`:       func(c *incident.Commit) { c.Batches[0].Head.Marks = new([]string{"a\nb"}) },
			"zero byte":                      func(c *incident.Commit) { c.Batches[0].Head.Title = new("a\x00b") },
			"not UTF-8":                      func(c *incident.Commit) { c.Batches[0].Head.Title = new("\xff") },
		} {
			c := incidenttest.Commit(incidenttest.NewCase("case_1", "c", "inc_1"))
			change(&c)
			_, err := s.Append(t.Context(), c)
			require.ErrorContains(t, err, want)
		}
		l, err := s.List(t.Context(), incident.Filter{}, "", 0)
		require.NoError(t, err)
		require.Empty(t, l.Heads)
		// The longest that is allowed fits into every index.
		c := incidenttest.Commit(incidenttest.NewCase(random(1000), random(500), random(500)))
		c.Space, c.Command = random(500), random(1000)
		c.Batches[0].Head.Marks = new([]string{random(798)})
		_, err = s.Append(t.Context(), c)
		require.NoError(t, err)
	})
}

// random is a text that does not compress.
func random(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(incident.NewWords("x").Nonce)
	}
	return b.String()[:n]
}

func TestCursorsOfAnotherListing(t *testing.T) {
	t.Parallel()
	s := migrated(t, dbtest.SQLite(t)())
	for _, cursor := range []string{"x", "d17 inc_1"} {
		_, err := s.List(t.Context(), incident.Filter{}, cursor, 0)
		require.ErrorContains(t, err, "not of this listing")
	}
	for _, cursor := range []string{"rinc_1", "dx inc_1"} {
		_, err := s.List(t.Context(), incident.Filter{DueBy: incidenttest.Start()}, cursor, 0)
		require.ErrorContains(t, err, "not of this listing")
	}
	_, err := s.Look(t.Context(), "inc_1", time.Time{}, 0)
	require.ErrorContains(t, err, "needs a time")
}
