package notify_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

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

// A breaker that opened in a replay is closed again by the replay's clock, not by waiting.
func TestDispatcherGatesFollowItsClock(t *testing.T) {
	t.Parallel()
	p := &post{}
	broken := true
	p.mail = notify.Channel{Workers: 1, Notifier: p.sends(func(context.Context, *notify.Delivery) error {
		if broken {
			return errDown
		}
		return nil
	})}
	clock := time.Date(2025, 3, 2, 9, 0, 0, 0, time.UTC)
	p.opts.Now = func() time.Time { return clock }
	p.opts.Gate = &notify.GateOptions{Failures: 1, OpenFor: time.Hour}
	p.opts.Batch = 1
	p.pages++
	_, err := p.box.Add(t.Context(), notify.Page{Notice: "n", Done: true, At: clock, Items: []notify.Item{item("a"), item("b")}})
	require.NoError(t, err)
	d := p.dispatcher(t)
	deliver(t, d)
	require.Equal(t, []string{"a"}, p.sent)
	broken = false
	assert.Equal(t, clock.Add(time.Hour), d.Channels()[0].Next)
	clock = clock.Add(59 * time.Minute)
	deliver(t, d)
	assert.Equal(t, []string{"a"}, p.sent)
	clock = clock.Add(time.Minute)
	assert.Positive(t, deliver(t, d).Sent)
	assert.Equal(t, notify.StateSent, p.stored(t, "b").State)
	require.NoError(t, d.Resume(t.Context(), "mail"))
	assert.Zero(t, d.Channels()[0].Next)
}

// What may have been delivered takes its other way, since a duplicate beats
// silence; but nobody tells the same person once more by hand.
func TestDispatcherUncertainTakesTheOtherWayAndIsNotRevivedThen(t *testing.T) {
	t.Parallel()
	p := &post{}
	p.mail.Notifier = p.sends(func(context.Context, *notify.Delivery) error { return notify.Ambiguous(errDown) })
	p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(nil)}, "call": {}}
	alone := item("alone")
	p.add(t, withSMS("a"), alone)
	d := p.dispatcher(t)
	deliver(t, d)
	deliver(t, d)
	assert.ElementsMatch(t, []string{"a", "alone", "a(sms)"}, p.sent)
	settled, err := d.Revive(t.Context(), "Robin Example", "a", "alone")
	require.NoError(t, err)
	require.ErrorIs(t, settled[0].Err, notify.ErrRefused)
	require.ErrorContains(t, settled[0].Err, "a(sms)")
	assert.Equal(t, notify.StateDead, p.stored(t, "a").State)
	require.NoError(t, settled[1].Err, "without another way it waits for a person")
	_, err = d.MarkDone(t.Context(), "a", "Robin Example", "it was in their inbox")
	require.NoError(t, err)
}

// slowFirst is an outbox whose first claim takes a while and finds nothing.
type slowFirst struct {
	notify.Outbox
	claims atomic.Int64
}

func (s *slowFirst) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	if s.claims.Add(1) == 1 {
		<-time.After(time.Second)
		return nil, nil
	}
	return s.Outbox.Claim(ctx, r)
}

// While one channel's claim is under way all of the limit may be with it. What it
// does not find is the others': nothing that is due stays behind.
func TestDispatcherLimitIsSharedByChannels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.mail.Notifier = p.sends(nil)
		p.more = map[string]notify.Channel{"sms": {Notifier: p.sends(nil)}}
		p.over = &slowFirst{Outbox: &p.box}
		onSMS := item("k2")
		onSMS.Channel = "sms"
		p.add(t, item("k1"), onSMS) // whichever channel is first finds nothing
		d, err := p.dispatcher(t).Deliver(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, 1, d.Sent)
		assert.Len(t, p.sent, 1)
	})
}
