package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident/sqlitefile"
)

// storage is where everything is kept, and what has the desk's work done.
type storage interface {
	// Stores are those of the desk.
	Stores() amends.Stores
	// Within runs the company's own statements and commands of the desk in one transaction.
	Within(ctx context.Context, do func(tx *sql.Tx, bound amends.Stores) error) error
	// Exec changes the company's own tables.
	Exec(ctx context.Context, query string, args ...any) error
	// Query reads from them, also while a transaction is open.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// Statement puts a text with $1 into the words of the database.
	Statement(query string) string
	// Work works until ctx ends, and returns once what was under way is noted.
	Work(ctx context.Context, desk *amends.Desk) error
	Close() error
}

// sqliteStorage is one file.
type sqliteStorage struct {
	file   *sqlitefile.File
	reader *sql.DB // of our own tables; the file's handle has one connection, which a transaction holds
}

func openSQLite(ctx context.Context, path string) (storage, error) {
	file, err := sqlitefile.Open(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	s := &sqliteStorage{file: file}
	full, err := filepath.Abs(path)
	if err == nil {
		s.reader, err = sql.Open("sqlite", "file:"+url.PathEscape(full)+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	}
	if err == nil {
		_, err = file.DB.ExecContext(ctx, tables)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %q: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *sqliteStorage) Stores() amends.Stores {
	return amends.Stores{Records: s.file.Records, Outbox: s.file.Outbox, Ledger: s.file.Ledger}
}

func (s *sqliteStorage) Within(ctx context.Context, do func(tx *sql.Tx, bound amends.Stores) error) error {
	tx, err := s.file.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	if err := do(tx, amends.Stores{Records: s.file.Records.Bind(tx), Outbox: s.file.Outbox.Bind(tx), Ledger: s.file.Ledger.Bind(tx)}); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *sqliteStorage) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.file.DB.ExecContext(ctx, s.Statement(query), args...)
	return err
}

func (s *sqliteStorage) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.reader.QueryContext(ctx, s.Statement(query), args...)
}

func (s *sqliteStorage) Statement(query string) string { return strings.ReplaceAll(query, "$", "?") }

func (s *sqliteStorage) Work(ctx context.Context, desk *amends.Desk) error { return desk.Run(ctx) }

func (s *sqliteStorage) Close() error {
	var err error
	if s.reader != nil {
		err = s.reader.Close()
	}
	return errors.Join(err, s.file.Close())
}
