package notify

import (
	"context"
	"maps"
	"slices"
	"time"
)

// reportEvery is how long those who wait for news of a busy channel wait at most.
const reportEvery = time.Second

// sooner moves the time of the next look to t if that is earlier.
func (p *pass) sooner(t time.Time) {
	p.out.sooner(t)
	if !t.IsZero() && (p.next.IsZero() || t.Before(p.next)) {
		p.next = t
	}
}

// news says whether something happened since the last report.
func (p *pass) news() bool {
	o := &p.out
	return len(p.records) > 0 || o.Claimed+o.Released+o.Lost+o.Unsettled > 0
}

// report tells whoever wants to know what happened since the last report.
func (p *pass) report(ctx context.Context) {
	p.reported = time.Now()
	if !p.news() {
		return
	}
	out := p.out
	out.Records = slices.Sorted(maps.Keys(p.records))
	p.out = Delivered{}
	clear(p.records)
	p.d.count.add(&out)
	if p.collect != nil {
		p.collect(out)
	}
	if p.d.hooks.Passed != nil {
		p.d.hooks.Passed(context.WithoutCancel(ctx), out)
	}
}

// untilFlush reports if that is due, and says when something is to be settled or
// reported next; 0: nothing is.
func (p *pass) untilFlush(ctx context.Context) time.Duration {
	var wait time.Duration
	if p.news() {
		if wait = reportEvery - time.Since(p.reported); wait <= 0 {
			p.report(ctx)
			wait = 0
		}
	}
	if len(p.buffer) > 0 {
		flush := max(flushAfter-time.Since(p.since), time.Nanosecond)
		if wait == 0 || flush < wait {
			wait = flush
		}
	}
	return wait
}
