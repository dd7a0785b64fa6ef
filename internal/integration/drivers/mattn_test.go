//go:build cgo

package drivers_test

import (
	"path/filepath"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"

	"github.com/amends-dev/amends/internal/integration/dbtest"
)

func TestMattn(t *testing.T) {
	conforms(t, func(t *testing.T) dbtest.Database {
		return dbtest.Database{Driver: "sqlite3", DSN: "file:" + filepath.Join(t.TempDir(), "amends.db") + "?_journal_mode=wal&_busy_timeout=5000&_synchronous=full"}
	})
}

// Its transactions lock at once if the host says so; its patience may be none.
func TestMattnLockingAtOnce(t *testing.T) {
	conforms(t, func(t *testing.T) dbtest.Database {
		return dbtest.Database{Driver: "sqlite3", DSN: "file:" + filepath.Join(t.TempDir(), "amends.db") + "?_journal_mode=wal&_busy_timeout=0&_synchronous=full&_txlock=immediate"}
	})
}
