package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// flight is one claimed item on its way.
type flight struct {
	item     Claimed
	resolved Resolved
	until    time.Time // of the lease; the pass's goroutine only
	receipt  Receipt
	err      error
	untried  bool // given back before the notifier was called
}

// flushAfter is how long a finished delivery may wait for others to be settled with.
const flushAfter = 20 * time.Millisecond

// errGrace ends what is still in flight when the grace period is over.
var errGrace = errors.New("shutting down: the grace period is over")

// pass is one pass over one channel. Its own goroutine claims, resolves,
// extends and settles; workers only send.
type pass struct {
	d       *Dispatcher
	l       *line
	gate    *Gate
	budget  *budget
	collect func(Delivered) // gets what is reported; nil: nobody adds it up

	out      Delivered           // since the last report
	records  map[string]struct{} // touched since then
	reported time.Time
	next     time.Time // the earliest of all Nexts of the pass

	sendCtx context.Context //nolint:containedctx // the workers' context, as long as the pass
	cancel  context.CancelCauseFunc
	workers sync.WaitGroup
	running int
	halt    atomic.Bool // begin nothing more
	todo    chan *flight
	landed  chan *flight

	held    map[*flight]struct{} // from claim to settlement
	flying  int                  // given to workers, not landed
	buffer  []Settlement         // to be settled
	flights []*flight            // of buffer
	since   time.Time            // of the oldest in buffer
	dry     bool                 // nothing to claim until something is settled
	over    bool                 // claim nothing more in this pass
	starved bool                 // other channels had taken all that was left of the limit
	errs    []error
	hashed  *Message // the message that hash is of
	hash    string
}

func newPass(d *Dispatcher, l *line, b *budget, collect func(Delivered)) *pass {
	return &pass{
		d: d, l: l, gate: l.currentGate(), budget: b, collect: collect, reported: time.Now(),
		records: make(map[string]struct{}), held: make(map[*flight]struct{}),
	}
}

func (p *pass) run(ctx context.Context) error {
	p.sendCtx, p.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	defer p.cancel(nil)
	defer func() {
		if p.todo != nil {
			close(p.todo)
		}
		p.workers.Wait()
	}()
	if p.d.isDown(p.l) {
		p.divert(ctx)
	}
	p.loop(ctx)
	p.forecast(ctx)
	p.report(ctx)
	if err := errors.Join(p.errs...); err != nil {
		return fmt.Errorf("channel %q: %w", p.l.name, err)
	}
	return nil
}

func (p *pass) loop(ctx context.Context) {
	extend := time.NewTicker(max(p.l.lease/3, time.Millisecond))
	defer extend.Stop()
	flush := time.NewTimer(time.Hour)
	defer flush.Stop()
	var grace <-chan time.Time
	done := ctx.Done()
	for {
		for !p.over && !p.dry && ctx.Err() == nil && len(p.held) <= p.l.batch/2 {
			p.claim(ctx)
		}
		if p.flying == 0 || len(p.buffer) > 0 && (len(p.buffer) >= p.l.batch/2 || time.Since(p.since) >= flushAfter) {
			p.settle(ctx)
			if p.flying == 0 && len(p.held) == 0 && (p.over || p.dry || ctx.Err() != nil) {
				return
			}
			continue
		}
		if wait := p.untilFlush(ctx); wait > 0 {
			flush.Reset(wait)
		}
		select {
		case f := <-p.landed:
			p.land(ctx, f)
			for more := true; more; {
				select {
				case f := <-p.landed:
					p.land(ctx, f)
				default:
					more = false
				}
			}
		case <-flush.C:
		case <-extend.C:
			p.extend(ctx)
		case <-done:
			done = nil
			p.halt.Store(true)
			if p.d.o.Grace < 0 {
				p.cancel(errGrace)
			} else {
				timer := time.NewTimer(p.d.o.Grace)
				defer timer.Stop()
				grace = timer.C
			}
		case <-grace:
			p.cancel(errGrace)
		}
	}
}

// claim claims as much as fits and sends it on its way.
func (p *pass) claim(ctx context.Context) {
	want := p.budget.take(p.l.batch - len(p.held))
	if want == 0 {
		p.dry, p.starved = true, true
		return
	}
	may := p.gate.Take(want)
	if may == 0 {
		p.budget.done(want)
		p.dry = true
		return
	}
	p.budget.give(want - may)
	o := &p.d.o
	at := o.Now()
	items, err := p.d.box.Claim(ctx, ClaimRequest{
		Channel: p.l.name, Limit: may, Lease: p.l.lease, At: at, MaxAttempts: o.MaxAttempts,
		Cap: o.Cap, Window: o.Window, Urgent: o.Urgent,
	})
	p.gate.Give(may - len(items))
	p.budget.done(may - len(items))
	if err != nil {
		p.over = true
		if ctx.Err() == nil {
			p.errs = append(p.errs, fmt.Errorf("claiming: %w", err))
		}
		return
	}
	p.dry = len(items) < may
	if len(items) == 0 {
		return
	}
	p.out.Claimed += len(items)
	p.launch(ctx, items)
}

// launch resolves items and hands them to the workers.
func (p *pass) launch(ctx context.Context, items []Claimed) {
	resolved, err := p.resolve(items)
	if err != nil {
		p.over = true
		p.errs = append(p.errs, err)
	}
	if p.todo == nil {
		p.todo, p.landed = make(chan *flight, p.l.batch), make(chan *flight, p.l.batch)
	}
	block := make([]flight, len(items))
	for i := range items {
		f := &block[i]
		f.item, f.until = items[i], items[i].Until
		p.held[f] = struct{}{}
		if err != nil {
			f.untried = true
			p.gate.Give(1)
			p.decide(ctx, f)
			continue
		}
		f.resolved = resolved[i]
		if r := &f.resolved; r.Skip == "" && r.Err == nil && r.Message == nil {
			r.Err = Permanent(errors.New("notify: the resolver gave neither words nor a reason"))
		}
		if f.resolved.Skip != "" || f.resolved.Err != nil {
			f.err = f.resolved.Err
			p.gate.Give(1)
			p.decide(ctx, f)
			continue
		}
		p.flying++
		p.todo <- f
		if p.running < p.l.workers && p.running < p.flying {
			p.running++
			p.workers.Go(p.work)
		}
	}
}

// resolve asks the resolver for a batch; a panic there is narrowed down to the item that causes it.
func (p *pass) resolve(items []Claimed) ([]Resolved, error) {
	resolved, err := p.tryResolve(items)
	var panicked *resolverPanicError
	if !errors.As(err, &panicked) {
		return resolved, err
	}
	resolved = make([]Resolved, len(items))
	for i := range items {
		one, err := p.tryResolve(items[i : i+1])
		switch {
		case errors.As(err, &panicked):
			resolved[i].Err = err
		case err != nil:
			return nil, err
		default:
			resolved[i] = one[0]
		}
	}
	return resolved, nil
}

type resolverPanicError struct{ value string }

func (e *resolverPanicError) Error() string { return "the resolver panicked with a " + e.value }

func (p *pass) tryResolve(items []Claimed) (resolved []Resolved, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("resolving: %w", &resolverPanicError{value: fmt.Sprintf("%T", v)})
		}
	}()
	resolved, err = p.d.resolver.Resolve(p.sendCtx, items)
	if err != nil {
		return nil, fmt.Errorf("resolving: %w", err)
	}
	if len(resolved) != len(items) {
		return nil, fmt.Errorf("resolving: the resolver answered for %d of %d items", len(resolved), len(items))
	}
	return resolved, nil
}

// work sends what it is given until there is nothing more.
func (p *pass) work() {
	for f := range p.todo {
		if p.halt.Load() {
			f.untried = true
		} else {
			f.receipt, f.err = p.send(f)
			f.err = readable(f.err, &f.resolved.To)
			if class, _ := Classify(f.err); class == Unusable {
				p.halt.Store(true) // the others need not find out for themselves
			}
		}
		p.landed <- f
	}
}

func (p *pass) send(f *flight) (receipt Receipt, err error) {
	defer func() {
		if v := recover(); v != nil {
			receipt, err = Receipt{}, &Error{Class: Temporary, Code: "panic", Err: fmt.Errorf("notify: delivering %q panicked with a %T", f.item.Key, v)}
		}
	}()
	return p.l.chain.Notify(p.sendCtx, &Delivery{
		ID: f.item.Key, Attempt: f.item.Attempt, Channel: f.item.Channel,
		To: f.resolved.To, Message: f.resolved.Message, Prior: f.item.Prior,
	})
}

// land takes a finished delivery back from its worker.
func (p *pass) land(ctx context.Context, f *flight) {
	p.flying--
	if f.untried {
		p.gate.Give(1)
	}
	p.decide(ctx, f)
}
