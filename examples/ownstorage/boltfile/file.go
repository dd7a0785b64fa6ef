package boltfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// Options configures [Open]. The zero value, like nil, holds the defaults.
type Options struct {
	// Wait is how long to wait for another process that has the file open, which
	// only one can have. If zero, one second.
	Wait time.Duration
}

// File is an open file with the three stores of a desk in it. It is safe for
// concurrent use, but one process at a time has it open.
type File struct {
	Records *Records
	Outbox  *Outbox
	Ledger  *Ledger
	db      *bbolt.DB
}

// ErrNewer: the file was written by a newer version of this program.
var ErrNewer = errors.New("the file is of a newer version of this program: use that one")

// format is how keys and values are made. Raise it when that changes, and have
// Open bring older files up to it.
const format = 1

// Open opens a file, and makes it if there is none. A file that is not one of
// bbolt's, is cut off or was written by a newer version is an error. Close it when done.
func Open(path string, opts *Options) (*File, error) {
	wait := time.Second
	if opts != nil && opts.Wait != 0 {
		wait = opts.Wait
	}
	if err := checkWhole(path, wait); err != nil {
		return nil, fmt.Errorf("boltfile: opening %q: %w", path, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: wait})
	if err != nil {
		return nil, fmt.Errorf("boltfile: opening %q: %w", path, err)
	}
	if err := db.Update(prepare); err != nil {
		return nil, fmt.Errorf("boltfile: opening %q: %w", path, errors.Join(err, db.Close()))
	}
	return &File{Records: &Records{db}, Outbox: &Outbox{db}, Ledger: &Ledger{db}, db: db}, nil
}

// Close waits for calls under way and closes the file.
func (f *File) Close() error {
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("boltfile: closing: %w", err)
	}
	return nil
}

// checkWhole errs if a file ends before its last page: bbolt reads its files as
// memory, and reading beyond the end would end the process.
func checkWhole(path string, wait time.Duration) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: wait, ReadOnly: true})
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("it is cut off after %d of %d bytes, restore it from a copy", info.Size(), tx.Size())
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

// prepare makes the buckets of a new file and checks the format of one that is there.
func prepare(btx *bbolt.Tx) error {
	for _, name := range buckets() {
		if _, err := btx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	t := &tx{Tx: btx, alive: func() error { return nil }}
	have, ok, err := get[int](t, bucketMeta, "format")
	switch {
	case err != nil:
		return err
	case ok && have > format:
		return fmt.Errorf("format %d, this is %d: %w", have, format, ErrNewer)
	}
	return put(t, bucketMeta, "format", format)
}
