package riverengine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
)

// SQLTx returns a transaction of pgx as one of database/sql, for stores that are
// bound to one:
//
//	tx, release, err := riverengine.SQLTx(pgxTx)
//	if err != nil { … }
//	defer release()
//	bound := engine.InTx(pgxTx, records.Bind(tx))
//
// What it runs, it runs in pgxTx, which stays the host's: neither release nor
// committing or rolling back what is returned ends it. Release frees what is
// held here; call it when the last statement is done. Like the transaction itself, the result
// must not be used concurrently.
func SQLTx(tx pgx.Tx) (_ *sql.Tx, release func(), _ error) {
	db := sql.OpenDB(lent{tx})
	lentTx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return lentTx, func() {
		_ = lentTx.Rollback() // of what is lent: it does nothing
		_ = db.Close()        // likewise
	}, nil
}

// lent is a transaction as a connection of which there is only one.
type lent struct{ tx pgx.Tx }

var (
	_ driver.Connector         = lent{}
	_ driver.QueryerContext    = lent{}
	_ driver.ExecerContext     = lent{}
	_ driver.ConnBeginTx       = lent{}
	_ driver.NamedValueChecker = lent{}
)

// errUnused: database/sql asks for what nobody who is bound to a transaction needs.
var errUnused = errors.New("riverengine: not offered by a transaction that is lent")

// One connection, whose transactions are the one that is lent.

func (l lent) Connect(context.Context) (driver.Conn, error) { return l, nil }

func (l lent) Driver() driver.Driver { return l }

func (l lent) Open(string) (driver.Conn, error) { return nil, errUnused }

func (l lent) Prepare(string) (driver.Stmt, error) { return nil, errUnused }

func (l lent) Begin() (driver.Tx, error) { return l, nil }

func (l lent) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return l, nil }

func (l lent) Commit() error { return nil }

func (l lent) Rollback() error { return nil }

func (l lent) Close() error { return nil }

// CheckNamedValue leaves values that pgx knows as they are.
func (l lent) CheckNamedValue(v *driver.NamedValue) error {
	if valuer, ok := v.Value.(driver.Valuer); ok {
		value, err := valuer.Value()
		v.Value = value
		return err
	}
	return nil
}

func (l lent) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	tag, err := l.tx.Exec(ctx, query, values(nil, args)...)
	return driver.RowsAffected(tag.RowsAffected()), err
}

func (l lent) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	found, err := l.tx.Query(ctx, query, values([]any{formats()}, args)...)
	if err != nil {
		return nil, err
	}
	r := &rows{Rows: found, types: l.tx.Conn().TypeMap()}
	r.next = found.Next() // columns are known from here on
	if err := found.Err(); err != nil {
		found.Close()
		return nil, err
	}
	return r, nil
}

func values(first []any, args []driver.NamedValue) []any {
	for _, a := range args {
		first = append(first, a.Value)
	}
	return first
}
