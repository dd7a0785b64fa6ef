package notify

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"
)

// GateOptions configures a [Gate]. The zero value, like a nil *GateOptions, holds the defaults.
type GateOptions struct {
	// Failures in a row open the breaker. If zero, 20; -1 is no breaker.
	Failures int
	// OpenFor is how long the breaker stays open before one probe. If zero, 30 s.
	OpenFor time.Duration
	// MendFor is how long a misconfigured channel is left alone before one
	// probe finds out whether somebody mended it. If zero, 5 min.
	MendFor time.Duration
	// Now tells the time that waits are measured by. If nil, time.Now; of a
	// dispatcher's gates [DispatcherOptions].Now. Only a host that replays history sets it.
	Now func() time.Time
}

// Gate decides how many deliveries of one channel may be claimed now. It holds
// the channel's rate and its breaker, and acts before the claim, so that
// waiting burns neither a lease nor an attempt.
//
// Take before a claim, Give back what the claim did not find, Report each
// result. A gate is safe for concurrent use and local to its process: several
// processes each have their own rate.
type Gate struct {
	limit       *rate.Limiter // nil: unlimited
	now         func() time.Time
	independent bool
	probeFor    time.Duration // a probe that nobody reported is forgotten after this
	openFor     time.Duration
	mendFor     time.Duration

	// clean is set while the breaker is closed and has seen no failure since the
	// last success, and nothing else holds the channel: a further success changes nothing.
	clean atomic.Bool

	mu      sync.Mutex
	trip    uint32                              // failures in a row that open the breaker
	breaker *gobreaker.CircuitBreaker[struct{}] // nil: none; while it is open, opened is set
	opened  time.Time                           // when the breaker opened, or its last probe failed; zero: it is closed
	spare   int                                 // given back, to be taken first
	pause   time.Time                           // throttled until
	mend    time.Time                           // misconfigured; a probe from then on
	probing time.Time                           // a probe is in flight since; zero: none
}

// NewGate returns a gate for a channel.
func NewGate(c Channel, opts *GateOptions) *Gate {
	var o GateOptions
	if opts != nil {
		o = *opts
	}
	g := &Gate{independent: c.Independent, openFor: o.OpenFor, mendFor: o.MendFor, now: o.Now}
	if g.now == nil {
		g.now = time.Now
	}
	if g.openFor <= 0 {
		g.openFor = 30 * time.Second
	}
	if g.mendFor <= 0 {
		g.mendFor = 5 * time.Minute
	}
	g.probeFor = 2 * c.Timeout
	if g.probeFor <= 0 {
		g.probeFor = time.Minute
	}
	if c.Rate > 0 {
		g.limit = rate.NewLimiter(rate.Limit(c.Rate), max(c.Burst, 1))
	}
	if o.Failures == 0 {
		o.Failures = 20
	}
	if o.Failures > 0 && !c.Independent {
		g.trip = uint32(min(o.Failures, math.MaxInt32))
		g.breaker = newBreaker(g.trip)
	}
	g.clean.Store(true)
	return g
}

// newBreaker returns a closed breaker. It decides when to open; for how long is
// the gate's to say, since the breaker knows no clock but the machine's.
func newBreaker(trip uint32) *gobreaker.CircuitBreaker[struct{}] {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     math.MaxInt64, // for ever: a new one takes its place
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= trip },
	})
}

// Take returns how many of n deliveries may be claimed now: between 0 and n.
// If it is 0, [Gate.Next] says when to ask again. A channel on probation gets 1.
func (g *Gate) Take(n int) int {
	if n <= 0 {
		return 0
	}
	if g.limit == nil && g.clean.Load() {
		return n
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if now.Before(g.pause) || now.Before(g.mend) || g.mend.IsZero() && g.open(now) {
		return 0
	}
	probe := !g.mend.IsZero() || !g.opened.IsZero()
	if probe {
		if !g.probing.IsZero() && now.Sub(g.probing) < g.probeFor {
			return 0
		}
		n = 1
	}
	if g.limit != nil {
		n = g.takeTokens(now, n)
	}
	if probe && n > 0 {
		g.probing = now
	}
	return n
}

// takeTokens takes at most n of what the rate allows at now.
func (g *Gate) takeTokens(now time.Time, n int) int {
	spare := min(n, g.spare)
	fresh := min(n-spare, int(g.limit.TokensAt(now)))
	if fresh > 0 && !g.limit.AllowN(now, fresh) {
		fresh = 0
	}
	g.spare -= spare
	return spare + max(fresh, 0)
}

// Give returns n of what Take allowed, because there was nothing to claim or
// the claim was released untried.
func (g *Gate) Give(n int) {
	if n <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = time.Time{}
	if g.limit != nil {
		g.spare = min(g.spare+n, g.limit.Burst())
	}
}

// Report tells the gate how a delivery that Take allowed ended: nil is success.
// Temporary and uncertain failures count for the breaker; throttled ones pause
// the channel for the time they ask for; a misconfigured channel stops until a
// probe succeeds. What is wrong with one message or one address proves that the
// channel works. The end of the caller's own context says nothing.
func (g *Gate) Report(err error) {
	if err == nil && g.clean.Load() {
		return
	}
	class, after := Classify(err)
	if errors.Is(err, context.Canceled) && class == Temporary {
		g.mu.Lock()
		g.probing = time.Time{}
		g.mu.Unlock()
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	g.probing = time.Time{}
	switch {
	case err == nil, class == Lasting, class == AddressGone:
		g.mend = time.Time{}
		g.count(now, nil)
	case class == Unusable:
		g.mend = now.Add(g.mendFor)
	case class == Throttled:
		if until := now.Add(after); !g.independent && until.After(g.pause) {
			g.pause = until
		}
	default:
		if !g.mend.IsZero() {
			g.mend = now.Add(g.mendFor)
		}
		g.count(now, err)
	}
	g.clean.Store(err == nil && g.mend.IsZero() && !now.Before(g.pause) && g.opened.IsZero())
}

// count feeds the breaker. A late result while it is open is dropped; one after
// that is its probe.
func (g *Gate) count(now time.Time, err error) {
	switch {
	case g.breaker == nil, g.open(now):
	case !g.opened.IsZero() && err != nil:
		g.opened = now
	case !g.opened.IsZero():
		g.opened, g.breaker = time.Time{}, newBreaker(g.trip)
	default:
		_, _ = g.breaker.Execute(func() (struct{}, error) { return struct{}{}, err })
		if g.breaker.State() == gobreaker.StateOpen {
			g.opened = now
		}
	}
}

// open says whether the breaker lets nothing through, not even a probe.
func (g *Gate) open(now time.Time) bool {
	return !g.opened.IsZero() && now.Before(g.opened.Add(g.openFor))
}

// held says whether the channel itself lets nothing through, not even a probe,
// whatever its rate; and until when it is paused, zero if it is not.
func (g *Gate) held(now time.Time) (held bool, paused time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.pause) {
		return true, g.pause
	}
	probing := !g.probing.IsZero() && now.Sub(g.probing) < g.probeFor
	return now.Before(g.mend) || g.open(now) || probing, time.Time{}
}

// Next returns when Take may allow something again. The zero time is now. It is
// a hint: ask Take again then.
func (g *Gate) Next() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	next := g.pause
	if g.mend.After(next) {
		next = g.mend
	}
	if !g.opened.IsZero() {
		if open := g.opened.Add(g.openFor); open.After(next) {
			next = open
		}
	}
	if !g.probing.IsZero() {
		if probe := g.probing.Add(g.probeFor); probe.After(next) {
			next = probe
		}
	}
	if g.limit != nil && g.spare == 0 {
		if missing := 1 - g.limit.TokensAt(now); missing > 0 {
			wait := time.Duration(math.Ceil(missing / float64(g.limit.Limit()) * float64(time.Second)))
			if token := now.Add(wait); token.After(next) {
				next = token
			}
		}
	}
	if !next.After(now) {
		return time.Time{}
	}
	return next
}
