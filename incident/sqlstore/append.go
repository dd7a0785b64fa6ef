package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Append implements [incident.Store].
func (s *Store) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	fail := func(err error) (incident.Result, error) {
		return incident.Result{}, fmt.Errorf("sqlstore: appending: %w", s.lost(err))
	}
	if err := errors.Join(c.Check(), checkCommand(c)); err != nil {
		return fail(err)
	}
	var result incident.Result
	if len(c.Batches) == 0 {
		if err := s.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) (err error) {
			result, err = done(ctx, t, c)
			return err
		}); err != nil {
			return fail(err)
		}
		return result, nil
	}
	if err := s.db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) (err error) {
		result, err = appendTo(ctx, t, c)
		return err
	}); err != nil {
		return fail(err)
	}
	return result, nil
}

// done returns the result of a command that was done before.
func done(ctx context.Context, t *sqlkit.Tx, c incident.Commit) (incident.Result, error) {
	r := incident.Result{Repeat: true}
	var digest string
	found, err := t.One(ctx, []any{&digest, &r.Record, &r.Version},
		"select digest, record, version from amends_command where space = $1 and command = $2", c.Space, c.Command)
	switch {
	case err != nil:
		return incident.Result{}, err
	case !found:
		return incident.Result{}, fmt.Errorf("command %q: %w", c.Command, incident.ErrNotFound)
	case digest != c.Digest:
		return incident.Result{}, fmt.Errorf("command %q: %w", c.Command, incident.ErrKeyReused)
	}
	return r, nil
}

// appendTo writes a commit. Locks are taken in one order, so that no two commits
// wait for each other: the command's key, then the records by their IDs, then
// the IDs of new records. No statement violates a constraint: rows are counted.
func appendTo(ctx context.Context, t *sqlkit.Tx, c incident.Commit) (incident.Result, error) {
	first := c.Batches[0]
	result := incident.Result{Record: first.Record, Version: uint64(first.Expect + 1)}
	if c.Command != "" {
		n, err := t.Exec(ctx, "insert into amends_command (space, command, digest, record, version, at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
			c.Space, c.Command, c.Digest, result.Record, int64(result.Version), sqlkit.Micros(first.At))
		if err != nil {
			return incident.Result{}, err
		}
		if n == 0 {
			return done(ctx, t, c)
		}
	}
	heads, err := lock(ctx, t, c.Batches)
	if err != nil {
		return incident.Result{}, err
	}
	if had, ok := heads[first.Record]; ok && first.Expect == incident.AnyVersion {
		result.Version = had.Version + 1
		if c.Command != "" {
			if _, err := t.Exec(ctx, "update amends_command set version = $3 where space = $1 and command = $2",
				c.Space, c.Command, int64(result.Version)); err != nil {
				return incident.Result{}, err
			}
		}
	}
	return result, write(ctx, t, c, heads)
}

// lock returns the heads of the records that exist and keeps others from changing them.
func lock(ctx context.Context, t *sqlkit.Tx, batches []incident.Batch) (map[string]incident.Head, error) {
	heads := make(map[string]incident.Head, len(batches))
	scan := func(rows *sql.Rows) error {
		h, err := scanHead(rows)
		heads[h.Record] = h
		return err
	}
	forUpdate := " order by record" + t.Dialect.Pick("", " for update")
	if len(batches) == 1 {
		return heads, t.Each(ctx, scan, "select "+headNames+" from amends_record where record = $1"+forUpdate, batches[0].Record)
	}
	ids := sqlkit.NewRows("record text")
	for _, b := range batches {
		ids.Add(b.Record)
	}
	return heads, t.EachRow(ctx, ids, scan, "select "+headNames+" from amends_record where record in (select record from r)"+forUpdate)
}

// write writes batches to records that are locked.
func write(ctx context.Context, t *sqlkit.Tx, c incident.Commit, heads map[string]incident.Head) error {
	created, changed := sqlkit.NewRows(headColumns), sqlkit.NewRows(headColumns+", had bigint")
	events, moved := sqlkit.NewRows(eventColumns), counts{}
	batches := slices.SortedFunc(slices.Values(c.Batches), func(a, b incident.Batch) int { return cmp.Compare(a.Record, b.Record) })
	for _, b := range batches {
		var have *incident.Head
		if h, ok := heads[b.Record]; ok {
			have = &h
		}
		next, err := b.Next(c.Space, have)
		if err == nil {
			err = checkHead(next)
		}
		if err != nil {
			return fmt.Errorf("to %q: %w", b.Record, err)
		}
		moved.count(have, -1)
		moved.count(&next, 1)
		version := uint64(0)
		if have == nil {
			addHead(created, next)
		} else {
			version = have.Version
			addHead(changed, next, int64(version))
		}
		for n, e := range b.Events {
			if err := addEvent(events, b.Record, version+uint64(n)+1, e); err != nil {
				return fmt.Errorf("to %q: %w", b.Record, err)
			}
		}
	}
	for _, step := range []struct {
		rows    *sqlkit.Rows
		query   string
		problem error
	}{
		{
			created, "insert into amends_record (" + headNames + ") select " + headNames + " from r where true on conflict do nothing",
			fmt.Errorf("a record that the commit creates exists: %w", incident.ErrConflict),
		},
		{changed, `update amends_record as h set incident = r.incident, customer = r.customer, title = r.title, status = r.status,
			severity = r.severity, marks = r.marks, version = r.version, updated = r.updated, next_look = r.next_look, turn = r.turn
			from r where h.record = r.record and h.version = r.had`, incident.ErrConflict},
		{
			events, "insert into amends_event (" + eventNames + ") select " + eventNames + " from r where true on conflict do nothing",
			fmt.Errorf("to %q: the record holds events beyond the version of its head: something else changed the tables, restore a copy", c.Batches[0].Record),
		},
	} {
		n, err := t.ExecRows(ctx, step.rows, step.query)
		if err != nil {
			return err
		}
		if n != int64(step.rows.Len()) {
			return step.problem
		}
	}
	return moved.write(ctx, t)
}
