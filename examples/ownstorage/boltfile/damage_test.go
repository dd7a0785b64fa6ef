package boltfile_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/amends-dev/amends/examples/ownstorage/boltfile"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify"
)

// written makes a file with an incident and an item in it, and closes it.
func written(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "amends.db")
	f, err := boltfile.Open(path, nil)
	require.NoError(t, err)
	_, err = f.Records.Append(t.Context(), incidenttest.Commit(incidenttest.NewIncident("inc_1")))
	require.NoError(t, err)
	_, err = f.Outbox.Add(t.Context(), notify.Page{Notice: "n", Done: true, At: incidenttest.Start(), Items: []notify.Item{{Key: "k1", Channel: "mail", Recipient: "r1"}}})
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return path
}

// spoil changes one value behind the back of the stores.
func spoil(t *testing.T, path, bucket, key string, change func([]byte) []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		have := bytes.Clone(b.Get([]byte(key)))
		require.NotEmpty(t, have, "there is no such value: the test is out of date")
		if v := change(have); v != nil {
			return b.Put([]byte(key), v)
		}
		return b.Delete([]byte(key))
	}))
	require.NoError(t, db.Close())
}

// A value that cannot be read is an error which says where it is; what is beside it can be read.
func TestDamagedValue(t *testing.T) {
	t.Parallel()
	events := "inc_1\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"
	readRecord := func(t *testing.T, f *boltfile.File) error {
		_, err := f.Records.Read(t.Context(), "inc_1", 0, 0)
		return err
	}
	listRecords := func(t *testing.T, f *boltfile.File) error {
		_, err := f.Records.List(t.Context(), incident.Filter{DueBy: incidenttest.Start()}, "", 0)
		return err
	}
	claim := func(t *testing.T, f *boltfile.File) error {
		_, err := f.Outbox.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 1, Lease: time.Minute, At: incidenttest.Start()})
		return err
	}
	for name, tt := range map[string]struct {
		bucket, key string
		change      func([]byte) []byte
		ask         func(*testing.T, *boltfile.File) error
		says        string
	}{
		"an event is cut off":     {"events", events, func(v []byte) []byte { return v[:len(v)-9] }, readRecord, "checksum"},
		"nothing is left of it":   {"events", events, func([]byte) []byte { return []byte{1} }, readRecord, "cut off"},
		"one bit of a head":       {"heads", "inc_1", func(v []byte) []byte { v[9] ^= 1; return v }, readRecord, "checksum"},
		"a head is missing":       {"heads", "inc_1", func([]byte) []byte { return nil }, listRecords, "missing"},
		"one bit of a delivery":   {"items", "k1", func(v []byte) []byte { v[len(v)-1] ^= 8; return v }, claim, "checksum"},
		"a delivery is missing":   {"items", "k1", func([]byte) []byte { return nil }, claim, "missing"},
		"the checksum of nothing": {"items", "k1", func([]byte) []byte { return make([]byte, 4) }, claim, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := written(t)
			spoil(t, path, tt.bucket, tt.key, tt.change)
			err := tt.ask(t, reopen(t, path))
			var damaged *boltfile.DamagedError
			require.ErrorAs(t, err, &damaged)
			assert.Equal(t, []string{path, tt.bucket, tt.key}, []string{damaged.File, damaged.Bucket, damaged.Key})
			assert.ErrorContains(t, err, tt.says)
		})
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(t *testing.T, path string)
		says   string
	}{
		"cut off": {func(t *testing.T, path string) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, info.Size()/2))
		}, "cut off after"},
		"cut off at once": {func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 100)) }, "invalid database"},
		"another file": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<16), 0o600))
		}, "invalid database"},
		"a newer format": {func(t *testing.T, path string) {
			spoil(t, path, "meta", "format", func([]byte) []byte {
				two := []byte("2")
				return append(binary.BigEndian.AppendUint32(nil, crc32.Checksum(two, crc32.MakeTable(crc32.Castagnoli))), two...)
			})
		}, "newer version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := written(t)
			tt.change(t, path)
			_, err := boltfile.Open(path, nil)
			require.ErrorContains(t, err, tt.says)
			require.ErrorContains(t, err, path)
		})
	}
}

// One process at a time: a second one waits, and then says why.
func TestOpenTwice(t *testing.T) {
	t.Parallel()
	path := written(t)
	reopen(t, path)
	_, err := boltfile.Open(path, &boltfile.Options{Wait: time.Millisecond})
	require.ErrorContains(t, err, "timeout")
}
