package amends

import (
	"context"
	"errors"
	"fmt"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// TaskDone records that a named person of ours did what a channel that is a
// person asks (a call, a letter, a filing), and how we know. A repeat with the
// same words changes nothing.
func (d *Desk) TaskDone(ctx context.Context, by incident.Actor, delivery, proof string) error {
	if d.bound {
		return errBound
	}
	if !by.Named() || proof == "" {
		return invalid("task done", "it needs a named person of ours and the proof")
	}
	s, err := d.dispatcher.MarkDone(ctx, delivery, by.ID, proof)
	return d.marked(ctx, "task done", s, err)
}

// Bounced records that a delivery came back, by its key; its next fallback is
// tried. The reason is for operators and must hold no address. A delivery whose
// sending is not settled yet is notify.ErrRefused: say it again a little later.
func (d *Desk) Bounced(ctx context.Context, delivery, reason string) error {
	if d.bound {
		return errBound
	}
	s, err := d.dispatcher.MarkBounced(ctx, delivery, reason)
	return d.marked(ctx, "bounced", s, err)
}

// Read records that a delivery was read; the first time counts.
func (d *Desk) Read(ctx context.Context, delivery string) error {
	if d.bound {
		return errBound
	}
	s, err := d.dispatcher.MarkRead(ctx, delivery)
	return d.marked(ctx, "read", s, err)
}

// Revive tries dead deliveries again because a named person of ours mended what
// was wrong. One that cannot be revived does not stop the others.
func (d *Desk) Revive(ctx context.Context, by incident.Actor, deliveries ...string) error {
	if d.bound {
		return errBound
	}
	if !by.Named() {
		return invalid("revive", "it needs a named person of ours")
	}
	settled, err := d.dispatcher.Revive(ctx, by.ID, deliveries...)
	errs := []error{err}
	for _, s := range settled {
		errs = append(errs, d.marked(ctx, "revive", s, s.Err))
	}
	return errors.Join(errs...)
}

// errBound: a mark on a delivery was asked of a desk that works inside a transaction.
var errBound = fmt.Errorf("%w: a desk inside a transaction takes commands only", ErrInvalid)

func (d *Desk) marked(ctx context.Context, what string, s notify.Settled, err error) error {
	if err == nil {
		err = d.makeDue(ctx, s.Record)
	}
	if err != nil {
		return fmt.Errorf("amends: %s: delivery %q: %w", what, s.Key, err)
	}
	return nil
}
