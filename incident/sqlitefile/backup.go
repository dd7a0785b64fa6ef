package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a copy of the file, as it is at one moment, to a path where
// nothing is yet. Reading and writing go on meanwhile. When it returns nil the
// copy is on the disk, complete, and can be opened like the original; if it fails there is none.
func (f *File) Backup(ctx context.Context, path string) error {
	if err := f.backup(ctx, path); err != nil {
		return fmt.Errorf("sqlitefile: copying %q to %q: %w", f.path, path, err)
	}
	return nil
}

func (f *File) backup(ctx context.Context, path string) (err error) {
	to, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the host's path
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	// A connection of its own: the one that writes has other things to do.
	db, err := sql.Open("sqlite", dsn(f.path))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "vacuum into ?", path)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := to.Sync(); err != nil { // SQLite does not wait for the disk here
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
