package sqlkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"
)

// Component is a store's part of a database.
type Component struct {
	Name string // of the store, in the table of migrations
	// Migrations holds sqlite/0001_name.sql, postgres/0001_name.sql and so on,
	// numbered without a gap. Every statement ends with a semicolon at the end
	// of a line. A file that was released never changes.
	Migrations fs.FS
}

// DB is a store's access to a database of the host. It is safe for concurrent
// use, unless it is bound: then it is used as its *sql.Tx is.
type DB struct {
	component   Component
	write, read *sql.DB
	tx          *sql.Tx // of the host, nil if not bound
	shared      *shared
}

// shared is common to a DB and those bound from it.
type shared struct {
	dialect      atomic.Int32  // once the database was found to be as we know it
	turn         chan struct{} // SQLite has one writer; ours line up here rather than there
	write, read  stmts
	patience     time.Duration
	longestPause time.Duration
}

// New returns access to a database through the host's handle. Reads use another
// handle, if there is one, which must see at once what the first has written.
// Nothing is opened or asked yet.
func New(write, read *sql.DB, c Component) *DB {
	if read == nil {
		read = write
	}
	return &DB{component: c, write: write, read: read, shared: &shared{
		turn: make(chan struct{}, 1), patience: 10 * time.Second, longestPause: 100 * time.Millisecond,
	}}
}

// Bind returns the same within a transaction of the host on the same database.
func (d *DB) Bind(tx *sql.Tx) *DB {
	bound := *d
	bound.tx = tx
	return &bound
}

// Read runs fn, which only reads, outside of a transaction unless d is bound:
// each statement sees the database as it is then. It may run fn again.
func (d *DB) Read(ctx context.Context, fn func(ctx context.Context, t *Tx) error) error {
	if d.tx != nil {
		dialect, err := d.ready(ctx, d.tx)
		if err != nil {
			return err
		}
		return fn(ctx, &Tx{Dialect: dialect, q: d.tx})
	}
	dialect, err := d.ready(ctx, d.read)
	if err != nil {
		return err
	}
	return d.shared.again(ctx, func() error {
		d.shared.read.prepare(ctx, dialect, d.read)
		return fn(ctx, &Tx{Dialect: dialect, q: d.read, stmts: &d.shared.read})
	})
}

// Write runs fn in a transaction and commits, or, if d is bound, within a
// savepoint of the host's transaction. If fn returns an error nothing of it
// stays. It runs fn again, for a limited time, when other transactions were
// faster; a bound one never.
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, t *Tx) error) error {
	if d.tx != nil {
		dialect, err := d.ready(ctx, d.tx)
		if err != nil {
			return err
		}
		return within(ctx, &Tx{Dialect: dialect, q: d.tx}, fn)
	}
	dialect, err := d.ready(ctx, d.write)
	if err != nil {
		return err
	}
	return d.transact(ctx, dialect, fn)
}

// Single is Write for one statement that writes: it needs no transaction of its own.
func (d *DB) Single(ctx context.Context, fn func(ctx context.Context, t *Tx) error) error {
	if d.tx != nil {
		return d.Write(ctx, fn)
	}
	dialect, err := d.ready(ctx, d.write)
	if err != nil {
		return err
	}
	return d.inTurn(ctx, dialect, func() error {
		return fn(ctx, &Tx{Dialect: dialect, q: d.write, stmts: &d.shared.write})
	})
}

// ready makes sure, once, that the database is one whose tables we know. Asking
// breaks no transaction, whatever the answer.
func (d *DB) ready(ctx context.Context, q queryer) (Dialect, error) {
	if dialect := Dialect(d.shared.dialect.Load()); dialect != 0 {
		return dialect, nil
	}
	var s schema
	look := func() (err error) {
		s, err = d.component.look(ctx, q)
		return err
	}
	if d.tx != nil {
		if err := look(); err != nil {
			return 0, err
		}
	} else if err := d.shared.again(ctx, look); err != nil {
		return 0, err
	}
	if len(s.missing) > 0 {
		return 0, fmt.Errorf("%q is at version %d of %d: %w", d.component.Name, len(s.known)-len(s.missing), len(s.known), ErrNotMigrated)
	}
	d.shared.dialect.Store(int32(s.dialect))
	return s.dialect, nil
}

// transact runs fn in a transaction of its own, again if others were faster.
func (d *DB) transact(ctx context.Context, dialect Dialect, fn func(ctx context.Context, t *Tx) error) error {
	return d.inTurn(ctx, dialect, func() error { return d.once(ctx, dialect, fn) })
}

// inTurn calls try when it is its turn to write, again if others were faster.
func (d *DB) inTurn(ctx context.Context, dialect Dialect, try func() error) error {
	if dialect == SQLite {
		select {
		case d.shared.turn <- struct{}{}:
			defer func() { <-d.shared.turn }()
		case <-ctx.Done():
			return newFault(ctx, dialect, errors.New("waiting for our turn to write"))
		}
	}
	return d.shared.again(ctx, func() error {
		d.shared.write.prepare(ctx, dialect, d.write)
		return try()
	})
}

// once runs fn in one transaction.
func (d *DB) once(ctx context.Context, dialect Dialect, fn func(ctx context.Context, t *Tx) error) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return newFault(ctx, dialect, err)
	}
	defer conn.Close()                                        //nolint:errcheck // it goes back to the others; what was committed is
	opts := &sql.TxOptions{Isolation: sql.LevelReadCommitted} // what the stores lock, they read again
	if dialect == SQLite {
		opts = nil
	}
	tx, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return newFault(ctx, dialect, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing; otherwise the first error is the one to tell
	t := &Tx{Dialect: dialect, q: tx, stmts: &d.shared.write}
	if dialect == SQLite {
		// A first statement that writes waits for its turn; one that comes after
		// reading fails at once if somebody wrote in between.
		if _, err := t.Exec(ctx, "update amends_migration set version = version where false"); err != nil {
			return err
		}
	}
	if err := fn(ctx, t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if dialect == SQLite { // a commit that found readers in its way left the transaction open
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "rollback")
		}
		return newFault(ctx, dialect, fmt.Errorf("committing: %w", err))
	}
	return nil
}

// within runs fn in a savepoint.
func within(ctx context.Context, t *Tx, fn func(ctx context.Context, t *Tx) error) error {
	if _, err := t.Exec(ctx, "savepoint amends"); err != nil {
		return err
	}
	err := fn(ctx, t)
	if err == nil {
		if _, err = t.Exec(ctx, "release savepoint amends"); err == nil {
			return nil
		}
	}
	undo := context.WithoutCancel(ctx)
	for _, step := range []string{"rollback to savepoint amends", "release savepoint amends"} {
		if _, failed := t.Exec(undo, step); failed != nil && !errors.Is(failed, sql.ErrTxDone) {
			return fmt.Errorf("%w; undoing it failed as well, so roll the transaction back: %w", err, failed)
		}
	}
	return err
}

// again calls try until it succeeds, fails for good, or has taken too long.
func (s *shared) again(ctx context.Context, try func() error) error {
	until := time.Now().Add(s.patience)
	for pause := time.Millisecond; ; pause = min(2*pause, s.longestPause) {
		err := try()
		if !Transient(err) || time.Now().After(until) {
			return err
		}
		if waited := wait(ctx, pause); waited != nil {
			return fmt.Errorf("%w: %w", waited, err)
		}
	}
}
