package memoutbox

import (
	"fmt"
	"time"

	"github.com/amends-dev/amends/notify"
)

// mark writes what somebody says of an item without holding its claim.
func (o *Outbox) mark(it *item, s *notify.Settlement, now time.Time) (string, error) {
	at := now.UnixMicro()
	switch s.Outcome {
	case notify.MarkDone:
		return "", o.markDone(it, s, at)
	case notify.MarkBounced:
		return o.markBounced(it, s, at)
	case notify.MarkRead:
		if it.state != sent && it.state != bounced {
			return "", refused(it)
		}
		if m := it.rare(); m.readAt.IsZero() {
			m.readAt = fromMicro(at)
		}
		return "", nil
	default:
		return "", o.revive(it, s, at)
	}
}

func refused(it *item) error {
	return fmt.Errorf("%w: it is %s", notify.ErrRefused, it.state.public())
}

func (o *Outbox) markDone(it *item, s *notify.Settlement, at int64) error {
	if s.By == "" || s.Proof == "" {
		return fmt.Errorf("%w: it needs proof and the name of the person", notify.ErrRefused)
	}
	switch it.state {
	case task, dead:
	case sent:
		if it.more != nil && it.more.by == s.By && it.more.proof == s.Proof {
			return nil
		}
		return refused(it)
	default:
		return refused(it)
	}
	m := it.rare()
	m.proof, m.by = s.Proof, s.By
	if it.state == task {
		o.close(it, sent, at)
		return nil
	}
	it.g.move(it, sent, at)
	it.q.addSent(it)
	return nil
}

func (o *Outbox) markBounced(it *item, s *notify.Settlement, at int64) (string, error) {
	switch it.state {
	case bounced:
		return "", nil
	case sent:
	default:
		return "", refused(it)
	}
	m := it.rare()
	m.lastErr, m.class = s.Err, s.Class
	if s.By != "" {
		m.by = s.By
	}
	it.g.move(it, bounced, at)
	it.q.bounce()
	return o.addFallback(it, at), nil
}

func (o *Outbox) revive(it *item, s *notify.Settlement, at int64) error {
	if s.By == "" {
		return fmt.Errorf("%w: it needs the name of the person", notify.ErrRefused)
	}
	switch it.state {
	case pending, leased, task:
		return nil
	case dead:
	default:
		return refused(it)
	}
	if f := o.toldInstead(it); f != nil {
		return fmt.Errorf("%w: its fallback %q was sent", notify.ErrRefused, f.key)
	}
	it.rare().by = s.By
	it.token = 0
	it.g.setAttempts(it, 0)
	it.nextAt = at
	it.g.move(it, pending, at)
	o.open(it, at)
	return nil
}

// toldInstead returns the item among an item's fallbacks, and theirs, that was
// sent; nil if none was.
func (o *Outbox) toldInstead(it *item) *item {
	for len(it.fallback) > 0 {
		f := o.items[notify.FallbackKey(it.key, it.fallback[0])]
		if f == nil {
			return nil
		}
		if f.state == sent {
			return f
		}
		it = f
	}
	return nil
}
