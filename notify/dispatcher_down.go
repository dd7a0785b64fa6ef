package notify

import (
	"context"
	"fmt"
	"time"
)

// isDown says whether a channel has let nothing through for so long, or will for
// so long, that what has another way should take it. Its rate does not make it
// so, nor does what one recipient alone meets with.
func (d *Dispatcher) isDown(l *line) bool {
	if d.o.DownAfter < 0 {
		return false
	}
	now := d.o.Now()
	held, paused := l.currentGate().held(now)
	if !held {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.slowed.IsZero() && paused.Sub(l.slowed) >= d.o.DownAfter {
		return true
	}
	return !l.down.IsZero() && now.Sub(l.down) >= d.o.DownAfter && (l.several || l.stopped != nil)
}

// revisit is how long an item without another way is left alone when its channel is down.
const revisit = time.Minute

// divert gives up, untried, what has another way than a channel that is down,
// and puts back the rest. The gate is not asked: nothing is sent.
func (p *pass) divert(ctx context.Context) {
	o := &p.d.o
	since := p.l.downSince()
	for ctx.Err() == nil {
		want := p.budget.take(p.l.batch)
		if want == 0 {
			p.starved = true
			return
		}
		now := o.Now()
		items, err := p.d.box.Claim(ctx, ClaimRequest{
			Channel: p.l.name, Limit: want, Lease: p.l.lease, At: now, MaxAttempts: o.MaxAttempts,
		})
		p.budget.done(want - len(items))
		if err != nil {
			p.over = true
			if ctx.Err() == nil {
				p.errs = append(p.errs, fmt.Errorf("claiming: %w", err))
			}
			return
		}
		if len(items) == 0 {
			return
		}
		p.out.Claimed += len(items)
		for _, c := range items {
			f := &flight{item: c, until: c.Until}
			s := Settlement{Outcome: Release, At: now.Add(revisit)}
			if len(c.Fallback) > 0 {
				s = Settlement{
					Outcome: Bury, At: now,
					Err: fmt.Sprintf("channel %q is down since %s: taking the next way untried", p.l.name, since.UTC().Format(time.RFC3339)),
				}
			}
			p.put(f, s)
		}
		p.settle(ctx)
	}
}

// forecast finds out when the channel will have something to do, if the outbox knows.
func (p *pass) forecast(ctx context.Context) {
	f, ok := p.d.box.(Forecaster)
	if !ok || ctx.Err() != nil {
		return
	}
	next, err := f.NextDue(ctx, p.l.name)
	if err != nil {
		if ctx.Err() == nil { // being told to stop is no failure
			p.errs = append(p.errs, fmt.Errorf("looking ahead: %w", err))
		}
		return
	}
	if next.IsZero() {
		return
	}
	gate := p.l.currentGate().Next()
	if gate.After(next) {
		next = gate
	}
	if next.After(p.d.o.Now()) {
		p.sooner(next)
	}
}
