package notify_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/notify"
)

var (
	errBusy = errors.New("busy")
	errWait = notify.RetryAfter(errors.New("slow down"), 10*time.Second)
	errBad  = notify.Misconfigured(errors.New("token refused"))
)

// report tells a gate of n equal results.
func report(g *notify.Gate, n int, err error) {
	for range n {
		g.Report(err)
	}
}

func TestGateRate(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		g := notify.NewGate(notify.Channel{Rate: 10, Burst: 5}, nil)
		assert.Equal(t, 5, g.Take(64), "the burst")
		assert.Equal(t, 0, g.Take(64))
		next := g.Next()
		assert.Equal(t, 100*time.Millisecond, time.Until(next).Round(time.Millisecond))
		<-time.After(time.Until(next))
		assert.Equal(t, 1, g.Take(64))
		g.Give(1)
		assert.Equal(t, 1, g.Take(64), "what was given back")
		assert.Equal(t, 0, g.Take(64))
		g.Give(100)
		assert.Equal(t, 5, g.Take(64), "never more than the burst")
		assert.Equal(t, 0, g.Take(0))
		taken := 0
		for range 100 { // 10 s
			<-time.After(100 * time.Millisecond)
			taken += g.Take(64)
		}
		assert.InDelta(t, 100, taken, 1)
	})
}

func TestGateUnlimited(t *testing.T) {
	t.Parallel()
	g := notify.NewGate(notify.Channel{}, nil)
	assert.Equal(t, 1000, g.Take(1000))
	assert.True(t, g.Next().IsZero())
}

func TestGateBreaker(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		g := notify.NewGate(notify.Channel{}, &notify.GateOptions{Failures: 3, OpenFor: 30 * time.Second})
		report(g, 2, errBusy)
		report(g, 1, nil)
		report(g, 2, errBusy)
		assert.Equal(t, 8, g.Take(8), "a success in between starts the count again")
		report(g, 9, notify.Permanent(errBusy))
		report(g, 2, notify.Ambiguous(errBusy))
		report(g, 9, fmt.Errorf("stopped: %w", context.Canceled))
		assert.Equal(t, 8, g.Take(8), "a refused message proves that the channel works, the caller's end proves nothing")
		report(g, 1, errBusy)
		assert.Equal(t, 0, g.Take(8), "open")

		<-time.After(time.Until(g.Next()))
		assert.Equal(t, 1, g.Take(8), "one probe")
		assert.Equal(t, 0, g.Take(8), "one only")
		report(g, 1, errBusy)
		assert.Equal(t, 0, g.Take(8), "open again")

		<-time.After(time.Until(g.Next()))
		assert.Equal(t, 1, g.Take(8))
		g.Give(1)
		assert.Equal(t, 1, g.Take(8), "a probe that found nothing to claim is given back")
		<-time.After(time.Until(g.Next()))
		assert.Equal(t, 1, g.Take(8), "a probe that nobody reported is forgotten")
		report(g, 1, nil)
		assert.Equal(t, 8, g.Take(8), "closed")
		assert.True(t, g.Next().IsZero())
	})
}

func TestGateThrottledAndMisconfigured(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		g := notify.NewGate(notify.Channel{}, &notify.GateOptions{MendFor: time.Minute})
		g.Report(errWait)
		assert.Equal(t, 0, g.Take(8))
		assert.Equal(t, 10*time.Second, time.Until(g.Next()))
		<-time.After(10 * time.Second)
		assert.Equal(t, 8, g.Take(8))

		g.Report(errBad)
		assert.Equal(t, 0, g.Take(8))
		assert.Equal(t, time.Minute, time.Until(g.Next()))
		<-time.After(time.Minute)
		assert.Equal(t, 1, g.Take(8), "one probe finds out whether it was mended")
		g.Report(errBad)
		assert.Equal(t, 0, g.Take(8))
		<-time.After(time.Minute)
		assert.Equal(t, 1, g.Take(8))
		g.Report(nil)
		assert.Equal(t, 8, g.Take(8))
	})
}

// TestGateIsNeverHeldForLongerThanADay, whatever a server asks for.
func TestGateIsNeverHeldForLongerThanADay(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		g := notify.NewGate(notify.Channel{}, nil)
		g.Report(&notify.Error{Class: notify.Throttled, After: math.MaxInt64})
		assert.Equal(t, 24*time.Hour, time.Until(g.Next()))
		<-time.After(24 * time.Hour)
		assert.Equal(t, 8, g.Take(8))
	})
}

// TestGateFollowsTheClockOfAReplay: rate, breaker, pause and mending wait by the host's clock.
func TestGateFollowsTheClockOfAReplay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		channel notify.Channel
		hold    func(g *notify.Gate)
		wait    time.Duration
	}{
		"rate":          {notify.Channel{Rate: 0.5}, func(*notify.Gate) {}, 2 * time.Second},
		"breaker":       {notify.Channel{}, func(g *notify.Gate) { report(g, 3, errBusy) }, time.Hour},
		"pause":         {notify.Channel{}, func(g *notify.Gate) { g.Report(errWait) }, 10 * time.Second},
		"misconfigured": {notify.Channel{}, func(g *notify.Gate) { g.Report(errBad) }, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := time.Date(2025, 3, 2, 9, 0, 0, 0, time.UTC)
			now := func() time.Time { return clock }
			g := notify.NewGate(tc.channel, &notify.GateOptions{Failures: 3, OpenFor: time.Hour, MendFor: 2 * time.Hour, Now: now})
			assert.Equal(t, 1, g.Take(1))
			tc.hold(g)
			assert.Equal(t, 0, g.Take(1))
			assert.Equal(t, clock.Add(tc.wait), g.Next())
			clock = clock.Add(tc.wait - time.Millisecond)
			assert.Equal(t, 0, g.Take(1))
			clock = clock.Add(time.Millisecond)
			assert.Equal(t, 1, g.Take(1))
		})
	}
}

// TestGateIndependent: one customer's dead server says nothing about the others'.
func TestGateIndependent(t *testing.T) {
	t.Parallel()
	g := notify.NewGate(notify.Channel{Independent: true}, &notify.GateOptions{Failures: 1})
	report(g, 100, errBusy)
	report(g, 100, errWait)
	assert.Equal(t, 8, g.Take(8))
	g.Report(errBad)
	assert.Equal(t, 0, g.Take(8), "our own misconfiguration concerns all of them")
	off := notify.NewGate(notify.Channel{}, &notify.GateOptions{Failures: -1})
	report(off, 100, errBusy)
	assert.Equal(t, 8, off.Take(8))
}
