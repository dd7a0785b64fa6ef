package sqlkit

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// Dialect is the kind of a database. Its zero value is none.
type Dialect int32

// The databases that the stores speak.
const (
	SQLite Dialect = iota + 1
	Postgres
)

// Pick returns the words for this database.
func (d Dialect) Pick(sqlite, postgres string) string {
	if d == SQLite {
		return sqlite
	}
	return postgres
}

// String returns the name that the folder of its migrations has.
func (d Dialect) String() string { return d.Pick("sqlite", "postgres") }

// rebind turns $1 into ?1 for SQLite: there, drivers take $1 for a name.
func (d Dialect) rebind(query string) string {
	if d == SQLite {
		return strings.ReplaceAll(query, "$", "?")
	}
	return query
}

// queryer is *sql.DB, *sql.Conn or *sql.Tx.
type queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// detect asks the database what it is. PostgreSQL is asked first: it would note
// a failing question in its log, and be left with a transaction that failed.
func detect(ctx context.Context, q queryer) (Dialect, error) {
	var version string
	err := q.QueryRowContext(ctx, "select version()").Scan(&version)
	if err == nil {
		number, ok := strings.CutPrefix(version, "PostgreSQL ")
		if !ok {
			return 0, fmt.Errorf("the database says it is %q: want PostgreSQL 14 or SQLite 3.38, or later", version)
		}
		return Postgres, atLeast(number, 14, 0)
	}
	if ctx.Err() != nil {
		return 0, newFault(ctx, 0, err)
	}
	if lite := q.QueryRowContext(ctx, "select sqlite_version()").Scan(&version); lite != nil {
		// A file that is locked while it is being opened is SQLite's; what PostgreSQL says does not sound like it.
		return 0, newFault(ctx, SQLite, fmt.Errorf("asking the database what it is: as PostgreSQL: %w; as SQLite: %w", err, lite))
	}
	return SQLite, atLeast(version, 3, 38)
}

// atLeast returns an error if a version, such as "15.18 (Debian)", "18beta1" or
// "3.53.4", is too old.
func atLeast(version string, major, minor int) error {
	number, _, _ := strings.Cut(version, " ")
	first, rest, _ := strings.Cut(number, ".")
	have, ok := leading(first)
	if !ok {
		return fmt.Errorf("the database says it is version %q: want a number first", version)
	}
	haveMinor, _ := leading(rest) // 0 if there is none
	if have < major || have == major && haveMinor < minor {
		return fmt.Errorf("the database is version %s: want %d.%d or later", number, major, minor)
	}
	return nil
}

// leading returns the number that a text begins with.
func leading(s string) (n int, ok bool) {
	digits := s
	if end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = s[:end]
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}
