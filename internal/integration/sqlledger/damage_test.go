package sqlledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

func TestDamagedRows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db := d.Open(t)
		l := migrated(t, db)
		o := owe("c1", "i1", 300)
		id := compensate.EntryID(o.Key, "", 1)
		list := func() error { _, _, err := l.List(t.Context(), compensate.Query{}, "", 0); return err }
		propose := func() error {
			_, err := l.Propose(t.Context(), []compensate.Owed{owe("c0", "i1", 5), o}, start)
			return err
		}
		claim := func() error {
			_, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: time.Minute, At: start})
			return err
		}
		settle := func() error {
			_, err := l.Settle(t.Context(), []compensate.Settlement{{ID: id, Outcome: compensate.Issued, At: start}})
			return err
		}
		all := map[string]func() error{"list": list, "propose": propose, "claim": claim, "settle": settle}
		for _, c := range []struct {
			name, change, want string
			calls              map[string]func() error
		}{
			{"another customer", "update amends_ledger_entry set customer = 'c9'", "its ID does not fit its key", all},
			{"another number", "update amends_ledger_entry set n = 2", "its ID does not fit its key", all},
			{"a person who was not there", "update amends_ledger_entry set gesture_by = 'ann'", "its ID does not fit its key", all},
			{"a state that there is not", "update amends_ledger_entry set state = 'lost'", `in state "lost"`, all},
			{"below zero", "update amends_ledger_entry set amount = -5", "-0.05 EUR is below zero", all},
			{"attempts below zero", "update amends_ledger_entry set attempts = -5", "-5 attempts", all},
			{"reasons that are none", "update amends_ledger_entry set why = '{'", "its reasons are not a list", map[string]func() error{"list": list, "propose": propose, "claim": claim}},
			{"deleted", "delete from amends_ledger_entry", "it is missing, and its account counts 1", map[string]func() error{"propose": propose}},
			{"forgotten", "update amends_ledger_account set entries = 0", "1 of 2 entries were written", map[string]func() error{"propose": propose}},
			{"caps that are none", "update amends_ledger_account set caps = 'x'", "its caps are not a list", map[string]func() error{"propose": propose}},
		} {
			empty(t, db)
			_, err := l.Propose(t.Context(), []compensate.Owed{o}, start)
			require.NoError(t, err)
			execute(t, db, c.change)
			for name, call := range c.calls {
				err := call()
				require.ErrorContains(t, err, c.want, "%s: %s", c.name, name)
				require.ErrorContains(t, err, "from", "what to do next")
				if c.name != "forgotten" {
					require.ErrorContains(t, err, id[:len(id)-2], "%s: %s: which one it is", c.name, name)
				}
			}
			var n int
			require.NoError(t, db.QueryRowContext(t.Context(), "select count(*) from amends_ledger_entry").Scan(&n))
			require.LessOrEqual(t, n, 1, "%s: nothing was added by guesswork", c.name)
		}
	})
}

func TestTablesOfAnotherVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db := d.Open(t)
		l := sqlledger.New(db, told())
		_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300)}, start)
		require.ErrorIs(t, err, sqlledger.ErrNotMigrated)
		require.NoError(t, l.Migrate(t.Context()))
		_, err = l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300)}, start)
		require.NoError(t, err)
		execute(t, db, "insert into amends_migration (component, version, checksum, applied_at) values ('compensate', 1000, 'x', 0)")
		late := sqlledger.New(d.Open(t), told())
		_, err = late.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: time.Minute, At: start})
		require.ErrorIs(t, err, sqlledger.ErrNewer)
		require.ErrorIs(t, late.Migrate(t.Context()), sqlledger.ErrNewer)
	})
}

func TestDatabasesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	propose := func(l *sqlledger.Ledger) error {
		_, err := l.Propose(ctx, []compensate.Owed{owe("c1", "i1", 300)}, start)
		return err
	}
	each(t, func(t *testing.T, d dbtest.Database) {
		db, err := sql.Open(d.Driver, d.DSN)
		require.NoError(t, err)
		l := migrated(t, db)
		require.NoError(t, db.Close())
		require.ErrorContains(t, propose(l), "sqlledger: proposing: ")
		require.ErrorContains(t, propose(l), "closed")

		done, cancel := context.WithCancelCause(t.Context())
		cancel(fmt.Errorf("the host is stopping"))
		_, err = sqlledger.New(d.Open(t), told()).Tally(done, compensate.Query{})
		require.ErrorContains(t, err, "the host is stopping")
	})
	t.Run("a file that may only be read", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "amends.db")
		require.NoError(t, propose(migrated(t, dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(file)}.Open(t))))
		l := sqlledger.New(dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(file, "mode", "ro")}.Open(t), told())
		require.ErrorContains(t, propose(l), "the file cannot be written")
		require.Len(t, everything(t, l, compensate.Query{}), 1)
	})
	t.Run("a server that may only be read", func(t *testing.T) {
		t.Parallel()
		d := dbtest.NewPostgres(t)
		require.NoError(t, propose(migrated(t, d.Open(t))))
		d.DSN += " default_transaction_read_only=on"
		l := sqlledger.New(d.Open(t), told())
		require.ErrorContains(t, propose(l), "connect to the primary server")
		require.Len(t, everything(t, l, compensate.Query{}), 1)
	})
}
