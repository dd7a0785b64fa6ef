package boltfile

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify"
)

// What changes nothing is not committed: polling an empty outbox waits for no disk.
func TestUnchangedIsNotCommitted(t *testing.T) {
	t.Parallel()
	f, err := Open(filepath.Join(t.TempDir(), "amends.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	commits := func() (n int) {
		require.NoError(t, f.db.View(func(btx *bbolt.Tx) error { n = btx.ID(); return nil }))
		return n
	}
	commit := incidenttest.Commit(incidenttest.NewIncident("inc_1"))
	commit.Command = "d1"
	before := commits()
	_, err = f.Records.Append(t.Context(), commit)
	require.NoError(t, err)
	require.Greater(t, commits(), before)
	before = commits()
	again, err := f.Records.Append(t.Context(), commit)
	require.NoError(t, err)
	assert.True(t, again.Repeat)
	claimed, err := f.Outbox.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 9, Lease: time.Minute, At: incidenttest.Start()})
	require.NoError(t, err)
	assert.Empty(t, claimed)
	_, err = f.Records.Append(t.Context(), incident.Commit{Space: incidenttest.Space, Command: "never"})
	require.ErrorIs(t, err, incident.ErrNotFound)
	assert.Equal(t, before, commits())
}
