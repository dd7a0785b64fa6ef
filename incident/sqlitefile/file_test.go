package sqlitefile_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func open(tb testing.TB, path string) *sqlitefile.File {
	f, err := sqlitefile.Open(tb.Context(), path, nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, f.Close()) })
	return f
}

func records(t *testing.T) incident.Store {
	return open(t, filepath.Join(t.TempDir(), "amends.db")).Records
}

func TestConformance(t *testing.T) {
	t.Parallel()
	incidenttest.TestStore(t, records)
	incidenttest.TestStoreModel(t, records, nil)
	t.Run("outbox", func(t *testing.T) {
		t.Parallel()
		notifytest.TestOutbox(t, func(t *testing.T) notify.Outbox { return open(t, filepath.Join(t.TempDir(), "amends.db")).Outbox })
	})
	t.Run("ledger", func(t *testing.T) {
		t.Parallel()
		compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger { return open(t, filepath.Join(t.TempDir(), "amends.db")).Ledger })
	})
}

func BenchmarkStore(b *testing.B) {
	incidenttest.BenchmarkStore(b, func(b *testing.B) incident.Store {
		return open(b, filepath.Join(b.TempDir(), "amends.db")).Records
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "amends.db"))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "secure_delete": "1",
	} {
		var got string
		require.NoError(t, f.DB.QueryRowContext(t.Context(), "pragma "+pragma).Scan(&got))
		assert.Equal(t, want, got, pragma)
	}
}

func TestPathsOfAllKinds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain.db", "with space.db", "a?b=c.db", "100%.db", "%20.db", "hash#.db", "ünïcode.db", "file:x.db", "a&b.db", "plus+.db"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		f := open(t, path)
		_, err := f.Records.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err, name)
		assert.Positive(t, info.Size(), "%s: it is this file that was written", name)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			assert.Contains(t, []string{name, name + "-wal", name + "-shm"}, e.Name())
			info, err := e.Info()
			require.NoError(t, err)
			assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "%s is the owner's alone", e.Name())
		}
	}
}

// The folder that the process is in may change while the file is open.
func TestARelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := sqlitefile.Open(t.Context(), "amends.db", &sqlitefile.Options{Readers: 4})
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	_, err = f.Records.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := f.Records.Read(t.Context(), "inc_1", 0, 0)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.NoError(t, f.Close())
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Empty(t, entries)
}

// As several processes would: each opens the file, at once, and writes.
func TestOpenedSeveralTimes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "amends.db")
	const processes, commits = 4, 10
	var wg sync.WaitGroup
	for p := range processes {
		wg.Go(func() {
			f, err := sqlitefile.Open(t.Context(), path, nil)
			if !assert.NoError(t, err) {
				return
			}
			for n := range commits {
				_, err := f.Records.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident(fmt.Sprintf("inc_%d_%d", p, n))))
				assert.NoError(t, err)
			}
			assert.NoError(t, f.Close())
		})
	}
	wg.Wait()
	l, err := open(t, path).Records.List(t.Context(), incident.Filter{}, "", 0)
	require.NoError(t, err)
	assert.Len(t, l.Heads, processes*commits)
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	letter := filepath.Join(t.TempDir(), "letter.db")
	require.NoError(t, os.WriteFile(letter, []byte("Dear customer, this is a letter and no database at all."), 0o600))
	newer := filepath.Join(t.TempDir(), "newer.db")
	f, err := sqlitefile.Open(t.Context(), newer, nil)
	require.NoError(t, err)
	_, err = f.DB.ExecContext(t.Context(), "insert into amends_migration (component, version, checksum, applied_at) values ('incident', 99, '', 0)")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	for path, want := range map[string]string{
		"":          "want the path of a file",
		":memory:":  "package memstore keeps records in memory",
		t.TempDir(): "unable to open database file",
		letter:      "file is not a database",
		newer:       sqlstore.ErrNewer.Error(),
		filepath.Join(t.TempDir(), "no", "folder.db"): "no such file or directory",
	} {
		f, err := sqlitefile.Open(t.Context(), path, nil)
		assert.Nil(t, f, path)
		require.ErrorContains(t, err, want, path)
	}
	_, err = sqlitefile.Open(t.Context(), newer, &sqlitefile.Options{Readers: -1})
	require.ErrorContains(t, err, "want at least one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sqlitefile.Open(ctx, filepath.Join(t.TempDir(), "amends.db"), nil)
	require.ErrorIs(t, err, context.Canceled)
}

// Words that were erased are in no byte of the file any more.
func TestErasedWordsLeaveTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "amends.db")
	f, err := sqlitefile.Open(t.Context(), path, nil)
	require.NoError(t, err)
	const said = "my daughter waited in the rain"
	_, err = f.Records.Append(t.Context(), incidenttest.Commit(incidenttest.NewCase("case_1", "c1", "", incidenttest.Reported(incidenttest.Start(), "c1", said))))
	require.NoError(t, err)
	bytes := func() string {
		_, err := f.DB.ExecContext(t.Context(), "pragma wal_checkpoint(truncate)")
		require.NoError(t, err)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(b)
	}
	require.Contains(t, bytes(), said)
	require.NoError(t, f.Records.Erase(t.Context(), "case_1", 2))
	require.NotContains(t, bytes(), said)
	require.NoError(t, f.Close())
}

func TestBackup(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "amends.db"))
	_, err := f.Records.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	tx, err := f.DB.BeginTx(t.Context(), nil) // somebody is writing
	require.NoError(t, err)
	_, err = f.Records.Bind(tx).Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_2")))
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "it's a copy.db")
	require.NoError(t, f.Backup(t.Context(), to))
	require.NoError(t, tx.Commit())
	l, err := open(t, to).Records.List(t.Context(), incident.Filter{}, "", 0)
	require.NoError(t, err)
	require.Len(t, l.Heads, 1, "what was not committed is not in the copy")
	assert.Equal(t, "inc_1", l.Heads[0].Record)
	info, err := os.Stat(to)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	require.ErrorIs(t, f.Backup(t.Context(), to), fs.ErrExist, "nothing is written over")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed := filepath.Join(t.TempDir(), "failed.db")
	require.ErrorIs(t, f.Backup(ctx, failed), context.Canceled)
	_, err = os.Stat(failed)
	require.ErrorIs(t, err, fs.ErrNotExist, "half a copy is none")
}
