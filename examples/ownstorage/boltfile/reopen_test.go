package boltfile_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/examples/ownstorage/boltfile"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify"
)

// What one process wrote, the next one finds and goes on with.
func TestReopen(t *testing.T) {
	t.Parallel()
	ctx, path, at := t.Context(), filepath.Join(t.TempDir(), "amends.db"), incidenttest.Start()
	commit := incidenttest.Commit(incidenttest.NewIncident("inc_1"), incidenttest.NewCase("case_1", "c1", "inc_1"))
	commit.Command, commit.Digest = "d1", "x"
	item := notify.Item{
		Key: "k1", Notice: "n", Space: incidenttest.Space, Record: "inc_1", Recipient: "r1", Channel: "mail", Thread: "inc_1", Seq: 1,
		Fallback: []notify.Fallback{{Channel: "sms"}},
	}
	second := item
	second.Key, second.Seq = "k2", 2
	owed := compensate.Owed{
		Key:   compensate.Key{Space: incidenttest.Space, Scheme: "s", Customer: "c1", Basis: "inc_1"},
		Total: compensate.FromMinor(500, "EUR"), Caps: []compensate.Cap{{ID: "month", Limit: compensate.FromMinor(600, "EUR")}},
	}

	f, err := boltfile.Open(path, nil)
	require.NoError(t, err)
	_, err = f.Records.Append(ctx, commit)
	require.NoError(t, err)
	_, err = f.Outbox.Add(ctx, notify.Page{Notice: "n", Next: "p2", At: at, Items: []notify.Item{item, second}})
	require.NoError(t, err)
	claimed, err := f.Outbox.Claim(ctx, notify.ClaimRequest{Channel: "mail", Limit: 9, Lease: time.Minute, At: at})
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	_, err = f.Ledger.Propose(ctx, []compensate.Owed{owed}, at)
	require.NoError(t, err)
	paying, err := f.Ledger.Claim(ctx, compensate.ClaimRequest{Limit: 9, Lease: time.Minute, At: at})
	require.NoError(t, err)
	require.Len(t, paying, 1)
	require.NoError(t, f.Close())

	f = reopen(t, path)
	result, err := f.Records.Append(ctx, commit)
	require.NoError(t, err)
	assert.True(t, result.Repeat, "commands are remembered")
	due, err := f.Records.List(ctx, incident.Filter{DueBy: at}, "", 0)
	require.NoError(t, err)
	assert.Len(t, due.Heads, 2)

	_, err = f.Outbox.Add(ctx, notify.Page{Notice: "n", At: at})
	require.ErrorIs(t, err, notify.ErrCursor, "the expansion goes on where it was")
	bury := notify.Settlement{Key: "k1", Token: claimed[0].Token, Outcome: notify.Bury, Now: at}
	settled, err := f.Outbox.Settle(ctx, []notify.Settlement{bury})
	require.NoError(t, err)
	require.NoError(t, settled[0].Err, "the claim of the process before is good")
	assert.Equal(t, notify.FallbackKey("k1", item.Fallback[0]), settled[0].Added)
	claimed, err = f.Outbox.Claim(ctx, notify.ClaimRequest{Channel: "mail", Limit: 9, Lease: time.Minute, At: at})
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	assert.Equal(t, "k2", claimed[0].Key, "the next of the thread")

	entries, err := f.Ledger.Propose(ctx, []compensate.Owed{owed}, at)
	require.NoError(t, err)
	assert.Len(t, entries[0], 1, "nothing is owed twice")
	paid, err := f.Ledger.Settle(ctx, []compensate.Settlement{{ID: paying[0].ID, Token: paying[0].Token, Outcome: compensate.Issued, At: at, Reference: "b1"}})
	require.NoError(t, err)
	require.NoError(t, paid[0].Err)
	owed.Key.Basis, owed.Total = "inc_2", compensate.FromMinor(300, "EUR")
	entries, err = f.Ledger.Propose(ctx, []compensate.Owed{owed}, at)
	require.NoError(t, err)
	assert.Equal(t, compensate.FromMinor(100, "EUR"), entries[0][0].Amount, "the cap is as full as it was")
}
