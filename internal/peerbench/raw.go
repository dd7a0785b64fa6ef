package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
)

// raw is a table of messages as one writes it in an hour: a key, a payload, an
// index of what is due, a token for each batch that is claimed. It knows no
// threads, no repeats, no caps and no counts: what the database can do at best.
type raw struct {
	db     *sql.DB
	sqlite bool
	token  int64
}

func openRaw(ctx context.Context, p place) (peer, error) {
	db, err := p.sql()
	if err != nil {
		return nil, err
	}
	layout := ""
	if p.db == sqlite {
		layout = " without rowid" // one tree less
	}
	for _, s := range []string{
		"create table message (key text primary key, payload text not null, due bigint not null, state bigint not null, attempts bigint not null, token bigint, lease bigint)" + layout,
		"create index message_due on message (due, key) where state = 0",
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return nil, err
		}
	}
	return &raw{db: db, sqlite: p.db == sqlite}, nil
}

func (r *raw) tx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// insertRows is how many rows go into SQLite by one statement.
const insertRows = 50

func (r *raw) add(ctx context.Context, list []row) error {
	return r.tx(ctx, func(tx *sql.Tx) error {
		if !r.sqlite {
			keys, payloads, dues := make([]string, len(list)), make([]string, len(list)), make([]int64, len(list))
			for i := range list {
				payload, err := json.Marshal(list[i])
				if err != nil {
					return err
				}
				keys[i], payloads[i], dues[i] = list[i].Key, string(payload), list[i].Due
			}
			_, err := tx.ExecContext(ctx, "insert into message (key, payload, due, state, attempts) select k, p, d, 0, 0 from unnest($1::text[], $2::text[], $3::bigint[]) as m (k, p, d)", keys, payloads, dues)
			return err
		}
		for part := range slices.Chunk(list, insertRows) {
			values := make([]any, 0, 3*len(part))
			for i := range part {
				payload, err := json.Marshal(part[i])
				if err != nil {
					return err
				}
				values = append(values, part[i].Key, string(payload), part[i].Due)
			}
			query := "insert into message (key, payload, due, state, attempts) values (?, ?, ?, 0, 0)" + strings.Repeat(", (?, ?, ?, 0, 0)", len(part)-1) //nolint:gosec // nothing but question marks
			if _, err := tx.ExecContext(ctx, query, values...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *raw) work(ctx context.Context, n int) error {
	for done := 0; done < n; {
		keys, err := r.claim(ctx)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			if err := pause(ctx); err != nil {
				return err
			}
			continue
		}
		if err := r.settle(ctx, keys); err != nil {
			return err
		}
		done += len(keys)
	}
	return nil
}

// claim leases a batch under a fresh token and reads it.
func (r *raw) claim(ctx context.Context) (keys []string, err error) {
	r.token++
	query := "update message set state = 1, attempts = attempts + 1, token = $1, lease = $2 where key in (select key from message where state = 0 order by due, key limit $3 for update skip locked) returning key, payload, attempts"
	if r.sqlite {
		query = "update message set state = 1, attempts = attempts + 1, token = ?1, lease = ?2 where key in (select key from message where state = 0 order by due, key limit ?3) returning key, payload, attempts"
	}
	err = r.tx(ctx, func(tx *sql.Tx) error {
		found, err := tx.QueryContext(ctx, query, r.token, epoch().UnixMicro(), batch)
		if err != nil {
			return err
		}
		defer found.Close() //nolint:errcheck // Err tells
		for found.Next() {
			var key, payload string
			var attempts int
			if err := found.Scan(&key, &payload, &attempts); err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return found.Err()
	})
	return keys, err
}

// settle settles what is still held under the token.
func (r *raw) settle(ctx context.Context, keys []string) error {
	return r.tx(ctx, func(tx *sql.Tx) error {
		if !r.sqlite {
			_, err := tx.ExecContext(ctx, "update message set state = 2 where token = $1 and key = any($2)", r.token, keys)
			return err
		}
		list, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update message set state = 2 where token = ?1 and key in (select value from json_each(?2))", r.token, string(list))
		return err
	})
}

func (r *raw) settled(ctx context.Context) (int, error) {
	return count(ctx, r.db, "select count(*) from message where state = 2")
}

func (r *raw) close() error { return r.db.Close() }
