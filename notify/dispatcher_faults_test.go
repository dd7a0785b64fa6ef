package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func TestDispatcherPoisonStopsNobodyElse(t *testing.T) {
	t.Parallel()
	boom := func() { panic("customer@example.org") } //nolint:forbidigo // what the library must survive
	for name, set := range map[string]func(p *post){
		"notifier panics": func(p *post) {
			p.mail.Notifier = p.sends(func(_ context.Context, d *notify.Delivery) error {
				if d.ID == "poison" {
					boom()
				}
				return nil
			})
		},
		"notifier fails": func(p *post) {
			p.mail.Notifier = p.sends(func(_ context.Context, d *notify.Delivery) error {
				if d.ID == "poison" {
					return errDown
				}
				return nil
			})
		},
		"resolver panics": func(p *post) {
			p.resolve = func(c notify.Claimed, _ *notify.Resolved) {
				if c.Key == "poison" {
					boom()
				}
			}
		},
		"no words": func(p *post) {
			p.resolve = func(c notify.Claimed, r *notify.Resolved) {
				if c.Key == "poison" {
					r.Message = nil
				}
			}
		},
		"cannot be rendered": func(p *post) {
			p.resolve = func(c notify.Claimed, r *notify.Resolved) {
				if c.Key == "poison" {
					r.Err = notify.Permanent(errors.New("template award: no amount"))
				}
			}
		},
		"has no template": func(p *post) {
			p.resolve = func(c notify.Claimed, r *notify.Resolved) {
				if c.Key == "poison" {
					r.Err = notify.Misconfigured(errors.New("no template for award"))
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{}
				p.mail.Notifier = p.sends(nil)
				p.opts.Poll = time.Hour
				set(p)
				for i := range 50 {
					p.add(t, item(fmt.Sprint("k", i)))
				}
				p.add(t, item("poison"))
				d := p.dispatcher(t)
				runFor(t, d, 6*24*time.Hour)
				for i := range 50 {
					assert.Equal(t, notify.StateSent, p.stored(t, fmt.Sprint("k", i)).State)
				}
				got := p.stored(t, "poison")
				assert.Equal(t, notify.StateDead, got.State)
				assert.NotEmpty(t, got.LastErr)
				assert.NotContains(t, got.LastErr, "customer@")
				assert.Zero(t, d.Stats().Lost)
				assert.False(t, d.Channels()[0].Stopped)
			})
		})
	}
}

func TestDispatcherExtendsLongSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(func(ctx context.Context, _ *notify.Delivery) error {
			<-ctx.Done()
			timer := time.NewTimer(10 * time.Minute) // an adapter that does not mind its context
			defer timer.Stop()
			<-timer.C
			return nil
		})
		p.add(t, item("a"))
		d := p.dispatcher(t)
		second := make(chan int)
		go func() {
			n := 0
			tick := time.NewTicker(time.Minute)
			defer tick.Stop()
			for range 10 {
				<-tick.C
				items, err := p.box.Claim(context.Background(), notify.ClaimRequest{Channel: "mail", Limit: 5, Lease: time.Minute, At: time.Now()})
				if err != nil {
					n += 100
				}
				n += len(items)
			}
			second <- n
		}()
		assert.Equal(t, 1, deliver(t, d).Sent)
		assert.Zero(t, <-second, "another worker got what is in flight")
		assert.Len(t, p.sent, 1)
	})
}

func TestDispatcherLostLeaseIsNotWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(func(context.Context, *notify.Delivery) error {
			// Meanwhile the process stood still, and another one took over.
			items, err := p.box.Claim(context.Background(), notify.ClaimRequest{Channel: "mail", Limit: 5, Lease: time.Hour, At: time.Now().Add(time.Hour)})
			if err != nil || len(items) != 1 {
				return fmt.Errorf("taking over: %d items, %w", len(items), err)
			}
			return nil
		})
		p.add(t, item("a"))
		out := deliver(t, p.dispatcher(t))
		assert.Equal(t, 1, out.Lost)
		assert.Zero(t, out.Sent)
		assert.Empty(t, out.Records)
		got := p.stored(t, "a")
		assert.Equal(t, notify.StateLeased, got.State)
		assert.Equal(t, 2, got.Attempts)
	})
}

func TestDispatcherShutdown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		takes time.Duration
		grace time.Duration
		sent  int
	}{
		"in flight finishes":   {takes: 5 * time.Second, sent: 2},
		"grace ends":           {takes: 20 * time.Second, sent: 0},
		"no grace":             {takes: 5 * time.Second, grace: -1, sent: 0},
		"grace is long enough": {takes: 20 * time.Second, grace: time.Minute, sent: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{}
				p.opts.Grace = tc.grace
				p.mail = notify.Channel{Workers: 2, Notifier: p.sends(func(ctx context.Context, _ *notify.Delivery) error {
					timer := time.NewTimer(tc.takes)
					defer timer.Stop()
					select {
					case <-timer.C:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})}
				for i := range 10 {
					p.add(t, item(fmt.Sprint("k", i)))
				}
				d := p.dispatcher(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				out, err := d.Deliver(ctx, 0)
				require.NoError(t, err)
				assert.Len(t, p.sent, 2)
				assert.Equal(t, tc.sent, out.Sent)
				assert.Equal(t, 2-tc.sent, out.Retried)
				assert.Equal(t, 8, out.Released)
				attempts := 0
				items, _, err := p.box.List(t.Context(), notify.Query{}, "", 0)
				require.NoError(t, err)
				for _, it := range items {
					attempts += it.Attempts
					assert.NotEqual(t, notify.StateLeased, it.State)
				}
				assert.Equal(t, 2, attempts, "what was not begun has its attempt back")
			})
		})
	}
}

// What was handed over when we ended the attempt may have arrived: it is not sent
// a second time, at a shutdown as little as otherwise, unless the channel says so.
func TestDispatcherShutdownRepeatsNothingUncertain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		repeat bool
		want   notify.State
	}{
		"it waits for a person":  {want: notify.StateDead},
		"the channel repeats it": {repeat: true, want: notify.StatePending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{}
				p.opts.Grace = -1
				p.mail = notify.Channel{RepeatUncertain: tc.repeat, Notifier: p.sends(func(ctx context.Context, _ *notify.Delivery) error {
					<-ctx.Done()
					return notify.Ambiguous(fmt.Errorf("waiting for the answer: %w", ctx.Err()))
				})}
				p.add(t, item("a"))
				d := p.dispatcher(t)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err := d.Deliver(ctx, 0)
				require.NoError(t, err)
				assert.Equal(t, tc.want, p.stored(t, "a").State)
			})
		})
	}
}

// TestDispatcherSurvivesAFailureAtEveryCall fails every call of the outbox
// once, before and after its effect, and expects everything to be delivered.
func TestDispatcherSurvivesAFailureAtEveryCall(t *testing.T) {
	t.Parallel()
	story := func(t *testing.T, k int, late bool) (calls int) {
		p := &post{}
		p.mail.Notifier = p.sends(nil)
		p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(nil)}}
		p.resolve = func(c notify.Claimed, r *notify.Resolved) {
			if c.Channel == "mail" && c.Attempt == 1 && c.Seq == 2 {
				r.Err = errDown
			}
			if c.Channel == "mail" && len(c.Fallback) > 0 {
				r.Err = notify.Gone(errDown)
			}
		}
		crash := func(_ context.Context, _ notifytest.Op, n int) error {
			if n == k {
				return errors.New("connection lost")
			}
			return nil
		}
		f := &notifytest.FaultOutbox{Outbox: &p.box}
		if late {
			f.After = crash
		} else {
			f.Before = crash
		}
		p.over = f
		for i := range 6 {
			it := item(fmt.Sprint("k", i))
			it.Recipient, it.Seq = fmt.Sprint("to", i/2), uint64(i%2+1)
			p.add(t, it)
		}
		p.add(t, withSMS("f"))
		d := p.dispatcher(t)
		runFor(t, d, 10*time.Minute)
		seen := map[string]int{}
		for _, id := range p.sent {
			seen[id]++
		}
		for _, key := range []string{"k0", "k1", "k2", "k3", "k4", "k5", "f(sms)"} {
			assert.Equal(t, 1, seen[key], "call %d fails, after its effect %t: %q was sent %d times", k, late, key, seen[key])
			assert.Equal(t, notify.StateSent, p.stored(t, key).State, "call %d fails, after its effect %t: %q", k, late, key)
		}
		assert.Equal(t, notify.StateDead, p.stored(t, "f").State)
		assert.Zero(t, d.Stats().Lost)
		return f.Calls()
	}
	calls := 0
	synctest.Test(t, func(t *testing.T) { calls = story(t, -1, false) })
	require.Greater(t, calls, 10)
	for k := 1; k <= min(calls, 25); k++ {
		for _, late := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) { story(t, k, late) })
		}
	}
}

func TestDispatcherOutboxDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(nil)
		down := true
		p.over = &notifytest.FaultOutbox{Outbox: &p.box, Before: func(_ context.Context, op notifytest.Op, _ int) error {
			if down && op == notifytest.OpSettle {
				return errDown
			}
			return nil
		}}
		p.add(t, item("a"))
		d := p.dispatcher(t)
		out, err := d.Deliver(t.Context(), 0)
		require.ErrorIs(t, err, errDown)
		assert.Equal(t, 1, out.Unsettled)
		down = false
		runFor(t, d, 5*time.Minute)
		assert.Equal(t, notify.StateSent, p.stored(t, "a").State)
		assert.Equal(t, []string{"a", "a"}, p.sent, "told twice rather than never, with the same key")
	})
}

// foreseeing is an outbox that is told to stop while it looks ahead, as a database is.
type foreseeing struct {
	notify.Outbox
	stop context.CancelFunc
}

func (f foreseeing) NextDue(ctx context.Context, _ string) (time.Time, error) {
	f.stop()
	return time.Time{}, fmt.Errorf("looking ahead: %w", ctx.Err())
}

// Being told to stop is no failure that an operator would have to hear of.
func TestDispatcherStopsQuietlyWhileLookingAhead(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	p := &post{opts: notify.DispatcherOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	p.mail.Notifier = p.sends(nil)
	ctx, cancel := context.WithCancel(t.Context())
	p.over = foreseeing{&p.box, cancel}
	p.add(t, item("a"))
	require.NoError(t, p.dispatcher(t).Run(ctx))
	assert.Equal(t, []string{"a"}, p.sent)
	assert.Empty(t, log.String())
}
