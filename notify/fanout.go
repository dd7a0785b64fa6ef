package notify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// FanoutOptions configures a [Fanout]. The zero value, like a nil *FanoutOptions, holds the defaults.
type FanoutOptions struct {
	// Channel is the name of the notifier's channel: part of every delivery's ID. If empty, IDs go without.
	Channel string
	// Workers bounds the deliveries in flight. If zero, 64.
	Workers int
	// Gate holds the channel's rate and breaker, which may be shared with other fan-outs. If nil, none.
	Gate *Gate
	// Chain configures time-out, retries and observation of each delivery. If nil, the defaults.
	Chain *ChainOptions
	// Bare calls the notifier as it is, once for each recipient: no time-out, no
	// retry, no protection against a panic. If false, it is wrapped by [Chain].
	Bare bool
}

// Fanout sends one message to many recipients without an outbox: for a process
// that has no store. It keeps nothing, so that it can neither resume after a
// crash nor cap what a recipient gets; the report says who is left.
//
// It is safe for concurrent use, and its memory does not depend on the number of
// recipients, only on the number of problems.
type Fanout struct {
	next    Notifier
	channel string
	workers int
	gate    *Gate
}

// NewFanout returns a fan-out to a notifier. It panics if n is nil.
func NewFanout(n Notifier, opts *FanoutOptions) *Fanout {
	if n == nil {
		panic("notify: NewFanout needs a notifier") //nolint:forbidigo // a programmer's mistake at construction
	}
	var o FanoutOptions
	if opts != nil {
		o = *opts
	}
	f := &Fanout{next: n, channel: o.Channel, workers: o.Workers, gate: o.Gate}
	if !o.Bare {
		f.next = Chain(n, o.Chain)
	}
	if f.workers <= 0 {
		f.workers = 64
	}
	return f
}

// ErrNotTried is the problem of a recipient that was read from the list, but
// not tried because the fan-out stopped.
var ErrNotTried = errors.New("not tried: the fan-out stopped before")

// ErrNoRecipientID is the problem of a recipient without an ID: its delivery
// could not be told from others.
var ErrNoRecipientID = errors.New("the recipient has no ID")

// Send delivers m to each recipient once, and returns when all are settled. The
// list is read on the caller's goroutine, and small fan-outs stay on it.
//
// What goes wrong with a recipient is in the report, not in the error: look at
// [Report.Err]. The error says that the fan-out stopped early, because ctx is
// done (it wraps the context's cause) or because the channel is misconfigured;
// attempts in flight end first. The report is never nil. Recipients that come
// twice in a list are told twice under the same Delivery.ID.
func (f *Fanout) Send(ctx context.Context, m *Message, to iter.Seq[Recipient]) (*Report, error) {
	s := &sending{
		ctx: ctx, fanout: f, message: m,
		prefix: escapeID(m.Thread) + "/" + strconv.FormatUint(m.Seq, 10) + "/" + escapeID(m.Kind) + "/",
		turn:   make(chan struct{}, 1),
		halted: make(chan struct{}),
	}
	if f.channel != "" {
		s.suffix = "@" + escapeID(f.channel)
	}
	s.queue.init(f.workers, s.work, Delivery{Attempt: 1, Channel: f.channel, Message: m})
	if ctx.Err() != nil {
		s.halt(ended(ctx))
	} else {
		defer context.AfterFunc(ctx, func() { s.halt(ended(ctx)) })()
	}
	s.read(to)
	return s.finish()
}

// sending is one call of Send.
type sending struct {
	ctx            context.Context //nolint:containedctx // lives as long as the call
	fanout         *Fanout
	message        *Message
	prefix, suffix string
	queue          fanQueue
	turn           chan struct{} // held by the one worker that waits at the gate

	stopped atomic.Bool
	halted  chan struct{}
	once    sync.Once
	cause   error // set before halted is closed

	mu     sync.Mutex // guards report while workers run
	report Report
}

// few is how many recipients are served on the caller's goroutine.
const few = 4

// read reads the list and hands it on in growing portions.
func (s *sending) read(to iter.Seq[Recipient]) {
	defer s.queue.drain() // also when the caller's sequence panics
	size := few + 1
	c := s.queue.fresh(size)
	done := !s.stopped.Load()
	if done {
		for r := range to {
			c.items = c.items[:len(c.items)+1] // in place: a recipient is copied once
			q := &c.items[len(c.items)-1]
			q.index, q.d.To = s.report.Read, r
			s.report.Read++
			if len(c.items) == size {
				s.queue.push(c)
				size = min(2*size, maxBatch)
				c = s.queue.fresh(size)
			}
			if s.stopped.Load() {
				done = false
				break
			}
		}
	}
	s.report.Complete = done
	if s.report.Read <= few {
		w := &worker{s: s}
		w.deliver(c.items)
		w.settle()
		return
	}
	s.queue.push(c)
}

// halt stops the fan-out: nothing new is tried.
func (s *sending) halt(cause error) {
	s.once.Do(func() {
		s.cause = cause
		s.stopped.Store(true)
		close(s.halted)
		s.queue.stop()
	})
}

// finish adds what was never taken and sorts the problems by the list's order.
func (s *sending) finish() (*Report, error) {
	s.queue.rest(func(q *queued) {
		s.report.NotTried++
		s.report.Problems = append(s.report.Problems, Problem{Index: q.index, Recipient: q.d.To.ID, Err: ErrNotTried})
	})
	s.report.sort()
	if !s.stopped.Load() || s.report.Complete && s.report.NotTried == 0 {
		return &s.report, s.misconfigured()
	}
	return &s.report, fmt.Errorf("notify: fan-out on channel %q stopped after %d tried, %d read and not tried: %w",
		s.fanout.channel, s.report.Sent+s.report.Failed, s.report.NotTried, s.cause)
}

// misconfigured returns the cause of a stop at the last recipients of all.
func (s *sending) misconfigured() error {
	if !s.stopped.Load() {
		return nil
	}
	if class, _ := Classify(s.cause); class != Unusable {
		return nil
	}
	return fmt.Errorf("notify: fan-out on channel %q: %w", s.fanout.channel, s.cause)
}

// worker delivers portions. It counts on its own and settles at its end.
type worker struct {
	s        *sending
	ids      strings.Builder
	idSpace  int
	sent     int
	failed   int
	untried  int
	problems []Problem
}

// work runs until the queue is drained.
func (s *sending) work() {
	w := &worker{s: s}
	defer w.settle()
	size := 1
	for {
		c, portion := s.queue.take(size)
		if c == nil {
			return
		}
		start := time.Now()
		w.deliver(portion)
		// A slow transport is served one by one, so that all workers share the
		// list evenly; a fast one in portions, so that sharing costs little.
		switch took := time.Since(start); {
		case took < fast && size < maxBatch:
			size *= 2
		case took > slow:
			size = max(size/4, 1)
		}
		s.queue.settled(c, len(portion))
	}
}

const (
	fast = 50 * time.Microsecond
	slow = 500 * time.Microsecond
)

// deliver serves a portion.
func (w *worker) deliver(portion []queued) {
	allowed := len(portion)
	if w.s.fanout.gate != nil {
		allowed = 0
	}
	for i := range portion {
		if w.s.stopped.Load() {
			w.leave(portion[i:])
			break
		}
		if allowed == 0 {
			if allowed = w.s.admit(len(portion) - i); allowed == 0 {
				w.leave(portion[i:])
				return
			}
		}
		allowed--
		w.one(&portion[i])
	}
	if g := w.s.fanout.gate; g != nil {
		g.Give(allowed)
	}
}

// one delivers to one recipient.
func (w *worker) one(q *queued) {
	s := w.s
	if q.d.To.ID == "" {
		w.fail(q, Permanent(ErrNoRecipientID))
		if g := s.fanout.gate; g != nil {
			g.Give(1)
		}
		return
	}
	q.d.ID = w.id(q.d.To.ID)
	_, err := s.fanout.next.Notify(s.ctx, &q.d)
	if g := s.fanout.gate; g != nil {
		g.Report(err)
	}
	if err == nil {
		w.sent++
		return
	}
	switch {
	case s.ctx.Err() != nil:
		s.halt(ended(s.ctx)) // at once: what waits would fail the same way
		w.fail(q, err)
	case w.fail(q, err) == Unusable:
		s.halt(err)
	}
}

// id makes a delivery's ID. IDs are cut from a larger piece of memory, which
// costs less than one piece for each.
func (w *worker) id(recipient string) string {
	start := w.ids.Len()
	size := len(w.s.prefix) + len(recipient) + len(w.s.suffix)
	if w.ids.Cap()-start < size {
		w.ids = strings.Builder{}
		w.ids.Grow(max(size, min(w.idSpace, maxIDSpace)))
		w.idSpace = max(2*w.idSpace, size)
		start = 0
	}
	w.ids.WriteString(w.s.prefix)
	w.ids.WriteString(escapeID(recipient))
	w.ids.WriteString(w.s.suffix)
	return w.ids.String()[start:]
}

// maxIDSpace bounds the memory that an ID kept by an adapter keeps alive.
const maxIDSpace = 2 << 10

func (w *worker) fail(q *queued, err error) Class {
	class, _ := Classify(err)
	w.failed++
	w.problems = append(w.problems, Problem{Index: q.index, Recipient: q.d.To.ID, Class: class, Err: err})
	return class
}

// leave notes recipients that are not tried any more.
func (w *worker) leave(portion []queued) {
	w.untried += len(portion)
	for _, q := range portion {
		w.problems = append(w.problems, Problem{Index: q.index, Recipient: q.d.To.ID, Err: ErrNotTried})
	}
}

// settle adds what the worker counted to the report.
func (w *worker) settle() {
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.Sent += w.sent
	s.report.Failed += w.failed
	s.report.NotTried += w.untried
	s.report.Problems = append(s.report.Problems, w.problems...)
}

// admit waits until the gate lets up to n deliveries pass, and returns how many;
// 0 if the fan-out stopped. One worker waits at a time.
func (s *sending) admit(n int) int {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-s.halted:
		return 0
	}
	for {
		if got := s.fanout.gate.Take(n); got > 0 {
			return got
		}
		// The hint may be far off while a probe is out, which ends any moment.
		timer := time.NewTimer(min(max(time.Until(s.fanout.gate.Next()), time.Millisecond), 100*time.Millisecond))
		select {
		case <-timer.C:
		case <-s.halted:
			timer.Stop()
			return 0
		}
	}
}

// escapeID keeps the parts of a key apart, whatever IDs hold.
func escapeID(id string) string {
	for i := range len(id) {
		if c := id[i]; c == '/' || c == '@' || c == '%' {
			return strings.NewReplacer("%", "%25", "/", "%2F", "@", "%40").Replace(id)
		}
	}
	return id
}
