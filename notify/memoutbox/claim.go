package memoutbox

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Claim implements [notify.Outbox].
func (o *Outbox) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("memoutbox: claiming on channel %q: %w", r.Channel, context.Cause(ctx))
	}
	ch := o.channels[r.Channel]
	if ch == nil || r.Limit <= 0 {
		return nil, nil
	}
	at, until := r.At.UnixMicro(), r.At.Add(r.Lease).UnixMicro()
	ch.mature(at)
	var claimed []notify.Claimed
	var held []*item // capped: back to where they were, when this claim is done
	for len(claimed) < r.Limit {
		it := ch.ready.top()
		if it == nil {
			// A fallback to another recipient of the same channel may have come up.
			if ch.mature(at); ch.ready.top() == nil {
				break
			}
			continue
		}
		it.unseat()
		switch {
		case it.nextAt > at: // ready at a later time than this claim's: somebody's clock is ahead
			it.q.seat()
		case it.state == leased && it.supersedable && it.q.hasNewer(it):
			o.close(it, superseded, at)
		case r.MaxAttempts > 0 && int(it.attempts) >= r.MaxAttempts:
			if m := it.rare(); m.lastErr == "" {
				m.lastErr = fmt.Sprintf("gave up at the claim after %d attempts of which none was settled", it.attempts)
			}
			o.close(it, dead, at)
			o.addFallback(it, at)
		case capped(&r, it, at):
			held = append(held, it)
		default:
			claimed = append(claimed, o.lease(it, at, until))
		}
	}
	for _, it := range held {
		ch.ready.push(it)
	}
	return claimed, nil
}

// mature moves items whose time has come to the ready heap.
func (ch *channel) mature(at int64) {
	for _, h := range []*heap{&ch.waiting, &ch.leases} {
		for it := h.top(); it != nil && it.nextAt <= at; it = h.top() {
			h.remove(it)
			ch.ready.push(it)
		}
	}
}

// capped says whether an item's recipient has had enough for now.
func capped(r *notify.ClaimRequest, it *item, at int64) bool {
	if r.Cap <= 0 || it.priority >= r.Urgent {
		return false
	}
	c := it.q.contact
	n := c.leased
	if it.state == leased {
		n--
	}
	return n >= r.Cap || n+c.sentSince(at-r.Window.Microseconds(), r.Cap-n) >= r.Cap
}

// NextDue implements [notify.Forecaster].
func (o *Outbox) NextDue(ctx context.Context, channel string) (time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return time.Time{}, fmt.Errorf("memoutbox: looking ahead on channel %q: %w", channel, context.Cause(ctx))
	}
	ch := o.channels[channel]
	if ch == nil {
		return time.Time{}, nil
	}
	var next time.Time
	for _, h := range []*heap{&ch.ready, &ch.waiting, &ch.leases} {
		if it := h.top(); it != nil {
			if t := fromMicro(it.nextAt); next.IsZero() || t.Before(next) {
				next = t
			}
		}
	}
	return next, nil
}
