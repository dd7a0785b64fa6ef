package boltfile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/amends-dev/amends/notify"
)

// Outbox implements [notify.Outbox] and [notify.Forecaster].
type Outbox struct{ db *bbolt.DB }

var (
	_ notify.Outbox     = (*Outbox)(nil)
	_ notify.Forecaster = (*Outbox)(nil)
)

// expansion is how far a notice was added.
type expansion struct {
	notify.Expansion
	Space, Record string
}

// Add implements [notify.Outbox].
func (o *Outbox) Add(ctx context.Context, p notify.Page) (int, error) {
	added := 0
	err := o.write(ctx, p.At, func(w *work) (err error) {
		added, err = w.addPage(p)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("boltfile: adding a page of notice %q at %q: %w", p.Notice, p.From, err)
	}
	return added, nil
}

func (w *work) addPage(p notify.Page) (added int, err error) {
	if p.Notice == "" {
		return 0, errors.New("it names no notice")
	}
	e, begun, err := get[expansion](w.t, bucketExpansions, p.Notice)
	switch {
	case err != nil:
		return 0, err
	case e.Done || e.Cursor != p.From:
		return 0, fmt.Errorf("%w: %q, done: %t", notify.ErrCursor, e.Cursor, e.Done)
	case !begun:
		e = expansion{Expansion: notify.Expansion{Notice: p.Notice}, Space: p.Space, Record: p.Record}
	}
	for i := range p.Items {
		n := &p.Items[i]
		if n.Key == "" || n.Channel == "" || n.Recipient == "" {
			return 0, fmt.Errorf("item %d needs a key, a channel and a recipient", i)
		}
		have, err := w.item(n.Key) // one of this page, too: it was written a moment ago
		switch {
		case err != nil:
			return 0, err
		case have == nil:
			added++
			if err := w.insert(*n, ""); err != nil {
				return 0, err
			}
		case !have.SameContent(n):
			return 0, fmt.Errorf("%w: %q", notify.ErrKeyReused, n.Key)
		}
	}
	if e.Record == "" && len(p.Items) > 0 {
		e.Space, e.Record = p.Items[0].Space, p.Items[0].Record
	}
	e.Cursor, e.Done, e.Items = p.Next, p.Done, e.Items+int64(added)
	return added, put(w.t, bucketExpansions, p.Notice, e)
}

// insert adds an item that is known to be new.
func (w *work) insert(n notify.Item, origin string) error {
	n.NotBefore, n.DueAt = instant(n.NotBefore), instant(n.DueAt)
	it := &item{Stored: notify.Stored{
		Item: n, State: notify.StatePending, Added: w.now, Changed: w.now, NextAt: w.now, Origin: origin,
	}}
	if n.NotBefore.After(w.now) {
		it.NextAt = n.NotBefore
	}
	w.items[n.Key] = it
	return w.enter(it)
}

// nextWay adds the item that follows one that gave up, and returns its key; ""
// if there is none, or it was there before.
func (w *work) nextWay(of *item) (string, error) {
	n, ok := of.NextWay()
	if !ok {
		return "", nil
	}
	if have, err := w.item(n.Key); err != nil || have != nil {
		return "", err
	}
	return n.Key, w.insert(n, of.Key)
}

func (o *Outbox) write(ctx context.Context, now time.Time, fn func(w *work) error) error {
	return write(ctx, o.db, func(t *tx) error {
		return fn(&work{t: t, now: instant(now), items: map[string]*item{}})
	})
}
