package boltfile_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/examples/ownstorage/boltfile"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

// open opens a new file, which is closed when the test ends.
func open(t testing.TB) *boltfile.File {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "amends.db"))
}

func reopen(t testing.TB, path string) *boltfile.File {
	t.Helper()
	f, err := boltfile.Open(path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

func TestRecords(t *testing.T) {
	t.Parallel()
	incidenttest.TestStore(t, func(t *testing.T) incident.Store { return open(t).Records })
}

func TestRecordsModel(t *testing.T) {
	t.Parallel()
	incidenttest.TestStoreModel(t, func(t *testing.T) incident.Store { return open(t).Records }, nil)
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	notifytest.TestOutbox(t, func(t *testing.T) notify.Outbox { return open(t).Outbox })
}

func TestLedger(t *testing.T) {
	t.Parallel()
	compensatetest.TestLedger(t, func(t *testing.T) compensate.Ledger { return open(t).Ledger })
}
