package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Run delivers until ctx is done, and then returns nil. Every channel has a loop
// of its own, so that none waits for another. Between passes a loop sleeps until something may be
// due, [Dispatcher.Wake] is called, or the poll interval is over. Errors of a
// pass are logged and the next pass tries again. What was done is told to
// [DispatcherHooks].Passed, about once a second while a channel is busy.
func (d *Dispatcher) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, name := range d.names {
		wg.Go(func() { d.runLine(ctx, d.lines[name]) })
	}
	wg.Wait()
	<-ctx.Done()
	return nil
}

func (d *Dispatcher) runLine(ctx context.Context, l *line) {
	timer := time.NewTimer(d.o.Poll)
	defer timer.Stop()
	for ctx.Err() == nil {
		p := newPass(d, l, newBudget(0), nil)
		err := p.run(ctx)
		if err != nil {
			d.o.Logger.LogAttrs(ctx, slog.LevelError, "delivering failed", slog.Any("err", err))
			if d.hooks.PassFailed != nil && ctx.Err() == nil {
				d.hooks.PassFailed(ctx, l.name, err)
			}
		}
		timer.Reset(d.sleep(p.next, err))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-l.wake:
		}
	}
}

// sleep is how long a channel may be left alone after a pass.
func (d *Dispatcher) sleep(next time.Time, err error) time.Duration {
	if err != nil || next.IsZero() {
		return d.o.Poll
	}
	return min(d.o.Poll, max(0, next.Sub(d.o.Now())))
}

// Wake makes [Dispatcher.Run] look at every channel at once, because something
// was added. It never blocks.
func (d *Dispatcher) Wake() {
	for _, name := range d.names {
		d.lines[name].nudge()
	}
}

// nudge wakes the loop of one channel.
func (l *line) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// round is one call of Deliver. It lasts as long as any channel is busy; those
// that have nothing to do meanwhile rest, and look again.
type round struct {
	mu   sync.Mutex
	busy int
	over chan struct{} // closed when nobody is busy
}

// rest lets a channel wait for something to do. It returns false when the round is over.
func (r *round) rest(ctx context.Context, l *line, sleep time.Duration) bool {
	r.mu.Lock()
	r.busy--
	if r.busy == 0 {
		close(r.over)
		r.mu.Unlock()
		return false
	}
	r.mu.Unlock()
	timer := time.NewTimer(sleep)
	defer timer.Stop()
	select {
	case <-r.over:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-l.wake:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy == 0 {
		return false
	}
	r.busy++
	return true
}
