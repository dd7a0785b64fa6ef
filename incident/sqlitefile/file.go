package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo

	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// Options configures a [File]. The zero value, like nil, holds the defaults.
type Options struct {
	// Readers is how many connections read at once. If zero, 8.
	Readers int
}

// File is an open file with its stores. It is safe for concurrent use.
type File struct {
	// DB is the handle that writes, for tables of the host's own. It has one
	// connection: whoever holds a transaction on it must not call stores that are
	// not bound to that transaction, they would wait for it.
	DB *sql.DB
	// Records are the records of incidents and cases.
	Records *sqlstore.Store
	// Outbox is what is to be delivered.
	Outbox *sqloutbox.Outbox
	// Ledger is what customers are owed.
	Ledger *sqlledger.Ledger

	path   string
	reader *sql.DB
}

// Open opens the file of that path, makes it if there is none, and brings its
// tables to the present version. Its folder must exist. A file of a newer version
// of this module is refused with [sqlstore.ErrNewer]. A nil opts holds the defaults.
func Open(ctx context.Context, path string, opts *Options) (*File, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Readers == 0 {
		o.Readers = 8
	}
	f, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("sqlitefile: opening %q: %w", path, err)
	}
	return f, nil
}

func open(ctx context.Context, path string, o Options) (*File, error) {
	switch {
	case path == "" || strings.HasPrefix(path, ":memory:"):
		return nil, errors.New("want the path of a file: package memstore keeps records in memory")
	case o.Readers < 0:
		return nil, fmt.Errorf("%d readers: want at least one", o.Readers)
	}
	path, err := filepath.Abs(path) // connections that are opened later must find the same file
	if err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	f := &File{path: path}
	if f.DB, err = sql.Open("sqlite", dsn(path, "_txlock", "immediate")); err != nil {
		return nil, err
	}
	f.DB.SetMaxOpenConns(1)
	if f.reader, err = sql.Open("sqlite", dsn(path, "_pragma", "query_only(1)")); err != nil {
		return nil, errors.Join(err, f.DB.Close())
	}
	f.reader.SetMaxOpenConns(o.Readers)
	f.reader.SetMaxIdleConns(o.Readers)
	f.Records = sqlstore.New(f.DB, &sqlstore.Options{Reader: f.reader})
	f.Outbox = sqloutbox.New(f.DB, &sqloutbox.Options{Reader: f.reader})
	f.Ledger = sqlledger.New(f.DB, &sqlledger.Options{Reader: f.reader})
	for _, step := range []func(context.Context) error{f.settled, f.Records.Migrate, f.Outbox.Migrate, f.Ledger.Migrate} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, f.close())
		}
	}
	return f, nil
}

// create makes an empty file that only its owner reads, if there is none. The
// files beside it get the same permissions from SQLite.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the host's path
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// dsn is the connection string for a file, with further settings in pairs.
func dsn(path string, more ...string) string {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)",
		"journal_mode(wal)",
		"synchronous(full)",
		"foreign_keys(1)",
		"secure_delete(1)",
		"journal_size_limit(67108864)", // a log that grew once gives its room back
	}}
	for n := 0; n+1 < len(more); n += 2 {
		q.Add(more[n], more[n+1])
	}
	return "file:" + url.PathEscape(path) + "?" + q.Encode()
}

// settled asks whether the settings that durability hangs on are in force.
func (f *File) settled(ctx context.Context) error {
	var mode string
	if err := f.DB.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its journal mode is %q where a write-ahead log is needed: the file must lie on a disk of this machine, and no other program may hold it in another mode", mode)
	}
	var sync int
	if err := f.DB.QueryRowContext(ctx, "pragma synchronous").Scan(&sync); err != nil {
		return err
	}
	if sync < 2 {
		return fmt.Errorf("its synchronisation is %d where full (2) is needed", sync)
	}
	return nil
}

// Close waits for calls that are under way and closes the file.
func (f *File) Close() error {
	if err := f.close(); err != nil {
		return fmt.Errorf("sqlitefile: closing %q: %w", f.path, err)
	}
	return nil
}

func (f *File) close() error { return errors.Join(f.reader.Close(), f.DB.Close()) }
