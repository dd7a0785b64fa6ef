package main

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// ours is the outbox of the library, called as a dispatcher calls it.
type ours struct {
	db     *sql.DB
	box    *sqloutbox.Outbox
	cursor string
	added  int
}

func openOurs(ctx context.Context, p place) (peer, error) {
	return newOurs(ctx, p)
}

func newOurs(ctx context.Context, p place) (*ours, error) {
	db, err := p.sql()
	if err != nil {
		return nil, err
	}
	o := &ours{db: db, box: sqloutbox.New(db, nil)}
	return o, o.box.Migrate(ctx)
}

// items are rows as the outbox takes them.
func items(list []row) []notify.Item {
	out := make([]notify.Item, len(list))
	for i, r := range list {
		out[i] = notify.Item{
			Key: r.Key, Notice: "stmt-1", Space: "acme", Record: r.Record, Kind: notify.KindUpdate, Subject: "stmt-1",
			Recipient: r.Recipient, Customer: r.Recipient, Channel: r.Channel, Thread: r.Record, Seq: 1,
			Supersedable: true, DueAt: time.UnixMicro(r.Due).UTC(),
		}
	}
	return out
}

func (o *ours) add(ctx context.Context, list []row) error {
	o.added += len(list)
	next := strconv.Itoa(o.added)
	n, err := o.box.Add(ctx, notify.Page{Notice: "stmt-1", From: o.cursor, Next: next, Items: items(list), At: epoch()})
	if err == nil && n != len(list) {
		err = fmt.Errorf("%d of %d rows are new", n, len(list))
	}
	o.cursor = next
	return err
}

func (o *ours) work(ctx context.Context, n int) error {
	for done := 0; done < n; {
		claimed, err := o.box.Claim(ctx, notify.ClaimRequest{Channel: "mail", Limit: batch, Lease: time.Minute, At: epoch(), MaxAttempts: 10})
		if err != nil {
			return err
		}
		if len(claimed) == 0 {
			if err := pause(ctx); err != nil {
				return err
			}
			continue
		}
		s := make([]notify.Settlement, len(claimed))
		for i, c := range claimed {
			s[i] = notify.Settlement{
				Key: c.Key, Token: c.Token, Outcome: notify.Done, Now: epoch(),
				Receipt: &notify.Receipt{ProviderID: c.Key}, Hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			}
		}
		answers, err := o.box.Settle(ctx, s)
		if err != nil {
			return err
		}
		for _, a := range answers {
			if a.Err != nil {
				return a.Err
			}
		}
		done += len(claimed)
	}
	return nil
}

func (o *ours) settled(ctx context.Context) (int, error) {
	t, err := o.box.Tally(ctx, notify.Query{Space: "acme", Record: "inc-1"})
	n := 0
	for _, l := range t.Counts {
		if l.State == notify.StateSent {
			n += int(l.N)
		}
	}
	return n, err
}

func (o *ours) close() error { return o.db.Close() }

// dispatched is the outbox with all that the library puts around it: resolving
// whom to tell what, the gate of the channel, attempts with time-outs, settling in batches.
type dispatched struct {
	*ours
	dispatcher *notify.Dispatcher
}

func openDispatched(ctx context.Context, p place) (peer, error) {
	o, err := newOurs(ctx, p)
	if err != nil {
		return nil, err
	}
	d, err := newDispatcher(o.box)
	return &dispatched{o, d}, err
}

func newDispatcher(box notify.Outbox) (*notify.Dispatcher, error) {
	words := &notify.Message{Thread: "inc-1", Seq: 1, Kind: notify.KindUpdate, Subject: "Restores hang at 0 %", Text: "We have found the cause."}
	resolve := func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		out := make([]notify.Resolved, len(items))
		for i, it := range items {
			out[i] = notify.Resolved{To: notify.Recipient{ID: it.Recipient, Address: it.Recipient + "@customer.example"}, Message: words}
		}
		return out, nil
	}
	mail := notify.Channel{Notifier: notify.NotifierFunc(nowhere), RepeatUncertain: true}
	return notify.NewDispatcher(box, notify.ResolverFunc(resolve), map[string]notify.Channel{"mail": mail}, &notify.DispatcherOptions{Batch: batch})
}

// nowhere accepts everything.
func nowhere(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
	return notify.Receipt{ProviderID: d.ID}, nil
}

func (d *dispatched) work(ctx context.Context, n int) error {
	for done := 0; done < n; {
		r, err := d.dispatcher.Deliver(ctx, 0)
		if err != nil {
			return err
		}
		if done += r.Sent; r.Sent != r.Claimed {
			return fmt.Errorf("%d of %d claimed were sent", r.Sent, r.Claimed)
		}
		if r.Sent == 0 {
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
