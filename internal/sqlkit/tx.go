package sqlkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Tx runs statements: in a transaction when writing. It must not be used concurrently.
type Tx struct {
	Dialect Dialect
	q       queryer
	stmts   *stmts // nil: nothing is kept prepared
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := checkText(args); err != nil {
		return 0, err
	}
	r, err := t.statement(ctx, query).ExecContext(ctx, args...)
	if err != nil {
		return 0, newFault(ctx, t.Dialect, err)
	}
	n, err := r.RowsAffected()
	return n, newFault(ctx, t.Dialect, err)
}

// Each calls scan for every row that a query finds. Scan must not use t.
func (t *Tx) Each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) (err error) {
	if err := checkText(args); err != nil {
		return err
	}
	rows, err := t.statement(ctx, query).QueryContext(ctx, args...)
	if err != nil {
		return newFault(ctx, t.Dialect, err)
	}
	defer func() {
		if closed := rows.Close(); err == nil {
			err = newFault(ctx, t.Dialect, closed)
		}
	}()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return newFault(ctx, t.Dialect, rows.Err())
}

// One scans the first row that a query finds into dest, and reports whether there is one.
func (t *Tx) One(ctx context.Context, dest []any, query string, args ...any) (found bool, err error) {
	err = t.Each(ctx, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(dest...)
	}, query, args...)
	return found, err
}

// statement is a text that was prepared or was not.
type statement interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
}

// text is a statement that was not prepared.
type text struct {
	q     queryer
	query string
}

func (s text) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return s.q.ExecContext(ctx, s.query, args...)
}

func (s text) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	return s.q.QueryContext(ctx, s.query, args...)
}

func (t *Tx) statement(ctx context.Context, query string) statement {
	query = t.Dialect.rebind(query)
	if t.stmts == nil || t.Dialect != SQLite {
		return text{t.q, query} // PostgreSQL's drivers keep their own, or must not behind a pooler
	}
	s := t.stmts.get(query)
	if s == nil {
		return text{t.q, query}
	}
	if tx, ok := t.q.(*sql.Tx); ok {
		return tx.StmtContext(ctx, s) // closed with the transaction
	}
	return s
}

// stmts keeps statements of one handle prepared. What is asked for in a
// transaction is prepared before the next one: preparing needs a connection, and
// the transaction may hold the only one.
type stmts struct {
	mu     sync.Mutex
	ready  map[string]*sql.Stmt
	wanted []string
}

// mostStmts bounds how many statements are kept; texts beyond that are parsed each time.
const mostStmts = 200

func (s *stmts) get(query string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.ready[query]; ok {
		return st
	}
	if s.ready == nil {
		s.ready = make(map[string]*sql.Stmt)
	}
	if len(s.ready) < mostStmts {
		s.ready[query] = nil // wanted only once
		s.wanted = append(s.wanted, query)
	}
	return nil
}

// prepare prepares what was wanted. What cannot be prepared is not kept: it
// fails where it is used, and is reported there.
func (s *stmts) prepare(ctx context.Context, d Dialect, db *sql.DB) {
	if d != SQLite {
		return
	}
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for _, query := range wanted { // unlocked: it may have to wait for a connection
		st, err := db.PrepareContext(ctx, query) //nolint:sqlclosecheck // kept as long as the handle, which closes it
		s.mu.Lock()
		if s.ready[query] = st; err != nil {
			delete(s.ready, query)
		}
		s.mu.Unlock()
	}
}

// checkText refuses texts that one database would keep and the other would not.
func checkText(args []any) error {
	for n, a := range args {
		if !keepable(a) {
			return fmt.Errorf("value %d %w", n+1, errText)
		}
	}
	return nil
}

var errText = errors.New("is a text that is not UTF-8 or holds a zero byte: clean it before it is recorded")

func keepable(a any) bool {
	s, ok := a.(string)
	if !ok {
		if v := reflect.ValueOf(a); v.Kind() == reflect.String {
			s = v.String()
		}
	}
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// wait waits for about as long as pause, or until ctx is done.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // so that two do not meet again: nobody gains by guessing it
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
