package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
)

// progress is how far the story has been told: a table of the program's own in
// the file in which the library keeps its own.
//
// The story counts its moments: each time that it works off what is due is one.
// A run that finds some of them in the file goes through the story without them:
// commands carry keys, so that those that were recorded are repeats, and the
// clock moves as it did. From the first moment that is not in the file on, it
// tells and works. What was under way in that moment when the program ended is
// the library's to repair.
type progress struct {
	db   *sql.DB
	done int64 // moments that are in the file
	at   int64 // moments that this run has been through
	// secret seals the links in messages: they lead to the same page in every run.
	secret []byte
	// resumed: the next moment is the first one of a run that goes on.
	resumed bool
	fresh   bool // this run has told something
}

func openProgress(ctx context.Context, db *sql.DB) (*progress, error) {
	p := &progress{db: db, secret: make([]byte, 32)}
	_, _ = rand.Read(p.secret) // never fails
	if _, err := db.ExecContext(ctx, "create table if not exists story (moments integer not null, secret blob not null)"); err != nil {
		return nil, fmt.Errorf("quickstart: the story's own table: %w", err)
	}
	switch err := db.QueryRowContext(ctx, "select moments, secret from story").Scan(&p.done, &p.secret); {
	case errors.Is(err, sql.ErrNoRows):
		_, err = db.ExecContext(ctx, "insert into story (moments, secret) values (0, $1)", p.secret)
		if err != nil {
			return nil, fmt.Errorf("quickstart: the story's own table: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("quickstart: the story's own table: %w", err)
	}
	p.resumed = p.done > 0
	return p, nil
}

// replaying reports whether the present moment was told by an earlier run.
func (p *progress) replaying() bool { return p.at < p.done }

// next ends a moment, and writes it down if it is new.
func (p *progress) next(ctx context.Context) error {
	if p.at++; p.at <= p.done {
		return nil
	}
	r, err := p.db.ExecContext(ctx, "update story set moments = $1 where moments = $2", p.at, p.done)
	if err != nil {
		return fmt.Errorf("quickstart: noting how far the story is: %w", err)
	}
	switch n, err := r.RowsAffected(); {
	case err != nil:
		return fmt.Errorf("quickstart: noting how far the story is: %w", err)
	case n == 0:
		return errors.New("quickstart: another program tells the story in the same folder: wait for its end, or name another folder")
	}
	p.done, p.resumed, p.fresh = p.at, false, true
	return nil
}
