package boltfile

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Settle implements [notify.Outbox].
func (o *Outbox) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	out := make([]notify.Settled, len(s))
	err := o.write(ctx, time.Time{}, func(w *work) error {
		for i := range s {
			if err := w.settle(&s[i], &out[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("boltfile: settling %d deliveries: %w", len(s), err)
	}
	return out, nil
}

// settle settles one item. What is wrong with the settlement is its answer; the
// error is for the file, and undoes the whole call.
func (w *work) settle(s *notify.Settlement, out *notify.Settled) error {
	out.Key, w.now = s.Key, instant(cmp.Or(s.Now, s.At))
	it, err := w.item(s.Key)
	if err != nil {
		return err
	}
	if it == nil {
		out.Err = fmt.Errorf("boltfile: settling %q: %w", s.Key, notify.ErrNotFound)
		return nil
	}
	told, err := w.toldInstead(s, it)
	if err != nil {
		return err
	}
	var changed bool
	var refusal error
	if told != "" {
		refusal = fmt.Errorf("%w: its fallback %q was sent", notify.ErrRefused, told)
	} else {
		changed, refusal = s.Apply(&it.Stored, it.Token) // the rules of one item
	}
	if refusal != nil {
		out.Err = fmt.Errorf("boltfile: settling %q as %q: %w", s.Key, s.Outcome, refusal)
	}
	if changed {
		if err := w.settled(s, it); err != nil {
			return err
		}
	}
	out.Record, out.State = it.Record, it.State
	if refusal == nil && (s.Outcome == notify.Bury || s.Outcome == notify.MarkBounced && changed) {
		out.Added, err = w.followed(it, changed)
	}
	return err
}

// settled does what follows for the thread of an item that was settled.
func (w *work) settled(s *notify.Settlement, it *item) error {
	if s.Outcome == notify.Revive {
		it.Token = ""
		return w.enter(it)
	}
	if it.State == notify.StatePending {
		late, err := w.outdated(it)
		if err != nil {
			return err
		}
		if late {
			it.State = notify.StateSuperseded
		}
	}
	if err := w.save(it); err != nil {
		return err
	}
	return w.seat(it)
}

// followed adds the next way of an item that gave up just now, or finds the one
// that was added the first time, and returns its key.
func (w *work) followed(it *item, now bool) (string, error) {
	if now {
		return w.nextWay(it)
	}
	n, ok := it.NextWay()
	if !ok {
		return "", nil
	}
	have, err := w.item(n.Key)
	if have == nil {
		return "", err
	}
	return n.Key, err
}

// toldInstead returns the fallback of a dead item, or of that, that was sent: then nobody revives it.
func (w *work) toldInstead(s *notify.Settlement, it *item) (string, error) {
	if s.Outcome != notify.Revive || it.State != notify.StateDead {
		return "", nil
	}
	for {
		n, ok := it.NextWay()
		if !ok {
			return "", nil
		}
		next, err := w.item(n.Key)
		if err != nil || next == nil {
			return "", err
		}
		if next.State == notify.StateSent {
			return next.Key, nil
		}
		it = next
	}
}
