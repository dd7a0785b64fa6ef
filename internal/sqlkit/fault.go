package sqlkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Facts about the tables of a database; stores export them under their own names.
var (
	// ErrNotMigrated: the tables are missing, or older than this version of the library.
	ErrNotMigrated = errors.New("the tables are missing or older than this version of the library: call Migrate")
	// ErrNewer: a newer version of the library has migrated the tables.
	ErrNewer = errors.New("the tables were migrated by a newer version of the library: run that one, or restore a copy from before")
)

// fault is an error of the database, with what to do about it.
type fault struct {
	err       error
	transient bool // others were faster: the same again may succeed
	advice    string
}

// Error begins with the advice, if there is one.
func (f *fault) Error() string {
	if f.advice == "" {
		return f.err.Error()
	}
	return f.advice + ": " + f.err.Error()
}

// Unwrap returns what the driver said.
func (f *fault) Unwrap() error { return f.err }

// Transient reports whether the same transaction, begun again, may succeed: others
// were faster. Only a bound store sees such an error soon, and only its host can begin again.
func Transient(err error) bool {
	f, ok := errors.AsType[*fault](err)
	return ok && f.transient
}

// newFault explains an error of a driver; nil stays nil. No driver is imported,
// so PostgreSQL's errors are told by their SQLSTATE, which all drivers offer,
// and SQLite's by their texts, which all drivers pass on.
func newFault(ctx context.Context, d Dialect, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	f := &fault{err: err}
	switch d {
	case SQLite:
		f.explainSQLite()
	case Postgres:
		f.explainPostgres()
	}
	return f
}

func (f *fault) explainSQLite() {
	text := f.err.Error()
	has := func(s string) bool { return strings.Contains(text, s) }
	switch {
	case has("database is locked"), has("table is locked"):
		f.transient, f.advice = true, "another connection is writing"
	case has("no such table: amends_"), has("no such column"), has("has no column named"):
		f.err = fmt.Errorf("%w: %w", ErrNotMigrated, f.err)
	case has("unable to open database file"):
		f.advice = "the file cannot be opened: look at its path, its permissions and those of its folder"
	case has("readonly database"):
		f.advice = "the file cannot be written: look at its permissions, those of its folder, and how it was opened"
	case has("disk is full"):
		f.advice = "the disk is full: make room and repeat"
	case has("malformed"), has("not a database"):
		f.advice = "the file is damaged: restore a copy"
	}
}

func (f *fault) explainPostgres() {
	coded, ok := errors.AsType[interface {
		error
		SQLState() string
	}](f.err)
	if !ok {
		return
	}
	switch coded.SQLState() {
	case "40001", "40P01": // serialization failure, deadlock
		f.transient, f.advice = true, "another transaction was faster"
	case "42P01", "42703": // no such table, no such column
		f.err = fmt.Errorf("%w: %w", ErrNotMigrated, f.err)
	case "25006":
		f.advice = "the server or the transaction is read-only: connect to the primary server"
	case "42501":
		f.advice = "the role lacks a privilege: migrate as the owner of the tables and grant select, insert, update and delete"
	case "53100":
		f.advice = "the server's disk is full: make room and repeat"
	case "XX001", "XX002":
		f.advice = "the database is damaged: restore a copy"
	}
}
