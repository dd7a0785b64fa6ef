package notify

import (
	"context"
	"sync"
	"time"
)

// attemptContext is the context of one attempt: parent's, with a deadline. It is
// what context.WithDeadline returns, except that nothing is registered with the
// parent and no timer is started before somebody asks for Done. Most of the cost
// of a delivery to a fast transport would be that registration, by all workers
// with one parent.
type attemptContext struct {
	context.Context //nolint:containedctx // the parent; this is a context itself
	deadline        time.Time

	mu     sync.Mutex
	inner  context.Context //nolint:containedctx // made from parent on demand
	cancel context.CancelFunc
	over   bool // the attempt has returned
}

// Deadline implements [context.Context].
func (c *attemptContext) Deadline() (time.Time, bool) {
	if parent, ok := c.Context.Deadline(); ok && parent.Before(c.deadline) {
		return parent, true
	}
	return c.deadline, true
}

// Done implements [context.Context].
func (c *attemptContext) Done() <-chan struct{} { return c.real().Done() }

// Err implements [context.Context].
func (c *attemptContext) Err() error {
	c.mu.Lock()
	inner, over := c.inner, c.over
	c.mu.Unlock()
	switch {
	case inner != nil:
		return inner.Err()
	case c.Context.Err() != nil:
		return c.Context.Err()
	case over:
		return context.Canceled
	case !time.Now().Before(c.deadline):
		return c.real().Err() // from now on it is done, whatever is asked
	}
	return nil
}

// Value implements [context.Context]. Package context finds its own contexts
// through it, so once inner is there it must answer.
func (c *attemptContext) Value(key any) any {
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner != nil {
		return inner.Value(key)
	}
	return c.Context.Value(key)
}

// real returns the context that the standard library makes of this one.
func (c *attemptContext) real() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithDeadline(c.Context, c.deadline)
		if c.over {
			c.cancel()
		}
	}
	return c.inner
}

// end says that the attempt has returned, and frees what it held.
func (c *attemptContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.cancel != nil {
		c.cancel()
	}
}
