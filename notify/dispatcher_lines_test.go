package notify_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// onSMS is an item for the other channel.
func onSMS(key string) notify.Item {
	it := item(key)
	it.Channel = "sms"
	return it
}

// A channel that hangs holds up no other, whoever drives the dispatcher.
func TestDispatcherHangingChannelHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	for name, drive := range map[string]func(ctx context.Context, d *notify.Dispatcher) error{
		"run": func(ctx context.Context, d *notify.Dispatcher) error { return d.Run(ctx) },
		"deliver": func(ctx context.Context, d *notify.Dispatcher) error {
			_, err := d.Deliver(ctx, 0)
			return err
		},
		"deliver, bounded": func(ctx context.Context, d *notify.Dispatcher) error {
			_, err := d.Deliver(ctx, 512)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{}
				p.mail.Notifier = notify.NotifierFunc(func(ctx context.Context, _ *notify.Delivery) (notify.Receipt, error) {
					<-ctx.Done()
					return notify.Receipt{}, ctx.Err()
				})
				p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(nil)}}
				told := map[string]bool{}
				p.opts.Hooks = &notify.DispatcherHooks{Passed: func(_ context.Context, d notify.Delivered) {
					if d.Sent > 0 {
						for _, r := range d.Records {
							told[r] = true
						}
					}
				}}
				for i := range 400 {
					p.add(t, item(fmt.Sprint("slow", i)))
				}
				p.add(t, onSMS("first"))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				d := p.dispatcher(t)
				ended := make(chan error, 1)
				go func() { ended <- drive(ctx, d) }()
				synctest.Wait()
				assert.Equal(t, []string{"first"}, p.sent)

				ack := onSMS("woken")
				ack.Record = "case-1"
				p.add(t, ack)
				d.Wake()
				synctest.Wait()
				assert.Equal(t, []string{"first", "woken"}, p.sent, "at once")
				require.Contains(t, told, "case-1", "and whoever reconciles hears of it at once")
				p.add(t, onSMS("found"))
				<-time.After(6 * time.Second)
				synctest.Wait()
				assert.Equal(t, []string{"first", "woken", "found"}, p.sent, "within the poll interval")
				cancel()
				require.NoError(t, <-ended)
			})
		})
	}
}

// A fallback of a channel goes out while that channel is still busy.
func TestDispatcherFallbackGoesOutWhileItsChannelIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
			if d.ID == "gone" {
				return notify.Receipt{}, notify.Gone(errDown)
			}
			<-ctx.Done()
			return notify.Receipt{}, ctx.Err()
		})
		p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(nil)}, "call": {}}
		p.add(t, item("slow"), withSMS("gone"))
		began := time.Now()
		d := p.dispatcher(t)
		out := deliver(t, d)
		require.Equal(t, []string{"gone(sms)"}, p.sent)
		assert.Less(t, p.times[0].Sub(began), time.Second)
		assert.GreaterOrEqual(t, time.Since(began), 20*time.Second, "the other was still busy")
		assert.Equal(t, 3, out.Claimed)
		assert.Equal(t, out.Claimed, out.Sent+out.Dead+out.Retried)
		assert.EqualValues(t, out.Claimed, d.Stats().Claimed)
	})
}

// News of a busy channel come about every second, each once.
func TestDispatcherTellsWhatABusyChannelDid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail = notify.Channel{Workers: 1, Notifier: p.sends(func(context.Context, *notify.Delivery) error {
			<-time.After(300 * time.Millisecond)
			return nil
		})}
		const n = 40 // 12 s
		for i := range n {
			it := item(fmt.Sprintf("k%02d", i))
			it.Record = "case-" + it.Key
			p.add(t, it)
		}
		var at []time.Time
		var sum notify.Delivered
		seen := map[string]int{}
		began := time.Now()
		p.opts.Hooks = &notify.DispatcherHooks{Passed: func(_ context.Context, d notify.Delivered) {
			at = append(at, time.Now())
			sum.Claimed, sum.Sent = sum.Claimed+d.Claimed, sum.Sent+d.Sent
			for _, r := range d.Records {
				seen[r]++
			}
		}}
		out := deliver(t, p.dispatcher(t))
		assert.Equal(t, n, out.Sent)
		assert.Equal(t, n, sum.Sent)
		assert.Equal(t, n, sum.Claimed)
		assert.Len(t, out.Records, n)
		require.Len(t, seen, n)
		for r, times := range seen {
			assert.Equal(t, 1, times, r)
		}
		for i, from := 0, began; i < len(at); from, i = at[i], i+1 {
			assert.LessOrEqual(t, at[i].Sub(from), 1300*time.Millisecond)
		}
	})
}
