package amends

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// Delivered says what [Desk.Deliver] did.
type Delivered = notify.Delivered

// Deliver sends up to limit due deliveries, over all channels. The records that
// it touches become due for reconciling. It is safe to repeat and to run in any
// number of processes.
func (d *Desk) Deliver(ctx context.Context, limit int) (Delivered, error) {
	r, err := d.dispatcher.Deliver(ctx, limit)
	if err != nil {
		return r, fmt.Errorf("amends: deliver: %w", err)
	}
	return r, nil
}

// passed makes the records due whose deliveries came on. One that this fails
// for is found again: while deliveries are pending, a record is looked at anyway.
func (d *Desk) passed(next func(context.Context, Delivered)) func(context.Context, Delivered) {
	return func(ctx context.Context, r Delivered) {
		keep := context.WithoutCancel(ctx) // what was sent is sent: the records hear of it
		for _, record := range r.Records {
			if err := d.makeDue(keep, record); err != nil {
				d.log.WarnContext(ctx, "a record hears later of its deliveries", slog.String("record", record), slog.Any("error", err))
			}
		}
		if next != nil {
			next(ctx, r)
		}
	}
}

// unsettled is how often a record is looked at while deliveries or credits of
// it are under way: news of them can be lost with the process that had them.
const unsettled = 10 * time.Minute

// putOff is when a record that could not be reconciled is tried again.
const putOff = 30 * time.Second

// Sweep reconciles up to limit records that are due, and returns how many there
// were. A record that fails does not stop the others: it is tried again half a
// minute later, and the errors are joined.
func (d *Desk) Sweep(ctx context.Context, limit int) (int, error) {
	l, err := d.store.List(ctx, incident.Filter{DueBy: d.now()}, "", limit)
	if err != nil {
		return 0, fmt.Errorf("amends: sweep: %w", err)
	}
	errs := make([]error, len(l.Heads))
	var g errgroup.Group
	g.SetLimit(d.opts.Workers)
	for i, h := range l.Heads {
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // said once, below
			}
			if errs[i] = d.Reconcile(ctx, h.Record); errs[i] != nil {
				// Best effort: if this fails, too, the record stays due.
				_, _ = d.store.Look(ctx, h.Record, d.now().Add(putOff), h.Turn)
			}
			return nil
		})
	}
	_ = g.Wait() // the functions return nil: each error has its own place
	return len(l.Heads), errors.Join(errors.Join(errs...), ctx.Err())
}

// turn is one turn of the loop: what is due is reconciled, sent and paid.
func (d *Desk) turn(ctx context.Context) (busy bool, err error) {
	swept, sweepErr := d.Sweep(ctx, 64)
	sent, sendErr := d.Deliver(ctx, 512)
	paid, payErr := d.Issue(ctx, 256)
	return swept > 0 || sent.Claimed > 0 || paid.Claimed > 0, errors.Join(sweepErr, sendErr, payErr)
}

// Settle works until nothing is due any more at the present time, or ctx ends.
// Programs that replay history, and tests, call it after each command; a
// server calls [Desk.Run].
func (d *Desk) Settle(ctx context.Context) error {
	for range maxTurns {
		busy, err := d.turn(ctx)
		if err != nil {
			return err
		}
		if !busy {
			return nil
		}
	}
	return fmt.Errorf("amends: still busy after %d turns: a channel or the directory keeps changing its mind", maxTurns)
}

// maxTurns bounds Settle: a million customers take some ten thousand turns.
const maxTurns = 1_000_000

// idle bounds how long Run sleeps: what another process added is found then.
const idle = time.Second

// Run reconciles, delivers and issues until ctx ends, and then returns nil. The
// three run beside each other, so that a billing system that hangs silences
// nobody. An attempt that is under way when ctx ends is finished and recorded.
// Errors of stores and directory are logged and tried again: no customer's
// notice is lost because a database was away. Any number of processes may run it.
func (d *Desk) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { return d.dispatcher.Run(ctx) }) // one loop for each channel
	for i, u := range []unit{
		{"reconcile", func(ctx context.Context) (bool, error) {
			n, err := d.Sweep(ctx, 64)
			return n > 0, err
		}},
		{"issue", func(ctx context.Context) (bool, error) {
			r, err := d.Issue(ctx, 64)
			return r.Claimed > 0, err
		}},
	} {
		g.Go(func() error {
			d.loop(ctx, d.wake[i], u)
			return nil
		})
	}
	return g.Wait()
}

// unit is one kind of work.
type unit struct {
	name string
	do   func(context.Context) (busy bool, err error)
}

// loop does one kind of work until ctx ends.
func (d *Desk) loop(ctx context.Context, wake <-chan struct{}, u unit) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-wake:
		}
		busy, err := u.do(ctx)
		if err != nil && ctx.Err() == nil {
			d.failed(ctx, u.name, err)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && busy: // what failed was put off, the rest goes on
			d.log.ErrorContext(ctx, "some work failed and will be tried again", slog.Any("error", err))
			pause = 100 * time.Millisecond
		case err != nil:
			d.log.ErrorContext(ctx, "work failed and will be tried again", slog.Any("error", err))
			pause = min(max(2*pause, 100*time.Millisecond), 30*time.Second)
		case busy:
			pause = 0
			d.nudge() // what one has done, the others go on with
		default:
			pause = idle
		}
		timer.Reset(pause)
	}
}
