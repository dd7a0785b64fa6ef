package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"
)

// ChainOptions configures a [Chain]. The zero value, like a nil *ChainOptions, holds the defaults.
type ChainOptions struct {
	// Timeout bounds one attempt. If zero, 30 s; -1 is no bound. It is cut to a third of Lease.
	Timeout time.Duration
	// Lease is how long the caller holds the delivery. No attempt begins after a
	// third of it, so that a chain returns within two thirds. If zero, 90 s.
	Lease time.Duration
	// Tries bounds the attempts of one call. If zero, 3; -1 is one.
	Tries int
	// FirstWait bounds the wait before the second attempt, each further bound is
	// twice as long; the wait is drawn between zero and its bound. If zero, 500 ms.
	FirstWait time.Duration
	// Logger receives failures with IDs and classes, never words or addresses.
	// Successes are logged at debug level. If nil, nothing is logged.
	Logger *slog.Logger
	// Hooks are called for each attempt and each delivery. If nil, none.
	Hooks *Hooks
}

// chain is the part of the way of a delivery that comes after its claim.
type chain struct {
	next    Notifier
	timeout time.Duration // 0: none
	budget  time.Duration
	tries   int
	wait    time.Duration
	logger  *slog.Logger
	hooks   Hooks
}

// Chain returns n with what every delivery needs after its claim, in the order
// that the library fixes: observation, retry in process, attempt time-out, n.
// (Rate and breaker act before the claim: see [Gate].)
//
// Only temporary and throttled failures are retried, and only while that fits
// into a third of the lease; the rest of the retrying is the outbox's schedule.
// If ctx ends in between, the error holds the last failure and the context's
// cause. Under a context that is done n is not called at all. A panic in n
// becomes a temporary error that names the panic's type but not its text, which
// may hold personal data; it is not retried in process, and its stack is logged.
//
// d.Attempt does not change between the attempts of one call: it counts claims.
// The result is safe for concurrent use. Chain panics if n is nil.
func Chain(n Notifier, opts *ChainOptions) Notifier {
	if n == nil {
		panic("notify: Chain needs a notifier") //nolint:forbidigo // a programmer's mistake at construction
	}
	var o ChainOptions
	if opts != nil {
		o = *opts
	}
	c := &chain{next: n, timeout: o.Timeout, tries: o.Tries, wait: o.FirstWait, logger: o.Logger}
	if o.Lease <= 0 {
		o.Lease = 90 * time.Second
	}
	c.budget = o.Lease / 3
	switch {
	case c.timeout == 0:
		c.timeout = min(30*time.Second, c.budget)
	case c.timeout < 0:
		c.timeout = 0
	default:
		c.timeout = min(c.timeout, c.budget)
	}
	if c.tries == 0 {
		c.tries = 3
	}
	if c.wait <= 0 {
		c.wait = 500 * time.Millisecond
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if o.Hooks != nil {
		c.hooks = *o.Hooks
	}
	return c
}

// Notify implements [Notifier].
func (c *chain) Notify(ctx context.Context, d *Delivery) (Receipt, error) {
	start := time.Now()
	tries := 0
	var receipt Receipt
	var err error
	if ctx.Err() != nil {
		err = fmt.Errorf("notify: delivering before the first attempt: %w", ended(ctx))
	} else {
		tries = 1
		receipt, err = c.attempt(ctx, d, 1, start)
		if err != nil && c.tries > 1 {
			receipt, tries, err = c.retry(ctx, d, start, err)
		}
	}
	if err == nil && c.hooks.Finished == nil && !c.logger.Enabled(ctx, slog.LevelDebug) {
		return receipt, nil
	}
	a := Attempted{Delivery: d, Try: tries, Took: time.Since(start), Receipt: receipt, Err: err}
	if err != nil {
		a.Class, _ = Classify(err)
	}
	c.observe(ctx, a)
	return receipt, err
}

// attempt calls the adapter once, bounded in time, and turns a panic into an error.
func (c *chain) attempt(outer context.Context, d *Delivery, try int, start time.Time) (receipt Receipt, err error) {
	ctx := outer //nolint:contextcheck // it is the caller's, bounded below
	if c.timeout > 0 {
		bounded := &attemptContext{Context: outer, deadline: start.Add(c.timeout)}
		defer bounded.end()
		ctx = bounded
	}
	defer func() {
		if p := recover(); p != nil {
			receipt, err = Receipt{}, c.panicked(outer, d, p)
		}
		if c.hooks.Attempted != nil {
			a := Attempted{Delivery: d, Try: try, Took: time.Since(start), Receipt: receipt, Err: err}
			if err != nil {
				a.Class, _ = Classify(err)
			}
			c.hooks.Attempted(outer, a)
		}
	}()
	return c.next.Notify(ctx, d)
}

// errPanic marks an error that a panic was made into.
var errPanic = errors.New("adapter panicked")

// panicked makes an error of a panic's value: its type, and its text only where
// the runtime wrote it.
func (c *chain) panicked(ctx context.Context, d *Delivery, p any) error {
	what := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	stack := make([]byte, 8<<10)
	stack = stack[:runtime.Stack(stack, false)]
	c.logger.LogAttrs(ctx, slog.LevelError, "adapter panicked",
		slog.String("id", d.ID), slog.String("channel", d.Channel),
		slog.String("panic", what), slog.String("stack", string(stack)))
	return &Error{Class: Temporary, Code: "panic", Err: fmt.Errorf("notify: calling the adapter of channel %q: %w: %s", d.Channel, errPanic, what)}
}

// observe logs a finished delivery and calls its hook.
func (c *chain) observe(ctx context.Context, a Attempted) {
	if c.hooks.Finished != nil {
		c.hooks.Finished(ctx, a)
	}
	d, level := a.Delivery, slog.LevelDebug
	switch {
	case a.Err != nil && a.Class == Unusable:
		level = slog.LevelError
	case a.Err != nil:
		level = slog.LevelWarn
	}
	if !c.logger.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 10)
	attrs = append(attrs, slog.String("id", d.ID), slog.String("channel", d.Channel),
		slog.Int("attempt", d.Attempt), slog.Int("tries", a.Try), slog.Duration("took", a.Took))
	if d.Message != nil {
		attrs = append(attrs, slog.String("kind", d.Message.Kind),
			slog.String("thread", d.Message.Thread), slog.Uint64("seq", d.Message.Seq))
	}
	if a.Err == nil {
		c.logger.LogAttrs(ctx, level, "delivered", attrs...)
		return
	}
	attrs = append(attrs, slog.String("class", a.Class.String()), slog.String("err", Redact(a.Err.Error(), &d.To)))
	c.logger.LogAttrs(ctx, level, "delivery failed", attrs...)
}
