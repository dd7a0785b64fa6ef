package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Delivered is what a dispatcher did in one call of [Dispatcher.Deliver], or since
// it last called [DispatcherHooks].Passed.
type Delivered struct {
	Claimed    int // items held; at the end of a call each of them is in one of the counts below
	Sent       int
	Retried    int // to be tried again later
	Dead       int // given up; visible, with the next fallback added if there is one
	Suppressed int // not wanted, lawfully
	Superseded int // a newer one came in between
	Released   int // given back untried
	Lost       int // settled too late: another worker has them
	Unsettled  int // the outbox failed; they are tried again when their lease ends
	Fallbacks  int // items added because others gave up or bounced
	// Records lists the records of which something changed, sorted: they are due to be reconciled.
	Records []string
	// Next is when something more may be due as far as is known: at
	// once if it is not in the future. Zero: nothing is known, so poll.
	Next time.Time
}

func (d *Delivered) add(o *Delivered) {
	d.Claimed += o.Claimed
	d.Sent += o.Sent
	d.Retried += o.Retried
	d.Dead += o.Dead
	d.Suppressed += o.Suppressed
	d.Superseded += o.Superseded
	d.Released += o.Released
	d.Lost += o.Lost
	d.Unsettled += o.Unsettled
	d.Fallbacks += o.Fallbacks
	d.sooner(o.Next)
}

// sooner moves Next to t if that is earlier.
func (d *Delivered) sooner(t time.Time) {
	if !t.IsZero() && (d.Next.IsZero() || t.Before(d.Next)) {
		d.Next = t
	}
}

// Deliver delivers what is due on all channels side by side: it claims, resolves,
// sends and settles, until nothing is due that the channels' gates let through,
// or limit items were claimed (0: no limit). It never waits for a rate, a
// breaker or a retry alone: Next says when to come back. But no channel waits
// for another: while one is still busy, the others go on with what becomes due
// on them meanwhile.
//
// When ctx is done nothing more is claimed or begun; what is in flight may
// finish within the grace period and is settled, the rest is released. The
// error joins what failed on the way (the outbox, the resolver); the counts are valid
// beside it. A failed delivery is no error of the call.
//
// A channel that hangs holds up the return, for at most as long as its time-outs
// take. A program that delivers all the time calls [Dispatcher.Run] instead,
// in a goroutine of its own, and hears of what happened by [DispatcherHooks].Passed.
func (d *Dispatcher) Deliver(ctx context.Context, limit int) (Delivered, error) {
	left := &budget{unlimited: limit <= 0, share: max(1, limit/max(1, len(d.names)))}
	left.n.Store(int64(limit))

	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		out     Delivered
		errs    []error
		records = make(map[string]struct{})
		next    = make(map[string]time.Time, len(d.names)) // as the last pass of each channel sees it
	)
	collect := func(part Delivered) {
		mu.Lock()
		defer mu.Unlock()
		part.Next = time.Time{}
		out.add(&part)
		for _, r := range part.Records {
			records[r] = struct{}{}
		}
	}
	r := &round{busy: len(d.names), over: make(chan struct{})}
	for _, name := range d.names {
		wg.Go(func() {
			l := d.lines[name]
			for {
				p := newPass(d, l, left, collect)
				err := p.run(ctx)
				mu.Lock()
				next[name] = p.next
				if err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
				if !r.rest(ctx, l, d.sleep(p.next, err)) {
					return
				}
			}
		})
	}
	wg.Wait()
	out.Records = slices.Sorted(maps.Keys(records))
	for _, t := range next {
		out.sooner(t)
	}
	if left.empty() || left.short.Load() {
		out.sooner(d.o.Now())
	}
	if err := errors.Join(errs...); err != nil {
		return out, fmt.Errorf("notify: delivering: %w", err)
	}
	return out, nil
}

// budget is what is left of a pass's limit.
type budget struct {
	unlimited bool
	n         atomic.Int64
	// share bounds what one claim asks for: what a channel has asked for is missing
	// to the others until its claim has found less, and they may have more to do.
	share int
	short atomic.Bool // somebody got nothing
}

func (b *budget) take(n int) int {
	if b.unlimited {
		return n
	}
	for {
		have := b.n.Load()
		got := min(have, int64(n), int64(b.share))
		if got <= 0 {
			b.short.Store(b.short.Load() || n > 0)
			return 0
		}
		if b.n.CompareAndSwap(have, have-got) {
			return int(got)
		}
	}
}

func (b *budget) give(n int) {
	if !b.unlimited {
		b.n.Add(int64(n))
	}
}

func (b *budget) empty() bool { return !b.unlimited && b.n.Load() <= 0 }

// Stats counts what a dispatcher did since it was made.
type Stats struct {
	Claimed, Sent, Retried, Dead, Suppressed, Superseded, Released, Lost, Unsettled, Fallbacks int64
}

type counters struct {
	mu sync.Mutex
	s  Stats
}

func (c *counters) add(d *Delivered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Claimed += int64(d.Claimed)
	c.s.Sent += int64(d.Sent)
	c.s.Retried += int64(d.Retried)
	c.s.Dead += int64(d.Dead)
	c.s.Suppressed += int64(d.Suppressed)
	c.s.Superseded += int64(d.Superseded)
	c.s.Released += int64(d.Released)
	c.s.Lost += int64(d.Lost)
	c.s.Unsettled += int64(d.Unsettled)
	c.s.Fallbacks += int64(d.Fallbacks)
}

// Stats returns what this dispatcher did so far, about a second late while it is busy.
func (d *Dispatcher) Stats() Stats {
	d.count.mu.Lock()
	defer d.count.mu.Unlock()
	return d.count.s
}
