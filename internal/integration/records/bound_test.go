package records_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// orders is a table of the host's own.
func orders(t *testing.T, db *sql.DB) (insert func(q interface {
	Exec(string, ...any) (sql.Result, error)
}, id string), count func() int,
) {
	_, err := db.ExecContext(t.Context(), "create table orders (id text)")
	require.NoError(t, err)
	return func(q interface {
			Exec(string, ...any) (sql.Result, error)
		}, id string,
		) {
			_, err := q.Exec("insert into orders values ('" + id + "')")
			require.NoError(t, err)
		}, func() (n int) {
			require.NoError(t, db.QueryRowContext(t.Context(), "select count(*) from orders").Scan(&n))
			return n
		}
}

// What the host writes and what it appends happen together; what did not fit is not there, and costs nothing else.
func TestAConflictLeavesTheHostsTransactionUsable(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := open()
		s := migrated(t, db)
		insert, count := orders(t, db)
		_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1"), incidenttest.NewIncident("inc_2")))
		require.NoError(t, err)
		done := incidenttest.Commit(more("inc_1", 1, note("done")))
		done.Command, done.Digest = "k1", "d1"
		_, err = s.Append(t.Context(), done)
		require.NoError(t, err)

		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
		b := s.Bind(tx)
		insert(tx, "before")
		kept := incidenttest.Commit(incidenttest.NewCase("case_1", "c1", "inc_1"), more("inc_1", incident.AnyVersion, note("kept")))
		kept.Command, kept.Digest = "k2", "d2"
		_, err = b.Append(t.Context(), kept)
		require.NoError(t, err)
		for name, tt := range map[string]struct {
			commit incident.Commit
			want   error
		}{
			"stale":  {incidenttest.Commit(incidenttest.NewCase("case_2", "c2", "inc_1"), more("inc_2", 1, note("x")), more("inc_1", 1, note("x"))), incident.ErrConflict},
			"exists": {incidenttest.Commit(more("inc_2", 1, note("x")), incidenttest.NewIncident("inc_1")), incident.ErrConflict},
			"reused": {incident.Commit{
				Space: incidenttest.Space, Command: "k1", Digest: "other",
				Batches: []incident.Batch{more("inc_2", 1, note("x"))},
			}, incident.ErrKeyReused},
			"missing": {incidenttest.Commit(more("inc_2", 1, note("x")), more("inc_9", incident.AnyVersion, note("x"))), incident.ErrNotFound},
		} {
			tt.commit.Command, tt.commit.Digest = orElse(tt.commit.Command, "k3"), orElse(tt.commit.Digest, "d3")
			_, err := b.Append(t.Context(), tt.commit)
			require.ErrorIs(t, err, tt.want, name)
		}
		_, err = b.Look(t.Context(), "inc_2", incidenttest.Start(), 77)
		require.ErrorIs(t, err, incident.ErrConflict)
		_, err = b.Append(t.Context(), incident.Commit{Space: incidenttest.Space, Command: "k3", Digest: "d3"})
		require.ErrorIs(t, err, incident.ErrNotFound, "the key of what did not fit is free")
		insert(tx, "after")
		require.NoError(t, tx.Commit())

		assert.Equal(t, 2, count())
		assert.Len(t, events(t, s, "inc_1"), 3)
		assert.Len(t, events(t, s, "inc_2"), 1)
		assert.Len(t, events(t, s, "case_1"), 1)
		_, err = s.Read(t.Context(), "case_2", 0, 0)
		require.ErrorIs(t, err, incident.ErrNotFound)
		r, err := s.Append(t.Context(), kept)
		require.NoError(t, err)
		assert.True(t, r.Repeat)
	})
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// If the host rolls back, nothing was recorded, and the command was not done.
func TestTheHostRollsBack(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := open()
		s := migrated(t, db)
		c := incidenttest.Commit(incidenttest.NewIncident("inc_1"))
		c.Command, c.Digest = "k1", "d1"
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = s.Bind(tx).Append(t.Context(), c)
		require.NoError(t, err)
		_, err = s.Bind(tx).Read(t.Context(), "inc_1", 0, 0)
		require.NoError(t, err, "it sees what it wrote")
		require.NoError(t, tx.Rollback())
		_, err = s.Read(t.Context(), "inc_1", 0, 0)
		require.ErrorIs(t, err, incident.ErrNotFound)
		r, err := s.Append(t.Context(), c)
		require.NoError(t, err)
		assert.False(t, r.Repeat)
		_, err = s.Bind(tx).Append(t.Context(), c)
		require.ErrorIs(t, err, sql.ErrTxDone)
	})
}

// Two hosts' transactions race for a record: the one that comes late waits for
// the other, conflicts, and stays usable. Under snapshot isolation the database
// itself says so; it is the same conflict.
func TestBoundTransactionsRace(t *testing.T) {
	t.Parallel()
	for name, isolation := range map[string]sql.IsolationLevel{
		"read committed": sql.LevelReadCommitted, "repeatable read": sql.LevelRepeatableRead, "serializable": sql.LevelSerializable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.Postgres(t)()
			s := migrated(t, db)
			insert, count := orders(t, db)
			_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
			require.NoError(t, err)
			late, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: isolation})
			require.NoError(t, err)
			defer late.Rollback() //nolint:errcheck // after the commit it does nothing
			page, err := s.Bind(late).Read(t.Context(), "inc_1", 0, 0)
			require.NoError(t, err)
			early, err := db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			_, err = s.Bind(early).Append(t.Context(), incidenttest.Commit(more("inc_1", 1, note("early")), incidenttest.NewIncident("inc_2")))
			require.NoError(t, err)
			waiting := make(chan error)
			go func() {
				_, err := s.Bind(late).Append(t.Context(), incidenttest.Commit(more("inc_1", int64(page.Head.Version), note("late"))))
				waiting <- err
			}()
			require.NoError(t, early.Commit())
			require.ErrorIs(t, <-waiting, incident.ErrConflict)
			_, err = s.Bind(late).Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2")))
			require.ErrorIs(t, err, incident.ErrConflict)
			_, err = s.Bind(late).Look(t.Context(), "inc_1", incidenttest.Start(), page.Head.Turn)
			require.ErrorIs(t, err, incident.ErrConflict)
			insert(late, "still")
			require.NoError(t, late.Commit())
			assert.Equal(t, 1, count())
			assert.Len(t, events(t, s, "inc_1"), 2)
		})
	}
}

// A SQLite transaction that read before somebody else wrote cannot write any more.
func TestAStaleSQLiteTransactionConflicts(t *testing.T) {
	t.Parallel()
	open := dbtest.SQLite(t)
	s, other := migrated(t, open()), migrated(t, open())
	_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	db := open()
	bind := sqlstore.New(db, nil)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = bind.Bind(tx).Read(t.Context(), "inc_1", 0, 0)
	require.NoError(t, err)
	_, err = other.Append(t.Context(), incidenttest.Commit(more("inc_1", 1, note("other"))))
	require.NoError(t, err)
	_, err = bind.Bind(tx).Append(t.Context(), incidenttest.Commit(more("inc_1", 1, note("late"))))
	require.ErrorIs(t, err, incident.ErrConflict)
	_, err = bind.Bind(tx).Read(t.Context(), "inc_1", 0, 0)
	require.NoError(t, err, "it still reads")
	require.NoError(t, tx.Rollback())
}
