package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL for database/sql
	_ "modernc.org/sqlite"             // SQLite without cgo

	"github.com/amends-dev/amends/internal/integration/pgserver"
)

type database string

const (
	sqlite   database = "SQLite"
	postgres database = "PostgreSQL"
)

// place is an empty database.
type place struct {
	db  database
	dsn string
}

// connections is how many each peer may have open to PostgreSQL.
const connections = 16

// newPlace makes an empty database: a file, or a schema of the server. The second result removes it.
func newPlace(ctx context.Context, db database, name string) (place, func() error, error) {
	if db == sqlite {
		dir, err := os.MkdirTemp("", "peerbench")
		if err != nil {
			return place{}, nil, err
		}
		return place{db, sqliteDSN(filepath.Join(dir, "peer.db"))}, func() error { return os.RemoveAll(dir) }, nil
	}
	server, err := pgserver.ForBenchmarks()
	if err != nil {
		return place{}, nil, err
	}
	schema := "peer_" + strings.NewReplacer(" ", "_", ",", "", "+", "").Replace(strings.ToLower(name))
	if err := admin(ctx, server, "create schema "+schema); err != nil {
		return place{}, nil, err
	}
	remove := func() error { return admin(context.WithoutCancel(ctx), server, "drop schema "+schema+" cascade") }
	return place{db, server + " search_path=" + schema}, remove, nil
}

func admin(ctx context.Context, dsn, statement string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the statement's error tells
	_, err = db.ExecContext(ctx, statement)
	return err
}

// sqliteDSN has the settings that everybody gets: what is committed is on the disk.
func sqliteDSN(file string) string {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)"}, "_txlock": {"immediate"}}
	return "file:" + url.PathEscape(file) + "?" + q.Encode()
}

// sql opens a handle for database/sql. A SQLite file has one connection, since it has one writer.
func (p place) sql() (*sql.DB, error) {
	driver, most := "pgx", connections
	if p.db == sqlite {
		driver, most = "sqlite", 1
	}
	db, err := sql.Open(driver, p.dsn)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", p.db, err)
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// count asks for one number.
func count(ctx context.Context, db *sql.DB, query string) (n int, err error) {
	err = db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}
