package sqloutbox_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

func execute(t testing.TB, db *sql.DB, queries ...string) {
	t.Helper()
	for _, q := range queries {
		_, err := db.ExecContext(t.Context(), q)
		require.NoError(t, err, q)
	}
}

// empty forgets everything, as one who starts the test anew. The outbox is used
// once, so that it knows its tables before anything is cut.
func empty(t testing.TB, o notify.Outbox, db *sql.DB) {
	t.Helper()
	for _, table := range []string{"item", "open", "outcome", "thread", "count", "expansion", "past", "pruned", "group", "lane", "channel"} {
		execute(t, db, "delete from amends_outbox_"+table)
	}
	require.Empty(t, list(t, o, notify.Query{}))
}

// One damaged delivery holds up nobody: it is given up, visibly, and the others are sent.
func TestADamagedDeliveryHoldsUpNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db := d.Open(t)
		var log bytes.Buffer
		opts := told()
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o := migrated(t, db, opts)
		for name, c := range map[string]struct {
			damage, want string
			only         string // the database that keeps such a thing
		}{
			"attempts that are none":  {"update amends_outbox_open set attempts = 'x'", "attempts", "sqlite"},
			"fallbacks that are none": {"update amends_outbox_item set fallback = '{'", "its fallbacks", ""},
			"no such group":           {"update amends_outbox_item set group_id = 99", "its group is missing", ""},
		} {
			if c.only != "" && c.only != d.Driver {
				continue
			}
			t.Log(name)
			empty(t, o, db)
			log.Reset()
			add(t, o, many("stmt-1", 1, 3), start())
			execute(t, db, c.damage+" where key = 'stmt-1/r00001@mail'")
			claimed, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 10, Lease: time.Minute, At: start(), MaxAttempts: 5})
			require.NoError(t, err, name)
			require.Len(t, claimed, 2, name)
			require.Contains(t, log.String(), "stmt-1/r00001@mail", name)
			require.Contains(t, log.String(), "was given up", name)
			send(t, o, claimed, start())
			require.Empty(t, claim(t, o, start().Add(time.Hour)), name)
			var lastErr string
			require.NoError(t, db.QueryRowContext(t.Context(), "select last_err from amends_outbox_outcome where key = 'stmt-1/r00001@mail' and state = 5").Scan(&lastErr), name)
			require.Contains(t, lastErr, "restore it from a copy", name)
			require.Contains(t, lastErr, c.want, name)
		}
	})
}

// Whoever reads a damaged row gets an error that names it, and nothing by guesswork.
func TestDamagedRowsAreNamed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db := d.Open(t)
		o := migrated(t, db, told())
		const key = "stmt-1/r00001@mail"
		read := func() error { _, _, err := o.List(t.Context(), notify.Query{Record: "inc-1"}, "", 0); return err }
		mark := func() error {
			_, err := o.Settle(t.Context(), []notify.Settlement{{Key: key, Outcome: notify.MarkRead, Now: start()}})
			return err
		}
		again := func() error {
			_, err := o.Add(t.Context(), notify.Page{Notice: "again", Done: true, Items: many("stmt-1", 1, 3), At: start()})
			return err
		}
		for name, c := range map[string]struct {
			damage string
			calls  []func() error
			want   string
		}{
			"a state that there is not": {"update amends_outbox_outcome set state = 1", []func() error{read, mark}, "its state is 1"},
			"a receipt that is none":    {"update amends_outbox_outcome set receipt = '{'", []func() error{read}, "its receipt"},
			"no outcome":                {"delete from amends_outbox_outcome", []func() error{read, mark}, "neither is open nor has an outcome"},
			"no group":                  {"update amends_outbox_item set group_id = 99", []func() error{mark, again}, "its group is missing"},
			"no fallbacks":              {"update amends_outbox_item set fallback = '['", []func() error{read}, "its fallbacks"},
		} {
			empty(t, o, db)
			add(t, o, many("stmt-1", 1, 3), start())
			send(t, o, claim(t, o, start()), start())
			execute(t, db, c.damage+" where key = '"+key+"'")
			for _, call := range c.calls {
				err := call()
				var damaged *sqloutbox.DamagedError
				require.ErrorAs(t, err, &damaged, name)
				require.Equal(t, key, damaged.Key, name)
				require.ErrorContains(t, err, c.want, name)
				require.ErrorContains(t, err, "restore it from a copy", name)
			}
		}
	})
}

// A receipt that cannot be read begins a thread anew, rather than to hold it up.
func TestADamagedReceiptOfAnEarlierOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db := d.Open(t)
		o := migrated(t, db, told())
		add(t, o, many("stmt-1", 1, 1), start())
		send(t, o, claim(t, o, start()), start())
		execute(t, db, "update amends_outbox_outcome set receipt = '{'")
		add(t, o, many("stmt-2", 2, 1), start().Add(time.Second))
		claimed := claim(t, o, start().Add(time.Second))
		require.Len(t, claimed, 1)
		require.Nil(t, claimed[0].Prior)
	})
}

// calls makes every call of an outbox and returns its errors.
func calls(ctx context.Context, o *sqloutbox.Outbox) map[string]error {
	errs := make(map[string]error)
	_, errs["add"] = o.Add(ctx, page(many("stmt-9", 9, 2), start()))
	_, errs["claim"] = o.Claim(ctx, notify.ClaimRequest{Channel: "mail", Limit: 1, Lease: time.Minute, At: start()})
	_, errs["settle"] = o.Settle(ctx, []notify.Settlement{{Key: "stmt-1/r00000@mail", Outcome: notify.MarkRead, Now: start()}})
	_, _, errs["list"] = o.List(ctx, notify.Query{}, "", 0)
	_, errs["tally"] = o.Tally(ctx, notify.Query{Record: "inc-1"})
	_, errs["next due"] = o.NextDue(ctx, "mail")
	_, errs["prune"] = o.Prune(ctx, start().Add(time.Hour), 0)
	return errs
}

func TestTablesOfAnotherVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db := d.Open(t)
		for name, err := range calls(t.Context(), sqloutbox.New(db, nil)) {
			require.ErrorIs(t, err, sqloutbox.ErrNotMigrated, name)
			require.ErrorContains(t, err, "call Migrate", name)
		}
		migrated(t, db, nil)
		execute(t, db, "insert into amends_migration (component, version, checksum, applied_at) values ('outbox', 1000, 'x', 0)")
		late := sqloutbox.New(d.Open(t), nil)
		for name, err := range calls(t.Context(), late) {
			require.ErrorIs(t, err, sqloutbox.ErrNewer, name)
		}
		require.ErrorIs(t, late.Migrate(t.Context()), sqloutbox.ErrNewer)
	})
}

func TestDatabasesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db, err := sql.Open(d.Driver, d.DSN)
		require.NoError(t, err)
		o := migrated(t, db, told())
		require.NoError(t, db.Close())
		for name, err := range calls(t.Context(), o) {
			require.ErrorContains(t, err, "sqloutbox: ", name)
			require.ErrorContains(t, err, "closed", name)
		}
		done, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("the host is stopping"))
		for name, err := range calls(done, sqloutbox.New(d.Open(t), nil)) {
			require.ErrorContains(t, err, "the host is stopping", name)
		}
	})
	writes := []string{"add", "claim", "settle", "prune"}
	only := func(t *testing.T, o *sqloutbox.Outbox, want string) {
		require.NoError(t, o.Migrate(t.Context()), "there is nothing to do")
		for name, err := range calls(t.Context(), o) {
			if !slices.Contains(writes, name) {
				require.NoError(t, err, name)
				continue
			}
			require.ErrorContains(t, err, want, name)
		}
		require.Equal(t, all(2, "sent after 1 attempts"), stands(t, o))
	}
	used := func(t *testing.T, d dbtest.Database) {
		o := migrated(t, d.Open(t), told())
		add(t, o, many("stmt-1", 1, 2), start())
		send(t, o, claim(t, o, start()), start())
	}
	t.Run("a file that may only be read", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "amends.db")
		used(t, dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(file)})
		only(t, sqloutbox.New(dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(file, "mode", "ro")}.Open(t), told()), "the file cannot be written")
	})
	t.Run("a server that may only be read", func(t *testing.T) {
		t.Parallel()
		d := dbtest.NewPostgres(t)
		used(t, d)
		d.DSN += " default_transaction_read_only=on"
		only(t, sqloutbox.New(d.Open(t), told()), "connect to the primary server")
	})
}

// On a full disk a call is refused as a whole; what was there can be read, and sent.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLite(t)()
	db.SetMaxOpenConns(1)
	o := migrated(t, db, told())
	add(t, o, many("stmt-1", 1, 3), start())
	var pages int
	require.NoError(t, db.QueryRowContext(t.Context(), "pragma page_count").Scan(&pages))
	execute(t, db, fmt.Sprintf("pragma max_page_count = %d", pages+2))
	big := page(many("stmt-2", 2, 5000), start().Add(time.Second))
	_, err := o.Add(t.Context(), big)
	require.ErrorContains(t, err, "the disk is full: make room and repeat")
	require.Equal(t, all(3, "pending after 0 attempts"), stands(t, o))
	send(t, o, claim(t, o, start()), start())
	execute(t, db, "pragma max_page_count = 100000")
	n, err := o.Add(t.Context(), big)
	require.NoError(t, err, "a repeat, when there is room again")
	require.Equal(t, 5000, n)
}
