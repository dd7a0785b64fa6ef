package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// down is a post whose mail transport answers what f says, with a text message as the other way.
func down(f func(d *notify.Delivery) error) (p *post, texted *[]string, at *[]time.Duration) {
	p, texted, at = &post{}, &[]string{}, &[]time.Duration{}
	began := time.Now()
	p.mail.Notifier = p.sends(func(_ context.Context, d *notify.Delivery) error { return f(d) })
	p.more = map[string]notify.Channel{"call": {}, "sms": {Workers: 1, Notifier: notify.NotifierFunc(func(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
		*texted = append(*texted, strings.TrimSuffix(d.ID, "(sms)"))
		*at = append(*at, time.Since(began))
		return notify.Receipt{}, nil
	})}}
	return p, texted, at
}

// What is throttled takes its other way as soon as what fails does.
func TestDispatcherThrottledTakesTheOtherWay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after       time.Duration
		independent bool
		downAfter   time.Duration
		tries       int           // of mail for the item with another way
		within      time.Duration // its text message is sent
	}{
		"by patience":                     {after: time.Minute, tries: 3, within: 4 * time.Minute},
		"by patience, independent":        {after: time.Minute, independent: true, tries: 3, within: 4 * time.Minute},
		"a long wait at once":             {after: time.Hour, tries: 1, within: time.Second},
		"a long wait, independent":        {after: time.Hour, independent: true, tries: 1, within: time.Second},
		"a channel that is never down":    {after: time.Hour, downAfter: -1, tries: 3, within: 3 * time.Hour},
		"a wait just as long as too long": {after: 10 * time.Minute, tries: 1, within: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, texted, at := down(func(*notify.Delivery) error { return notify.RetryAfter(errDown, tc.after) })
				p.mail.Independent, p.opts.DownAfter = tc.independent, tc.downAfter
				p.add(t, withSMS("a"))
				runFor(t, p.dispatcher(t), 5*time.Hour)
				require.Equal(t, []string{"a"}, *texted)
				assert.LessOrEqual(t, (*at)[0], tc.within)
				assert.Len(t, p.sent, tc.tries)
				got := p.stored(t, "a")
				assert.Equal(t, notify.StateDead, got.State)
				assert.Equal(t, notify.Throttled, got.Class)
			})
		})
	}
}

// A pause that is longer than a channel may be down is known at its start: those
// that were not tried yet do not wait for its end.
func TestDispatcherLongPauseIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		paused := true
		p, texted, at := down(func(*notify.Delivery) error {
			if paused {
				return notify.RetryAfter(errDown, 2*time.Hour)
			}
			return nil
		})
		p.mail.Workers, p.opts.Batch = 1, 1
		p.add(t, item("only mail"))
		for i := range 50 {
			p.add(t, withSMS(fmt.Sprintf("k%02d", i)))
		}
		d := p.dispatcher(t)
		runFor(t, d, time.Minute)
		require.Len(t, *texted, 50)
		assert.LessOrEqual(t, (*at)[49], 10*time.Second)
		assert.LessOrEqual(t, len(p.sent), 2, "nobody knocks while it asked for peace")
		assert.Equal(t, notify.StatePending, p.stored(t, "only mail").State)
		assert.NotZero(t, d.Channels()[0].Down)
		paused = false
		runFor(t, d, 3*time.Hour)
		assert.Equal(t, notify.StateSent, p.stored(t, "only mail").State)
		assert.Zero(t, d.Channels()[0].Down)
	})
}

// A channel that waits for its rate is not down because one recipient's mailbox is.
func TestDispatcherOneRecipientTakesNoChannelDown(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(p *post){
		"rate":        func(p *post) { p.mail.Rate, p.mail.Burst = 2, 1 },
		"independent": func(p *post) { p.mail.Rate, p.mail.Burst, p.mail.Independent = 2, 1, true },
		"breaker": func(p *post) {
			p.opts.Gate = &notify.GateOptions{Failures: 1, OpenFor: 5 * time.Second}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, texted, _ := down(func(d *notify.Delivery) error {
					if strings.HasPrefix(d.ID, "full") {
						return errDown
					}
					return nil
				})
				p.mail.Workers, p.opts.Batch, p.opts.FallbackAfter = 1, 1, -1
				set(p)
				full := item("full")
				p.add(t, full)
				d := p.dispatcher(t)
				runFor(t, d, 11*time.Minute)
				require.NotEmpty(t, p.sent)
				for i := range 3 {
					again := item(fmt.Sprint("full-again", i))
					again.Recipient, again.Thread = full.Recipient, fmt.Sprint("inc-", i+2)
					p.add(t, again)
				}
				require.Positive(t, deliver(t, d).Retried, "it has failed for eleven minutes, and used up what the rate allows")
				for i := range 50 {
					p.add(t, withSMS(fmt.Sprintf("k%02d", i)))
				}
				deliver(t, d)
				assert.Empty(t, *texted)
				runFor(t, d, 30*time.Minute)
				assert.Empty(t, *texted)
				for i := range 50 {
					assert.Equal(t, notify.StateSent, p.stored(t, fmt.Sprintf("k%02d", i)).State)
				}
			})
		})
	}
}

// A misconfiguration of ours takes down what is independent otherwise.
func TestDispatcherMisconfiguredIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, texted, at := down(func(*notify.Delivery) error { return notify.Misconfigured(errDown) })
		p.mail.Independent = true
		p.opts.Gate = &notify.GateOptions{MendFor: 3 * time.Minute}
		p.add(t, withSMS("a"))
		runFor(t, p.dispatcher(t), 20*time.Minute)
		require.Equal(t, []string{"a"}, *texted)
		assert.GreaterOrEqual(t, (*at)[0], 10*time.Minute)
	})
}
