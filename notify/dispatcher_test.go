package notify_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/notifytest"
)

// post is an outbox with a dispatcher and a channel "mail" whose transport is a func.
type post struct {
	box  memoutbox.Outbox
	opts notify.DispatcherOptions
	// channel "mail"; more channels by name.
	mail notify.Channel
	more map[string]notify.Channel
	// outbox that the dispatcher uses, if not box.
	over notify.Outbox
	// resolve, if set, changes what is resolved.
	resolve func(c notify.Claimed, r *notify.Resolved)

	mu     sync.Mutex
	pages  int
	sent   []string    // IDs that send was called for
	times  []time.Time // and when
	priors []*notify.Receipt
}

// sends makes a notifier that notes its calls and answers what f says.
func (p *post) sends(f func(ctx context.Context, d *notify.Delivery) error) notify.Notifier {
	return notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
		p.mu.Lock()
		p.sent, p.times, p.priors = append(p.sent, d.ID), append(p.times, time.Now()), append(p.priors, d.Prior)
		p.mu.Unlock()
		if f != nil {
			if err := f(ctx, d); err != nil {
				return notify.Receipt{}, err
			}
		}
		return notify.Receipt{ProviderID: "got-" + d.ID}, nil
	})
}

func item(key string) notify.Item {
	return notify.Item{
		Key: key, Notice: "stmt-1", Record: "inc-1", Kind: notify.KindUpdate, Recipient: "to-" + key,
		Channel: "mail", Thread: "inc-1", Seq: 1,
	}
}

func (p *post) add(t *testing.T, items ...notify.Item) {
	t.Helper()
	p.pages++
	_, err := p.box.Add(t.Context(), notify.Page{Notice: fmt.Sprint("page-", p.pages), Done: true, Items: items, At: time.Now()})
	require.NoError(t, err)
}

func (p *post) dispatcher(t *testing.T) *notify.Dispatcher {
	t.Helper()
	channels := map[string]notify.Channel{"mail": p.mail}
	maps.Copy(channels, p.more)
	if p.opts.Tries == 0 {
		p.opts.Tries = -1
	}
	var box notify.Outbox = &p.box
	if p.over != nil {
		box = p.over
	}
	d, err := notify.NewDispatcher(box, notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		out := make([]notify.Resolved, len(items))
		for i, c := range items {
			out[i] = notify.Resolved{
				To:      notify.Recipient{ID: c.Recipient, Address: c.Recipient + "@example.org"},
				Message: &notify.Message{Thread: c.Thread, Seq: c.Seq, Kind: c.Kind, Subject: "S", Text: "words for " + c.Recipient},
			}
			if p.resolve != nil {
				p.resolve(c, &out[i])
			}
		}
		return out, nil
	}), channels, &p.opts)
	require.NoError(t, err)
	return d
}

func deliver(t *testing.T, d *notify.Dispatcher) notify.Delivered {
	t.Helper()
	out, err := d.Deliver(t.Context(), 0)
	require.NoError(t, err)
	return out
}

func (p *post) stored(t *testing.T, key string) notify.Stored {
	t.Helper()
	items, _, err := p.box.List(t.Context(), notify.Query{}, "", 0)
	require.NoError(t, err)
	for _, it := range items {
		if it.Key == key {
			return it
		}
	}
	require.Failf(t, "not found", "no item %q", key)
	return notify.Stored{}
}

// runFor lets a dispatcher run for a while of bubble time.
func runFor(t *testing.T, d *notify.Dispatcher, span time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	require.NoError(t, d.Run(ctx))
}

var errDown = errors.New("503 down")

func TestDispatcherRetriesOnTheScheduleOverDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(func(context.Context, *notify.Delivery) error { return errDown })
		p.opts.Gate = &notify.GateOptions{Failures: -1}
		p.opts.Poll = time.Hour
		p.add(t, item("a"))
		runFor(t, p.dispatcher(t), 6*24*time.Hour)

		require.Len(t, p.times, 10)
		s := notify.DefaultSchedule()
		for n := 1; n < len(p.times); n++ {
			gap := p.times[n].Sub(p.times[n-1])
			assert.GreaterOrEqual(t, gap, s.Wait(n, 0), "before attempt %d", n+1)
			assert.LessOrEqual(t, gap, s.Wait(n, 1)+time.Second, "before attempt %d", n+1)
		}
		got := p.stored(t, "a")
		assert.Equal(t, notify.StateDead, got.State)
		assert.Equal(t, "503 down", got.LastErr)
		assert.Equal(t, notify.Temporary, got.Class)
	})
}

func TestDispatcherOutcomeByClass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err    error
		repeat bool
		state  notify.State
		class  notify.Class
		next   time.Duration // of pending ones, at least
		gone   int
	}{
		"sent":                {state: notify.StateSent},
		"temporary":           {err: errDown, state: notify.StatePending, next: 5 * time.Second},
		"throttled":           {err: notify.RetryAfter(errDown, 7*time.Minute), state: notify.StatePending, class: notify.Throttled, next: 7 * time.Minute},
		"throttled, no hint":  {err: notify.RetryAfter(errDown, 0), state: notify.StatePending, class: notify.Throttled, next: 5 * time.Second},
		"uncertain":           {err: notify.Ambiguous(errDown), state: notify.StateDead, class: notify.Uncertain},
		"uncertain, repeated": {err: notify.Ambiguous(errDown), repeat: true, state: notify.StatePending, class: notify.Uncertain, next: 5 * time.Second},
		"lasting":             {err: notify.Permanent(errDown), state: notify.StateDead, class: notify.Lasting},
		"gone":                {err: notify.Gone(errDown), state: notify.StateDead, class: notify.AddressGone, gone: 1},
		"misconfigured":       {err: notify.Misconfigured(errDown), state: notify.StatePending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gone := 0
				p := &post{}
				p.mail = notify.Channel{Notifier: p.sends(func(context.Context, *notify.Delivery) error { return tc.err }), RepeatUncertain: tc.repeat}
				p.opts.Hooks = &notify.DispatcherHooks{AddressGone: func(_ context.Context, c notify.Claimed, err error) {
					gone++
					assert.Equal(t, "a", c.Key)
					assert.ErrorIs(t, err, errDown)
				}}
				p.add(t, item("a"))
				out := deliver(t, p.dispatcher(t))
				assert.Equal(t, 1, out.Claimed)
				got := p.stored(t, "a")
				assert.Equal(t, tc.state, got.State)
				assert.Equal(t, tc.gone, gone)
				if tc.err != nil && name != "misconfigured" {
					assert.Equal(t, tc.class, got.Class)
					assert.Equal(t, []string{"inc-1"}, out.Records)
				}
				if tc.next > 0 {
					assert.GreaterOrEqual(t, time.Until(got.NextAt), tc.next-time.Microsecond)
					assert.WithinDuration(t, got.NextAt, out.Next, time.Microsecond)
				}
			})
		})
	}
}

func TestDispatcherKeepsReceiptHashAndThread(t *testing.T) {
	t.Parallel()
	p := &post{}
	p.mail.Notifier = p.sends(nil)
	first, second := item("a"), item("b")
	second.Recipient, second.Seq = first.Recipient, 2
	p.add(t, second, first)
	out := deliver(t, p.dispatcher(t))
	assert.Equal(t, 2, out.Sent)
	assert.Equal(t, []string{"a", "b"}, p.sent, "in the order of the thread")
	assert.Nil(t, p.priors[0])
	assert.Equal(t, &notify.Receipt{ProviderID: "got-a"}, p.priors[1])
	m := notify.Message{Subject: "S", Text: "words for " + first.Recipient}
	assert.Equal(t, m.Hash(), p.stored(t, "a").Hash)
	assert.NotEqual(t, m.Hash(), (&notify.Message{Subject: "Sw", Text: "ords for " + first.Recipient}).Hash())
	assert.Len(t, m.Hash(), 64)
}

func TestDispatcherRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail = notify.Channel{Notifier: p.sends(nil), Rate: 2, Burst: 1}
		for i := range 10 {
			p.add(t, item(fmt.Sprint("k", i)))
		}
		began := time.Now()
		d := p.dispatcher(t)
		runFor(t, d, 20*time.Second)
		require.Len(t, p.times, 10)
		assert.GreaterOrEqual(t, p.times[9].Sub(began), 4500*time.Millisecond)
		assert.LessOrEqual(t, p.times[9].Sub(began), 6*time.Second)
		assert.EqualValues(t, 10, d.Stats().Sent)
		assert.EqualValues(t, 0, d.Stats().Released, "waiting takes no lease")
		assert.Equal(t, 1, p.stored(t, "k9").Attempts)
	})
}

func TestDispatcherCapPerRecipientAndHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(nil)
		p.opts.Cap = 3
		for i := range 7 {
			it := item(fmt.Sprint("k", i))
			it.Recipient, it.Thread = "ana", fmt.Sprint("inc-", i)
			if i == 6 {
				it.Priority = 100
			}
			p.add(t, it)
		}
		began := time.Now()
		runFor(t, p.dispatcher(t), 3*time.Hour)
		require.Len(t, p.times, 7)
		assert.Equal(t, "k6", p.sent[0], "what is urgent goes first, whatever the cap")
		perHour := map[int]int{}
		for _, at := range p.times {
			perHour[int(at.Sub(began)/time.Hour)]++
		}
		assert.Equal(t, map[int]int{0: 3, 1: 3, 2: 1}, perHour)
	})
}

func TestDispatcherBreakerBurnsNoAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		broken := true
		p.mail = notify.Channel{Workers: 1, Notifier: p.sends(func(context.Context, *notify.Delivery) error {
			if broken {
				return errDown
			}
			return nil
		})}
		p.opts.Gate = &notify.GateOptions{Failures: 5, OpenFor: time.Minute}
		p.opts.Batch, p.opts.DownAfter = 1, -1
		for i := range 100 {
			p.add(t, item(fmt.Sprintf("k%03d", i)))
		}
		d := p.dispatcher(t)
		runFor(t, d, 30*time.Second)
		tried := len(p.sent)
		assert.LessOrEqual(t, tried, 7)
		assert.GreaterOrEqual(t, tried, 5)
		items, _, err := p.box.List(t.Context(), notify.Query{}, "", 0)
		require.NoError(t, err)
		attempts := 0
		for _, it := range items {
			attempts += it.Attempts
		}
		assert.Equal(t, tried, attempts, "an attempt is counted only where something was sent")
		require.NotZero(t, d.Channels()[0].Next)
		broken = false
		runFor(t, d, time.Hour)
		for _, it := range items {
			assert.Equal(t, notify.StateSent, p.stored(t, it.Key).State)
		}
		assert.Zero(t, d.Channels()[0].Down)
	})
}

func TestDispatcherMisconfiguredChannelStopsAndResumes(t *testing.T) {
	t.Parallel()
	for name, byHand := range map[string]bool{"by hand": true, "by itself": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{}
				wrong := true
				var stops, resumes []string
				p.mail = notify.Channel{Workers: 1, Notifier: p.sends(func(context.Context, *notify.Delivery) error {
					if wrong {
						return notify.Misconfigured(errors.New("401 token refused"))
					}
					return nil
				})}
				p.opts.Gate = &notify.GateOptions{MendFor: time.Hour}
				p.opts.Hooks = &notify.DispatcherHooks{
					ChannelStopped: func(_ context.Context, c string, _ error) { stops = append(stops, c) },
					ChannelResumed: func(_ context.Context, c string) { resumes = append(resumes, c) },
				}
				for i := range 20 {
					p.add(t, item(fmt.Sprintf("k%02d", i)))
				}
				d := p.dispatcher(t)
				runFor(t, d, 9*time.Minute)
				assert.LessOrEqual(t, len(p.sent), 2, "the channel stops after the first refusal")
				assert.Equal(t, []string{"mail"}, stops)
				status := d.Channels()[0]
				assert.True(t, status.Stopped)
				assert.Equal(t, "401 token refused", status.LastErr)
				assert.Equal(t, 0, p.stored(t, "k07").Attempts, "no item pays for it")
				wrong = false
				if byHand {
					require.NoError(t, d.Resume(t.Context(), "mail"))
					runFor(t, d, time.Second)
				} else {
					runFor(t, d, 2*time.Hour)
				}
				assert.Equal(t, []string{"mail"}, resumes)
				assert.False(t, d.Channels()[0].Stopped)
				assert.EqualValues(t, 20, d.Stats().Sent)
			})
		})
	}
	p := &post{}
	p.mail.Notifier = p.sends(nil)
	assert.ErrorIs(t, p.dispatcher(t).Resume(t.Context(), "fax"), notify.ErrNotFound)
}

func withSMS(key string) notify.Item {
	it := item(key)
	it.Fallback = []notify.Fallback{{Channel: "sms", Recipient: "phone-" + key}, {Channel: "call", Task: true}}
	return it
}

func TestDispatcherFallsBackWhenTheMailChannelIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		var texted []string
		p.mail = notify.Channel{Notifier: notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) { return notify.Receipt{}, errDown })}
		p.more = map[string]notify.Channel{"sms": {Workers: 1, Notifier: notify.NotifierFunc(func(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
			texted = append(texted, d.To.ID)
			return notify.Receipt{}, nil
		})}, "call": {}}
		const n = 300
		for i := range n {
			p.add(t, withSMS(fmt.Sprintf("k%03d", i)))
		}
		p.add(t, item("only mail"))
		d := p.dispatcher(t)
		runFor(t, d, 20*time.Minute)
		assert.Len(t, texted, n, "whoever has another way is told within minutes, breaker or not")
		assert.EqualValues(t, n, d.Stats().Fallbacks)
		assert.Equal(t, notify.StatePending, p.stored(t, "only mail").State)
		dead, _, err := d.Dead(t.Context(), notify.Query{}, "", 0)
		require.NoError(t, err)
		assert.Len(t, dead, n)
	})
}

func TestDispatcherFallsBackToAPersonAndRecordsProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(func(context.Context, *notify.Delivery) error { return notify.Gone(errDown) })
		p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(func(context.Context, *notify.Delivery) error { return notify.Permanent(errDown) })}}
		p.add(t, withSMS("a"))
		d := p.dispatcher(t)
		runFor(t, d, time.Minute)
		tasks, _, err := d.Tasks(t.Context(), notify.Query{Record: "inc-1"}, "", 0)
		require.NoError(t, err)
		require.Len(t, tasks, 1)
		assert.Equal(t, "a(sms)(call)", tasks[0].Key)
		assert.Equal(t, "a(sms)", tasks[0].Origin)
		_, err = d.MarkDone(t.Context(), tasks[0].Key, "", "called")
		require.ErrorIs(t, err, notify.ErrRefused)
		got, err := d.MarkDone(t.Context(), tasks[0].Key, "Robin Example", "called at 10:15")
		require.NoError(t, err)
		assert.Equal(t, notify.StateSent, got.State)
	})
}

func TestDispatcherBounceReadRevive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		fail := true
		p.mail.Notifier = p.sends(func(context.Context, *notify.Delivery) error {
			if fail {
				return notify.Permanent(errDown)
			}
			return nil
		})
		p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(nil)}}
		p.add(t, item("a"))
		d := p.dispatcher(t)
		deliver(t, d)
		_, err := d.MarkBounced(t.Context(), "a", "too early")
		require.ErrorIs(t, err, notify.ErrRefused)
		fail = false
		settled, err := d.Revive(t.Context(), "Robin Example", "a", "nobody")
		require.NoError(t, err)
		require.NoError(t, settled[0].Err)
		require.ErrorIs(t, settled[1].Err, notify.ErrNotFound)
		deliver(t, d)
		_, err = d.MarkRead(t.Context(), "a")
		require.NoError(t, err)
		assert.False(t, p.stored(t, "a").ReadAt.IsZero())

		p.add(t, withSMS("b"))
		deliver(t, d)
		got, err := d.MarkBounced(t.Context(), "b", "mailbox full")
		require.NoError(t, err)
		assert.Equal(t, "b(sms)", got.Added)
		deliver(t, d)
		assert.Equal(t, notify.StateSent, p.stored(t, "b(sms)").State)
		_, err = d.MarkRead(t.Context(), "nobody")
		require.ErrorIs(t, err, notify.ErrNotFound)
	})
}

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
			})
		})
	}
}

func TestDispatcherSuppressesWhatIsLawfullyUnwanted(t *testing.T) {
	t.Parallel()
	p := &post{}
	p.mail.Notifier = p.sends(nil)
	p.resolve = func(_ notify.Claimed, r *notify.Resolved) { r.Skip = "no news about maintenance" }
	p.add(t, withSMS("a"))
	out := deliver(t, p.dispatcher(t))
	assert.Equal(t, 1, out.Suppressed)
	assert.Empty(t, p.sent)
	assert.Equal(t, notify.StateSuppressed, p.stored(t, "a").State)
}

func TestDispatcherLimit(t *testing.T) {
	t.Parallel()
	p := &post{}
	p.mail.Notifier = p.sends(nil)
	for i := range 10 {
		p.add(t, item(fmt.Sprint("k", i)))
	}
	d := p.dispatcher(t)
	out, err := d.Deliver(t.Context(), 3)
	require.NoError(t, err)
	assert.Equal(t, 3, out.Sent)
	assert.False(t, out.Next.After(time.Now()), "there may be more at once")
	assert.Equal(t, 7, deliver(t, d).Sent)
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

func TestNewDispatcherRefuses(t *testing.T) {
	t.Parallel()
	good := notify.ResolverFunc(func(context.Context, []notify.Claimed) ([]notify.Resolved, error) { return nil, nil })
	for name, f := range map[string]func() (*notify.Dispatcher, error){
		"no outbox":   func() (*notify.Dispatcher, error) { return notify.NewDispatcher(nil, good, nil, nil) },
		"no resolver": func() (*notify.Dispatcher, error) { return notify.NewDispatcher(new(memoutbox.Outbox), nil, nil, nil) },
		"bad option": func() (*notify.Dispatcher, error) {
			return notify.NewDispatcher(new(memoutbox.Outbox), good, nil, &notify.DispatcherOptions{Lease: -time.Second})
		},
		"bad channel": func() (*notify.Dispatcher, error) {
			return notify.NewDispatcher(new(memoutbox.Outbox), good, map[string]notify.Channel{"mail": {Rate: -1}}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := f()
			require.Error(t, err)
			assert.Nil(t, d)
		})
	}
}

func TestScheduleNeverOverflows(t *testing.T) {
	t.Parallel()
	s := notify.DefaultSchedule()
	for _, attempt := range []int{-1, 0, 1, 9, 10, 400, 1 << 40} {
		for _, random := range []float64{-1, 0, 0.5, 1, 7} {
			wait := s.Wait(attempt, random)
			assert.GreaterOrEqual(t, wait, time.Duration(0))
			assert.LessOrEqual(t, wait, 29*time.Hour)
		}
	}
	assert.Zero(t, notify.Schedule(nil).Wait(3, 1))
	long := notify.Schedule{1<<63 - 1}
	assert.Equal(t, time.Duration(1<<63-1), long.Wait(1, 1))
}
