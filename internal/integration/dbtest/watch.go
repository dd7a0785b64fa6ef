package dbtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Watch stands between a handle and its driver.
type Watch struct {
	database Database
	mu       sync.Mutex
	asked    []question
	hook     func(step string) error
}

type question struct {
	query string
	args  []any
}

// Watch returns another handle on the database, and what watches it.
func (d Database) Watch(tb testing.TB) (*sql.DB, *Watch) {
	known, err := sql.Open(d.Driver, d.DSN) // only to get at the driver
	require.NoError(tb, err)
	require.NoError(tb, known.Close())
	var c driver.Connector = plain{known.Driver(), d.DSN}
	if dc, ok := known.Driver().(driver.DriverContext); ok {
		c, err = dc.OpenConnector(d.DSN)
		require.NoError(tb, err)
	}
	w := &Watch{database: d}
	db := sql.OpenDB(connector{c, w})
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db, w
}

// Hook has fn called with each statement before it runs, and with "commit" before
// and "committed" after a commit. What it returns is returned instead of going on,
// so that fn can cut a connection at any point. Nil ends it.
func (w *Watch) Hook(fn func(step string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hook = fn
}

// Plans returns how the database would find what it was asked for so far in
// tables of ours, by question. Statements are known from when they ran without
// having been prepared, as each first one does. PostgreSQL is told to avoid
// reading whole tables, which it prefers for small ones: if it does even so, it cannot help it.
func (w *Watch) Plans(t *testing.T) map[string]string {
	db := w.database.Open(t)
	w.mu.Lock()
	asked := slices.Clone(w.asked)
	w.mu.Unlock()
	explain := "explain "
	db.SetMaxOpenConns(1)
	if w.database.Driver == postgres {
		_, err := db.ExecContext(t.Context(), "set enable_seqscan = off")
		require.NoError(t, err)
	} else {
		explain = "explain query plan "
	}
	plans := make(map[string]string)
	for _, q := range asked {
		if !strings.Contains(q.query, " amends_") || strings.HasPrefix(q.query, "create") {
			continue
		}
		plans[q.query] += plan(t, db, explain+q.query, q.args)
	}
	return plans
}

// plan returns the last column of a query's rows, which is the text of a plan.
func plan(t *testing.T, db *sql.DB, query string, args []any) string {
	rows, err := db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err, query)
	defer rows.Close() //nolint:errcheck // rows.Err tells
	columns, err := rows.Columns()
	require.NoError(t, err)
	var text strings.Builder
	for rows.Next() {
		fields := make([]any, len(columns))
		for n := range fields {
			fields[n] = new(any)
		}
		line := new(string)
		fields[len(fields)-1] = line
		require.NoError(t, rows.Scan(fields...))
		text.WriteString(*line + "\n")
	}
	require.NoError(t, rows.Err())
	return text.String()
}

func (w *Watch) note(query string, args []driver.NamedValue) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := question{query: query}
	for _, a := range args {
		q.args = append(q.args, a.Value)
	}
	w.asked = append(w.asked, q)
	if w.hook != nil {
		return w.hook(query)
	}
	return nil
}

func (w *Watch) step(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hook != nil {
		return w.hook(name)
	}
	return nil
}

// plain is the connector of a driver that has none.
type plain struct {
	d   driver.Driver
	dsn string
}

func (p plain) Connect(context.Context) (driver.Conn, error) { return p.d.Open(p.dsn) }
func (p plain) Driver() driver.Driver                        { return p.d }

type connector struct {
	driver.Connector
	watch *Watch
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{inner, c.watch}, nil
}

// conn passes everything on to a connection, whose driver must know contexts.
type conn struct {
	driver.Conn
	watch *Watch
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	inner, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts) //nolint:forcetypeassert // as all drivers of these tests
	if err != nil {
		return nil, err
	}
	return &tx{inner, c.watch}, nil
}

type tx struct {
	driver.Tx
	watch *Watch
}

func (t *tx) Commit() error {
	if err := t.watch.step("commit"); err != nil {
		return errors.Join(err, t.Rollback())
	}
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return t.watch.step("committed")
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	inner, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query) //nolint:forcetypeassert // as above
	if err != nil {
		return nil, err
	}
	return &stmt{inner, c.watch, query}, nil
}

type stmt struct {
	driver.Stmt
	watch *Watch
	query string
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.watch.step(s.query); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args) //nolint:forcetypeassert // as above
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.watch.step(s.query); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args) //nolint:forcetypeassert // as above
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.watch.note(query, args); err != nil {
		return nil, err
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args) //nolint:forcetypeassert // as above
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.watch.note(query, args); err != nil {
		return nil, err
	}
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args) //nolint:forcetypeassert // as above
}

func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *conn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}
