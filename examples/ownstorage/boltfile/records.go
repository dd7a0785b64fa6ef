package boltfile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/amends-dev/amends/incident"
)

// Records implements [incident.Store] and [incident.Eraser].
type Records struct{ db *bbolt.DB }

var (
	_ incident.Store  = (*Records)(nil)
	_ incident.Eraser = (*Records)(nil)
)

// outcome is what is kept of a command.
type outcome struct {
	Digest string
	Result incident.Result
}

// Append implements [incident.Store].
func (r *Records) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	var result incident.Result
	err := c.Check()
	if err == nil {
		err = write(ctx, r.db, func(t *tx) (err error) {
			result, err = appendOnce(t, c)
			return err
		})
	}
	if err != nil {
		return incident.Result{}, fmt.Errorf("boltfile: appending: %w", err)
	}
	return result, nil
}

// appendOnce appends a commit unless its command was done before.
func appendOnce(t *tx, c incident.Commit) (incident.Result, error) {
	if c.Command == "" {
		return appendAll(t, c)
	}
	key := text(c.Space) + c.Command
	had, ok, err := get[outcome](t, bucketCommands, key)
	switch {
	case err != nil:
		return incident.Result{}, err
	case ok && had.Digest != c.Digest:
		return incident.Result{}, fmt.Errorf("command %q: %w", c.Command, incident.ErrKeyReused)
	case ok:
		had.Result.Repeat = true
		return had.Result, nil
	case len(c.Batches) == 0:
		return incident.Result{}, fmt.Errorf("command %q: %w", c.Command, incident.ErrNotFound)
	}
	result, err := appendAll(t, c)
	if err != nil {
		return incident.Result{}, err
	}
	return result, put(t, bucketCommands, key, outcome{c.Digest, result})
}

func appendAll(t *tx, c incident.Commit) (first incident.Result, err error) {
	for n, b := range c.Batches {
		version, err := appendBatch(t, c.Space, b)
		if err != nil {
			return incident.Result{}, fmt.Errorf("record %q: %w", b.Record, err)
		}
		if n == 0 {
			first = incident.Result{Record: b.Record, Version: version}
		}
	}
	return first, nil
}

// appendBatch returns the version of the batch's first event.
func appendBatch(t *tx, space string, b incident.Batch) (uint64, error) {
	var had *incident.Head
	head, ok, err := get[incident.Head](t, bucketHeads, b.Record)
	if err != nil {
		return 0, err
	}
	version := head.Version + 1
	if ok {
		had = &head
	}
	next, err := b.Next(space, had) // the rules, all of them
	if err != nil {
		return 0, err
	}
	for n, e := range b.Events {
		e.Record, e.Version = b.Record, version+uint64(n)
		if err := put(t, bucketEvents, text(e.Record)+number(e.Version), e); err != nil {
			return 0, err
		}
	}
	return version, putHead(t, had, &next)
}

func putHead(t *tx, had, has *incident.Head) error {
	if err := t.move(placesOfHead(had), placesOfHead(has)); err != nil {
		return err
	}
	return put(t, bucketHeads, has.Record, *has)
}

func placesOfHead(h *incident.Head) (p []place) {
	if h == nil {
		return nil
	}
	if !h.NextLook.IsZero() {
		p = append(p, place{bucketHeadsDue, moment(h.NextLook) + h.Record})
	}
	if h.Incident != "" {
		p = append(p, place{bucketHeadsOfIncident, text(h.Incident) + h.Record})
	}
	if h.Customer != "" {
		p = append(p, place{bucketHeadsOfCustomer, text(h.Customer) + h.Record})
	}
	return p
}

// Look implements [incident.Store].
func (r *Records) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	var next uint64
	err := write(ctx, r.db, func(t *tx) error {
		had, ok, err := get[incident.Head](t, bucketHeads, record)
		switch {
		case err != nil:
			return err
		case !ok:
			return incident.ErrNotFound
		case turn == 0 && at.IsZero():
			return errors.New("bringing it forward needs a time")
		case turn != 0 && turn != had.Turn:
			return fmt.Errorf("its turn is no longer %d: %w", turn, incident.ErrConflict)
		}
		has := had
		has.Turn++
		if at = instant(at); turn != 0 || had.NextLook.IsZero() || at.Before(had.NextLook) {
			has.NextLook = at
		}
		next = has.Turn
		return putHead(t, &had, &has)
	})
	if err != nil {
		return 0, fmt.Errorf("boltfile: planning a look at %q: %w", record, err)
	}
	return next, nil
}

// Erase implements [incident.Eraser]. Pages of the file that are free hold what
// was in them until they are used again: compact the file to be rid of it.
func (r *Records) Erase(ctx context.Context, record string, version uint64) error {
	err := write(ctx, r.db, func(t *tx) error {
		key := text(record) + number(version)
		e, ok, err := get[incident.Event](t, bucketEvents, key)
		switch {
		case err != nil:
			return err
		case !ok:
			return incident.ErrNotFound
		case e.Words == nil:
			return nil
		}
		e.Words.Erase()
		return put(t, bucketEvents, key, e)
	})
	if err != nil {
		return fmt.Errorf("boltfile: erasing the words of %q: %w", incident.InnerID(record, version), err)
	}
	return nil
}
