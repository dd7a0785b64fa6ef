package smtpnotify

import (
	"context"
	"fmt"

	"github.com/amends-dev/amends/notify"
)

// Notifier sends deliveries as e-mail. Make one with [New]. It is safe for
// concurrent use.
type Notifier struct {
	s     *settings
	names *names
	pool  *pool
}

var _ notify.Notifier = (*Notifier)(nil)

// New returns a notifier that hands messages to a server, which is host and
// port, as in "smtp.example.com:587". From is who they come from, as in
// "Acme <support@acme.example>"; where [notify.Message].From names a person, it
// is shown before the house: "Ada, Acme". Nothing is dialled before the first message.
//
// The error lists everything that is wrong with the arguments.
func New(server, from string, opts *Options) (*Notifier, error) {
	s, err := resolve(server, from, opts)
	if err != nil {
		return nil, err
	}
	n := &Notifier{s: s, pool: newPool(s)}
	if n.names, err = newNames(s.Domain, s.Keys); err != nil {
		return nil, err
	}
	return n, nil
}

// Notify implements [notify.Notifier]: it hands the message to the server, over
// a connection that is open already if there is one. Nil means that the server
// took the responsibility for it (RFC 5321 section 6.1), not that it arrived:
// see [Notifier.ParseBounce].
//
// A repeat sends the message again, under the same Message-ID: SMTP knows no
// idempotency key, and most mailboxes show both. The receipt's ProviderID is the
// Message-ID.
func (n *Notifier) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	if ctx.Err() != nil {
		return notify.Receipt{}, fmt.Errorf("smtpnotify: sending: %w", ended(ctx))
	}
	l, err := n.compose(d)
	if err != nil {
		return notify.Receipt{}, err
	}
	err = n.with(ctx, func(ctx context.Context, c *conn) *failure { return c.transact(ctx, l, n.s.Success) })
	if err != nil {
		return notify.Receipt{}, err
	}
	receipt := notify.Receipt{ProviderID: l.messageID}
	if l.root != "" {
		receipt.Ref = map[string]string{refOf: l.root}
	}
	return receipt, nil
}

// Check connects, authenticates, and asks whether the server would take a message
// from us to an address; nothing is sent. Call it when the program starts: a
// server that refuses to relay says so here, of an address of ours outside of the
// server's own domains, where with customers' addresses it cannot be told from
// their own refusal.
func (n *Notifier) Check(ctx context.Context, address string) error {
	to, err := parseMailbox(address)
	if err != nil {
		return fmt.Errorf("smtpnotify: the address to check with: %w", err)
	}
	l := &letter{from: n.s.returns.String(), to: to}
	if n.s.VERP {
		l.from = n.s.returns.local + "+" + n.names.id("check", "") + "@" + n.s.returns.domain
	}
	return n.with(ctx, func(ctx context.Context, c *conn) *failure {
		end := c.watch(ctx)
		defer end()
		f := c.envelope(l, n.s.Success)
		if f != nil && !f.usable() {
			c.broken = true
		} else {
			c.reset()
		}
		return f
	})
}

// with runs a dialogue on a connection: one that is open, or a new one. If an
// open one turns out to have been closed meanwhile, the dialogue begins again on
// the next.
func (n *Notifier) with(ctx context.Context, run func(context.Context, *conn) *failure) error {
	ctx, cancel := context.WithTimeout(ctx, n.s.Timeout)
	defer cancel()
	if err := n.pool.acquire(ctx); err != nil {
		return err
	}
	defer n.pool.release()
	for {
		c, err := n.pool.take()
		if err != nil {
			return err
		}
		used := c != nil
		if !used {
			var f *failure
			if c, f = n.dial(ctx); f != nil {
				return f.error(ctx, n.s.Pause)
			}
		}
		f := run(ctx, c)
		n.pool.put(c)
		switch {
		case f == nil:
			return nil
		case used && f.stale() && ctx.Err() == nil:
			continue
		}
		return f.error(ctx, n.s.Pause)
	}
}

// Close ends the connections that are open, and those in use when their calls
// return. It takes about a second at most. Later calls fail with [ErrClosed]. A
// repeat does nothing.
func (n *Notifier) Close() error {
	n.pool.close()
	return nil
}
