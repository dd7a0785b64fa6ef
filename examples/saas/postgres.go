package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident/riverengine"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// postgresStorage is a database on a server, and River in it.
type postgresStorage struct {
	pool    *pgxpool.Pool
	db      *sql.DB // the same connections, for what speaks database/sql
	records *sqlstore.Store
	outbox  *sqloutbox.Outbox
	ledger  *sqlledger.Ledger
	engine  *riverengine.Engine
}

func openPostgres(ctx context.Context, dsn string, log *slog.Logger) (_ storage, err error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("opening the database: -postgres cannot be understood") // what pgx says may hold the password
	}
	config.MaxConns = max(config.MaxConns, 20) // jobs and requests hold some at once
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	s := &postgresStorage{pool: pool, db: db, records: sqlstore.New(db, nil), outbox: sqloutbox.New(db, &sqloutbox.Options{Logger: log}), ledger: sqlledger.New(db, nil)}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("opening the database: %w", err), s.Close())
		}
	}()
	if s.engine, err = riverengine.New(pool, s.records, &riverengine.Options{Logger: log, River: &river.Config{Logger: log}}); err != nil {
		return nil, err
	}
	return s, s.migrate(ctx)
}

// migrate makes all tables. Ours may be made by several processes at once; River's
// may not, and not in one transaction, so a lock is held while it makes them.
func (s *postgresStorage) migrate(ctx context.Context) error {
	for _, migrate := range []func(context.Context) error{s.records.Migrate, s.outbox.Migrate, s.ledger.Migrate} {
		if err := migrate(ctx); err != nil {
			return err
		}
	}
	return pgx.BeginFunc(ctx, s.pool, func(lock pgx.Tx) error {
		if _, err := lock.Exec(ctx, "select pg_advisory_xact_lock(7118)"); err != nil {
			return err
		}
		if _, err := lock.Exec(ctx, tables); err != nil {
			return err
		}
		m, err := rivermigrate.New(riverpgxv5.New(s.pool), nil)
		if err == nil {
			_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
		return err
	})
}

func (s *postgresStorage) Stores() amends.Stores {
	return amends.Stores{Records: s.engine.Records(), Outbox: s.outbox, Ledger: s.ledger}
}

func (s *postgresStorage) Within(ctx context.Context, do func(tx *sql.Tx, bound amends.Stores) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { //nolint:contextcheck // what is lent has the contexts of its statements
		lent, release, err := riverengine.SQLTx(tx)
		if err != nil {
			return err
		}
		defer release()
		return do(lent, amends.Stores{Records: s.engine.InTx(tx, s.records.Bind(lent)), Outbox: s.outbox.Bind(lent), Ledger: s.ledger.Bind(lent)})
	})
}

func (s *postgresStorage) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.db.ExecContext(ctx, query, args...)
	return err
}

func (s *postgresStorage) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.db.QueryContext(ctx, query, args...)
}

func (s *postgresStorage) Statement(query string) string { return query }

// Work works jobs. When ctx ends no more are begun; those under way get ten
// seconds, and are then told to leave the rest to others.
func (s *postgresStorage) Work(ctx context.Context, desk *amends.Desk) error {
	config, err := s.engine.Config(desk)
	if err != nil {
		return err
	}
	client, err := river.NewClient(riverpgxv5.New(s.pool), config)
	if err != nil {
		return err
	}
	keep := context.WithoutCancel(ctx)
	if err := client.Start(keep); err != nil {
		return err
	}
	err = s.engine.Run(ctx)
	soon, cancel := context.WithTimeout(keep, 10*time.Second)
	defer cancel()
	if client.Stop(soon) == nil {
		return err
	}
	last, cancel := context.WithTimeout(keep, 30*time.Second)
	defer cancel()
	return errors.Join(err, client.StopAndCancel(last))
}

func (s *postgresStorage) Close() error {
	err := s.db.Close()
	s.pool.Close()
	return err
}
