package smtpnotify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed says that the notifier was closed.
var ErrClosed = errors.New("the notifier is closed")

// pool bounds the connections and keeps those that are not in use. A slot is
// held by whoever uses a connection; only the holder of a slot opens one, and
// only when none is idle, so that there are never more than slots.
type pool struct {
	slots    chan struct{}
	messages int
	idle     time.Duration

	mu     sync.Mutex
	conns  []*conn // not in use, the last used at the end
	closed bool
}

func newPool(s *settings) *pool {
	return &pool{slots: make(chan struct{}, s.Connections), messages: s.Messages, idle: s.Idle}
}

// acquire takes a slot. The caller gives it back with release.
func (p *pool) acquire(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("smtpnotify: waiting for one of %d connections: %w", cap(p.slots), ended(ctx))
	}
}

func (p *pool) release() { <-p.slots }

// take returns a connection that was used before, nil if there is none. Those
// that were idle for too long are ended.
func (p *pool) take() (*conn, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, fmt.Errorf("smtpnotify: %w", ErrClosed)
	}
	old := 0
	for old < len(p.conns) && time.Since(p.conns[old].since) > p.idle {
		old++
	}
	expired := p.conns[:old:old]
	p.conns = p.conns[old:]
	var c *conn
	if last := len(p.conns) - 1; last >= 0 {
		c, p.conns = p.conns[last], p.conns[:last]
	}
	p.mu.Unlock()
	quit(expired)
	return c, nil
}

// put gives back a connection, or ends it if it has served.
func (p *pool) put(c *conn) {
	if !c.broken && c.sent < p.messages {
		p.mu.Lock()
		if !p.closed {
			c.since = time.Now()
			p.conns = append(p.conns, c)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
	}
	c.quit()
}

// close ends what is idle. What is in use is ended when it is given back.
func (p *pool) close() {
	p.mu.Lock()
	conns := p.conns
	p.conns, p.closed = nil, true
	p.mu.Unlock()
	quit(conns)
}

// quit ends connections side by side.
func quit(conns []*conn) {
	if len(conns) == 0 {
		return
	}
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(c.quit)
	}
	wg.Wait()
}
