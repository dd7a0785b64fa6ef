package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// line is one channel as a dispatcher drives it.
type line struct {
	name    string
	channel Channel
	chain   Notifier
	lease   time.Duration
	workers int
	batch   int
	wake    chan struct{} // of capacity 1

	mu      sync.Mutex
	gate    *Gate
	stopped error     // why it is misconfigured; nil: it is not
	since   time.Time // of stopped
	down    time.Time // when it first failed since it last worked; zero: it works
	slowed  time.Time // when it first asked for time since it last worked; zero: it did not
	failed  contact   // to whom it failed first since it last worked
	several bool      // it failed to somebody else, too
	lastErr string
}

// contact is one recipient.
type contact struct{ space, recipient string }

func newLine(name string, c Channel, o *DispatcherOptions) *line {
	l := &line{name: name, channel: c, lease: max(o.Lease, 3*c.Timeout), workers: c.Workers, wake: make(chan struct{}, 1), gate: o.gate(c)}
	if l.workers == 0 {
		l.workers = 64
	}
	l.batch = max(o.Batch, l.workers)
	l.chain = Chain(c.Notifier, &ChainOptions{
		Timeout: c.Timeout, Lease: l.lease, Tries: o.Tries, Logger: o.Logger, Hooks: o.Attempts,
	})
	return l
}

// gate makes a channel's gate, with the dispatcher's clock if it has none of its own.
func (o *DispatcherOptions) gate(c Channel) *Gate {
	var g GateOptions
	if o.Gate != nil {
		g = *o.Gate
	}
	if g.Now == nil {
		g.Now = o.Now
	}
	return NewGate(c, &g)
}

func (l *line) currentGate() *Gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gate
}

// report tells the gate and the channel's visible state how a delivery ended.
// It returns whether the channel stopped or resumed by it.
func (l *line) report(gate *Gate, at time.Time, f *flight, text string) (stopped, resumed bool) {
	gate.Report(f.err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.err != nil {
		l.lastErr = text
		switch class, _ := Classify(f.err); class {
		case Unusable:
			stopped = l.stopped == nil
			if stopped {
				l.since = at
			}
			l.stopped = f.err
			if l.down.IsZero() {
				l.down = at
			}
			return stopped, false
		case Temporary, Uncertain, Throttled:
			if !l.channel.Independent {
				l.fails(at, class, contact{f.item.Space, f.item.Recipient})
			}
			return false, false
		case Lasting, AddressGone: // the channel works
		}
	}
	return false, l.works()
}

// fails notes that the channel let nothing through to a recipient.
func (l *line) fails(at time.Time, class Class, to contact) {
	if class == Throttled && l.slowed.IsZero() {
		l.slowed = at
	}
	if l.down.IsZero() {
		l.down = at
	}
	if l.failed == (contact{}) {
		l.failed = to
	}
	l.several = l.several || l.failed != to
}

// works notes that the channel let something through, or that somebody mended
// it, and returns whether it was stopped.
func (l *line) works() (resumed bool) {
	resumed = l.stopped != nil
	l.stopped, l.since, l.down, l.slowed, l.failed, l.several = nil, time.Time{}, time.Time{}, time.Time{}, contact{}, false
	return resumed
}

// downSince returns since when nothing at all got through, zero if something did last.
func (l *line) downSince() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down
}

// ChannelStatus is how a channel of a dispatcher stands, as far as this process knows.
type ChannelStatus struct {
	Channel string
	// Stopped says that it is misconfigured: nothing is claimed until somebody
	// calls [Dispatcher.Resume] or a probe finds that it works again (see GateOptions.MendFor).
	Stopped bool
	Since   time.Time // of Stopped
	// Down is when it first failed, or asked for time, since it last worked; zero: it works. What
	// one recipient's server says of an Independent channel does not count.
	Down time.Time
	// Next is when it may be used again, zero: now.
	Next    time.Time
	LastErr string // redacted, for operators
}

// Channels returns the state of every channel that has a notifier, by name.
func (d *Dispatcher) Channels() []ChannelStatus {
	out := make([]ChannelStatus, 0, len(d.names))
	for _, name := range d.names {
		l := d.lines[name]
		next := l.currentGate().Next()
		l.mu.Lock()
		out = append(out, ChannelStatus{
			Channel: name, Stopped: l.stopped != nil, Since: l.since, Down: l.down, Next: next, LastErr: l.lastErr,
		})
		l.mu.Unlock()
	}
	return out
}

// Resume uses a channel again at once, because somebody mended it: a stop, a
// pause and an open breaker are forgotten, and [Dispatcher.Run] wakes up. On a channel that works
// it changes nothing but the rate's burst. It fails with [ErrNotFound] if there is no such channel.
func (d *Dispatcher) Resume(ctx context.Context, channel string) error {
	l := d.lines[channel]
	if l == nil {
		return fmt.Errorf("notify: resuming channel %q: %w", channel, ErrNotFound)
	}
	l.mu.Lock()
	l.gate = d.o.gate(l.channel)
	was := l.works()
	l.mu.Unlock()
	if was {
		d.resumed(ctx, channel)
	}
	l.nudge()
	return nil
}

func (d *Dispatcher) stopped(ctx context.Context, channel string, err error, text string) {
	d.o.Logger.LogAttrs(ctx, slog.LevelError, "channel stopped", slog.String("channel", channel), slog.String("err", text))
	if d.hooks.ChannelStopped != nil {
		d.hooks.ChannelStopped(ctx, channel, err)
	}
}

func (d *Dispatcher) resumed(ctx context.Context, channel string) {
	d.o.Logger.LogAttrs(ctx, slog.LevelInfo, "channel resumed", slog.String("channel", channel))
	if d.hooks.ChannelResumed != nil {
		d.hooks.ChannelResumed(ctx, channel)
	}
}
