package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// retry goes on after a first failure, within what is left of the budget. It
// returns the last result and how many attempts there were. Nothing of this is
// built while deliveries succeed.
func (c *chain) retry(ctx context.Context, d *Delivery, start time.Time, first error) (Receipt, int, error) {
	if !again(first) {
		return Receipt{}, 1, first
	}
	// v4 jitters around the interval; half the bound as interval and a factor of
	// one is the full jitter between zero and the bound.
	steps := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(c.wait/2),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(max(c.budget/2, 1)),
		backoff.WithRandomizationFactor(1),
		backoff.WithMaxElapsedTime(0), // the budget is checked below, together with the transport's wish
	)
	h := &hint{steps: steps, until: start.Add(c.budget), left: c.tries - 1, last: first}
	var (
		receipt Receipt
		tries   = 1
		begun   bool
	)
	// The operation never returns the adapter's own error: v4 would strip a
	// permanent one of all that is wrapped around it.
	err := backoff.Retry(func() error {
		if !begun {
			begun = true // v4 runs it at once; that attempt has happened already
			return errAgain
		}
		if ctx.Err() != nil {
			return errAgain // NextBackOff stops
		}
		tries++
		if receipt, h.last = c.attempt(ctx, d, tries, time.Now()); h.last != nil {
			return errAgain
		}
		return nil
	}, backoff.WithContext(h, ctx)) // the hint inside, or the wait could not be interrupted
	switch {
	case err == nil:
		return receipt, tries, nil
	case ctx.Err() != nil && !errors.Is(h.last, ctx.Err()):
		// v4 returns the context's error alone; operators need the failure too.
		return Receipt{}, tries, fmt.Errorf("notify: retrying: %w (last failure: %w)", ended(ctx), h.last)
	default:
		return Receipt{}, tries, h.last
	}
}

var errAgain = errors.New("again")

// again reports whether an attempt that failed with err is worth another one in
// process.
func again(err error) bool {
	class, _ := Classify(err)
	return class.Repeatable() && !errors.Is(err, errPanic)
}

// hint is a back-off that obeys what the last failure asked for. It belongs to
// one delivery.
type hint struct {
	steps *backoff.ExponentialBackOff
	until time.Time // no attempt begins after it
	left  int       // attempts left
	last  error
}

// NextBackOff implements backoff.BackOff.
func (h *hint) NextBackOff() time.Duration {
	if h.left <= 0 || !again(h.last) {
		return backoff.Stop
	}
	h.left--
	wait := h.steps.NextBackOff()
	if _, after := Classify(h.last); after > 0 {
		wait = after
	}
	if wait > time.Until(h.until) {
		return backoff.Stop
	}
	return wait
}

// Reset implements backoff.BackOff.
func (h *hint) Reset() { h.steps.Reset() }
