package memoutbox

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Settle implements [notify.Outbox].
func (o *Outbox) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("memoutbox: settling: %w", context.Cause(ctx))
	}
	out := make([]notify.Settled, len(s))
	for i := range s {
		out[i] = o.settle(&s[i])
	}
	return out, nil
}

func (o *Outbox) settle(s *notify.Settlement) notify.Settled {
	it := o.items[s.Key]
	if it == nil {
		return notify.Settled{Key: s.Key, Err: fmt.Errorf("memoutbox: settling %q: %w", s.Key, notify.ErrNotFound)}
	}
	now := s.Now
	if now.IsZero() {
		now = s.At
	}
	var added string
	var err error
	switch s.Outcome {
	case notify.Done, notify.Retry, notify.Bury, notify.Release, notify.Extend, notify.Skip:
		added, err = o.finish(it, s, now)
	case notify.MarkDone, notify.MarkBounced, notify.MarkRead, notify.Revive:
		added, err = o.mark(it, s, now)
	default:
		err = fmt.Errorf("%w: outcome %q is none", notify.ErrRefused, s.Outcome)
	}
	if err != nil {
		err = fmt.Errorf("memoutbox: settling %q as %q: %w", s.Key, s.Outcome, err)
	}
	return notify.Settled{Key: s.Key, Record: it.g.recordID, State: it.state.public(), Added: added, Err: err}
}

// finish settles a claim.
func (o *Outbox) finish(it *item, s *notify.Settlement, now time.Time) (string, error) {
	at := now.UnixMicro()
	if it.token == 0 || s.Token != tokenText(it.token) {
		return "", notify.ErrLeaseLost
	}
	if it.state != leased {
		return o.repeated(it, s)
	}
	if s.Err != "" || s.Outcome == notify.Retry || s.Outcome == notify.Bury {
		m := it.rare()
		m.lastErr, m.class = s.Err, s.Class
	}
	switch s.Outcome {
	case notify.Extend:
		it.unseat()
		it.nextAt = s.At.UnixMicro()
		it.q.seat()
	case notify.Done:
		it.receipt, it.hash = cloneReceipt(s.Receipt), s.Hash
		o.close(it, sent, at)
	case notify.Skip:
		o.close(it, suppressed, at)
	case notify.Bury:
		o.close(it, dead, at)
		return o.addFallback(it, at), nil
	case notify.Retry, notify.Release:
		if s.Outcome == notify.Release {
			it.g.setAttempts(it, it.attempts-1)
		}
		o.giveBack(it, max(s.At.UnixMicro(), at), at)
	default:
		return "", fmt.Errorf("%w: %q settles no claim", notify.ErrRefused, s.Outcome)
	}
	return "", nil
}

// repeated answers a settlement whose claim is settled already.
func (o *Outbox) repeated(it *item, s *notify.Settlement) (string, error) {
	same := false
	switch s.Outcome {
	case notify.Done:
		same = it.state == sent || it.state == bounced
	case notify.Skip:
		same = it.state == suppressed
	case notify.Retry, notify.Release:
		same = it.state == pending || it.state == superseded
	case notify.Bury:
		if same = it.state == dead; same && len(it.fallback) > 0 {
			if f := o.items[notify.FallbackKey(it.key, it.fallback[0])]; f != nil {
				return f.key, nil
			}
		}
	default:
	}
	if !same {
		return "", notify.ErrLeaseLost
	}
	return "", nil
}

// lease gives an item to a worker.
func (o *Outbox) lease(it *item, at, until int64) notify.Claimed {
	o.token++
	it.token = o.token
	if it.state != leased {
		it.q.contact.leased++
		it.q.inFlight = it
		it.g.move(it, leased, at)
	}
	it.g.setAttempts(it, it.attempts+1)
	it.nextAt = until
	it.q.seat()
	c := notify.Claimed{Item: it.public(), Token: tokenText(it.token), Attempt: int(it.attempts), Until: fromMicro(until)}
	if it.q.last != nil {
		c.Prior = cloneReceipt(it.q.last.receipt)
	}
	return c
}

func tokenText(n uint64) string { return strconv.FormatUint(n, 36) }

// land takes an item out of flight.
func (it *item) land() {
	it.unseat()
	if it.state == leased {
		it.q.contact.leased--
		it.q.inFlight = nil
	}
}

// close ends the open life of an item and lets the next of its thread come.
func (o *Outbox) close(it *item, to state, now int64) {
	it.land()
	it.q.unlink(it)
	it.g.move(it, to, now)
	if to == sent {
		it.q.addSent(it)
	}
	it.q.seat()
}

// giveBack makes an item wait again, unless a newer one has come meanwhile.
func (o *Outbox) giveBack(it *item, next, now int64) {
	if it.supersedable && it.q.hasNewer(it) {
		o.close(it, superseded, now)
		return
	}
	it.land()
	it.nextAt = next
	it.g.move(it, pending, now)
	it.q.seat()
}
