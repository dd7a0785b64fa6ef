package sqlledger_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// hosted makes a table of the host's own beside ours.
func hosted(t *testing.T, d dbtest.Database) (*sql.DB, *sqlledger.Ledger) {
	db := d.Open(t)
	execute(t, db, "create table theirs (id text)")
	return db, migrated(t, db)
}

func theirs(t *testing.T, db *sql.DB) (n int) {
	require.NoError(t, db.QueryRowContext(t.Context(), "select count(*) from theirs").Scan(&n))
	return n
}

func TestATransactionOfTheHost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db, l := hosted(t, d)
		for _, commit := range []bool{false, true} {
			tx := begin(t, db)
			bound := l.Bind(tx)
			_, err := tx.ExecContext(t.Context(), "insert into theirs values ('before')")
			require.NoError(t, err)
			_, err = bound.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300)}, start)
			require.NoError(t, err)
			gesture := owe("c2", "i1", 900)
			gesture.By, gesture.Limit = "ann", eur(500)
			_, err = bound.Propose(t.Context(), []compensate.Owed{owe("c3", "i1", 100), gesture}, start)
			require.ErrorIs(t, err, compensate.ErrOverLimit)
			_, err = bound.Propose(t.Context(), []compensate.Owed{{Key: owe("c1", "i1", 0).Key, Total: compensate.FromMinor(5, "USD")}}, start)
			require.ErrorIs(t, err, compensate.ErrCurrency)
			_, err = tx.ExecContext(t.Context(), "insert into theirs values ('after')")
			require.NoError(t, err, "the transaction goes on after errors")
			lists, err := bound.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 450)}, start)
			require.NoError(t, err)
			require.Len(t, lists[0], 2, "it sees what it wrote itself")
			claimed, err := bound.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: time.Minute, At: start})
			require.NoError(t, err)
			_, err = bound.Settle(t.Context(), []compensate.Settlement{{ID: claimed[0].ID, Token: claimed[0].Token, Outcome: compensate.Issued, At: start, Reference: "R"}})
			require.NoError(t, err)
			sums, err := bound.Tally(t.Context(), compensate.Query{Bases: []string{"i1"}})
			require.NoError(t, err)
			require.Equal(t, []compensate.TallyLine{
				{State: compensate.StateApproved, Currency: "EUR", N: 1, Amount: eur(150)}, {State: compensate.StateIssued, Currency: "EUR", N: 1, Amount: eur(300)},
			}, sums.Lines)
			require.Error(t, bound.Migrate(t.Context()))
			if !commit {
				require.NoError(t, tx.Rollback())
				require.Empty(t, everything(t, l, compensate.Query{}))
				require.Zero(t, theirs(t, db))
				continue
			}
			require.NoError(t, tx.Commit())
			all := everything(t, l, compensate.Query{})
			assert.Equal(t, map[string]int64{"c1": 450}, held(all))
			assert.Equal(t, 2, theirs(t, db))
			tallied(t, l, all)
		}
	})
}

// A transaction that the host leaves open holds up what concerns the same
// customer, and no other: billing goes on.
func TestATransactionLeftOpen(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	db, l := hosted(t, d)
	_, err := l.Propose(t.Context(), []compensate.Owed{owe("c0", "i1", 100)}, start)
	require.NoError(t, err)
	tx := begin(t, db)
	bound := l.Bind(tx)
	_, err = bound.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300)}, start)
	require.NoError(t, err)
	claimed, err := bound.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: time.Minute, At: start})
	require.NoError(t, err)
	require.Equal(t, "c0", claimed[0].Key.Customer)

	// Were they held up, these would wait until the test ends.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	paid, err := compensate.IssueBatch(ctx, l, compensate.IssuerFunc(func(context.Context, compensate.Entry) (string, error) { return "R", nil }), nil)
	require.NoError(t, err)
	require.Zero(t, paid.Claimed, "the other transaction has it")
	for range 3 {
		_, err = l.Propose(ctx, []compensate.Owed{owe("c2", "i1", 700)}, start)
		require.NoError(t, err)
	}
	paid, err = compensate.IssueBatch(ctx, l, compensate.IssuerFunc(func(context.Context, compensate.Entry) (string, error) { return "R", nil }), nil)
	require.NoError(t, err)
	require.Equal(t, 1, paid.Issued)
	sums, err := l.Tally(ctx, compensate.Query{Bases: []string{"i1"}})
	require.NoError(t, err)
	require.Equal(t, int64(2), sums.Customers)

	// The same customer: who comes second waits, and pays the difference.
	second := make(chan error)
	go func() {
		_, err := l.Propose(ctx, []compensate.Owed{owe("c1", "i1", 500)}, start)
		second <- err
	}()
	waitsForLock(ctx, t, d.Open(t))
	require.NoError(t, tx.Commit())
	require.NoError(t, <-second)
	all := everything(t, l, compensate.Query{})
	assert.Equal(t, map[string]int64{"c0": 100, "c1": 500, "c2": 700}, held(all))
	assert.Len(t, all, 4)
	tallied(t, l, all)
}

// waitsForLock returns once a connection waits for the lock of an account.
func waitsForLock(ctx context.Context, t *testing.T, db *sql.DB) {
	for n := 0; n == 0; {
		require.NoError(t, db.QueryRowContext(ctx, `select count(*) from pg_stat_activity
			where wait_event_type = 'Lock' and query like '%amends_ledger_account%'`).Scan(&n))
	}
}

// At stricter levels a transaction that was overtaken says so, and pays nothing twice.
func TestATransactionThatWasOvertaken(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	db, l := hosted(t, d)
	_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 100)}, start)
	require.NoError(t, err)
	for _, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		for customer, total := range map[string]int64{"c1": 200 * int64(level), "new" + level.String(): 50} {
			tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
			require.NoError(t, err)
			var n int
			require.NoError(t, tx.QueryRowContext(t.Context(), "select count(*) from theirs").Scan(&n), "from here on it sees no changes of others")
			_, err = l.Propose(t.Context(), []compensate.Owed{owe(customer, "i1", total)}, start)
			require.NoError(t, err)
			_, err = l.Bind(tx).Propose(t.Context(), []compensate.Owed{owe(customer, "i1", total)}, start)
			require.ErrorContains(t, err, "another transaction was faster")
			_, err = tx.ExecContext(t.Context(), "insert into theirs values ('x')")
			require.NoError(t, err)
			require.NoError(t, tx.Commit())
			require.Equal(t, total, held(everything(t, l, compensate.Query{}))[customer])
		}
	}
}

// A lease that runs out in the middle of its settlement is not taken over.
func TestAClaimPassesOverWhatIsBeingSettled(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	l := migrated(t, d.Open(t))
	_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 100)}, start)
	require.NoError(t, err)
	claim := func(at time.Time) []compensate.Claimed {
		claimed, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: time.Minute, At: at})
		require.NoError(t, err)
		return claimed
	}
	first := claim(start)
	require.Len(t, first, 1)
	db, watch := d.Watch(t)
	settling, between := sqlledger.New(db, told()), 0
	watch.Hook(func(step string) error {
		if strings.Contains(step, "update amends_ledger_entry") { // it has read the entry
			between++
			require.Empty(t, claim(start.Add(time.Hour)))
		}
		return nil
	})
	settled, err := settling.Settle(t.Context(), []compensate.Settlement{{ID: first[0].ID, Token: first[0].Token, Outcome: compensate.Issued, At: start, Reference: "R"}})
	require.NoError(t, err)
	require.NoError(t, settled[0].Err)
	require.Equal(t, 1, between)
}
