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

// A server that asks for a second each time gets its attempts over days all the same.
func TestDispatcherOutlastsShortWishes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail = notify.Channel{Independent: true, Notifier: p.sends(func(context.Context, *notify.Delivery) error {
			return notify.RetryAfter(errDown, time.Second)
		})}
		p.opts.Poll = time.Hour
		p.add(t, item("a"))
		runFor(t, p.dispatcher(t), 6*24*time.Hour)

		require.Len(t, p.times, 10)
		assert.Less(t, p.times[2].Sub(p.times[0]), 5*time.Second, "at first as asked")
		s := notify.DefaultSchedule()
		for n := 3; n < len(p.times); n++ {
			assert.GreaterOrEqual(t, p.times[n].Sub(p.times[n-1]), s.Wait(n, 0), "before attempt %d", n+1)
		}
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
		most   time.Duration // and at most, if not 0
		gone   int
	}{
		"sent":                {state: notify.StateSent},
		"temporary":           {err: errDown, state: notify.StatePending, next: 5 * time.Second},
		"throttled":           {err: notify.RetryAfter(errDown, 7*time.Minute), state: notify.StatePending, class: notify.Throttled, next: 7 * time.Minute},
		"throttled, no hint":  {err: notify.RetryAfter(errDown, 0), state: notify.StatePending, class: notify.Throttled, next: 5 * time.Second},
		"throttled for ever":  {err: &notify.Error{Class: notify.Throttled, After: 1<<63 - 1}, state: notify.StatePending, class: notify.Throttled, next: 24 * time.Hour, most: 24 * time.Hour},
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
					if tc.most > 0 {
						assert.LessOrEqual(t, time.Until(got.NextAt), tc.most)
					}
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
