package compensate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// IssueOptions configures [IssueBatch]. The zero value, like a nil *IssueOptions, holds the defaults.
type IssueOptions struct {
	// Limit bounds the entries claimed. If zero, 100.
	Limit int
	// Once says that the billing system cannot repeat by key: what got no
	// answer then waits for a person instead of being asked again.
	Once bool
	// Workers is how many calls to billing run at the same time. If zero, 4.
	Workers int
	// Timeout bounds one call to billing. If zero, 20 seconds.
	Timeout time.Duration
	// Lease is how long claimed entries are ours. It must be longer than
	// Timeout. If zero, time-outs for all rounds that the workers need, and one more.
	Lease time.Duration
	// Backoff returns how long to wait after the n-th attempt, counted from 1.
	// If nil, 30 seconds, doubling up to 6 hours.
	Backoff func(attempt int) time.Duration
	// Attempts bounds the attempts, also those that ended the process; the last
	// one that fails leaves the entry failed, for a person to look at. If zero,
	// 20; if -1, no bound.
	Attempts int
	// Now is the time, for hosts that replay history. If nil, time.Now.
	Now func() time.Time
}

// settleTimeout bounds writing down what billing answered, after ctx is done.
const settleTimeout = 10 * time.Second

func (o *IssueOptions) withDefaults() (IssueOptions, error) {
	var c IssueOptions
	if o != nil {
		c = *o
	}
	if c.Limit == 0 {
		c.Limit = 100
	}
	if c.Workers == 0 {
		c.Workers = 4
	}
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	if c.Limit < 0 || c.Workers < 0 || c.Timeout < 0 || c.Attempts < -1 {
		return c, errors.New("compensate: issuing: limit, workers, time-out and attempts must not be negative")
	}
	if c.Lease == 0 {
		c.Lease = time.Duration((c.Limit+c.Workers-1)/c.Workers+1) * c.Timeout
	}
	if c.Lease <= c.Timeout {
		return c, fmt.Errorf("compensate: issuing: lease %s must be longer than the time-out %s of one call", c.Lease, c.Timeout)
	}
	if c.Attempts == 0 {
		c.Attempts = 20
	}
	if c.Backoff == nil {
		c.Backoff = func(attempt int) time.Duration {
			return min(30*time.Second<<min(max(attempt-1, 0), 10), 6*time.Hour)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

// IssueReport says what [IssueBatch] did.
type IssueReport struct {
	Claimed  int // leased from the ledger, or given up by it; the sum of all below
	Issued   int // paid
	Retried  int // to be asked again later
	Released int // not asked: given back
	Failed   int // refused for good, or given up: a person must look
	Unclear  int // no answer came
	Lost     int // lease lost: another worker settles it
	// Bases of these entries, each once, in the order first seen.
	Bases []string
}

// IssueBatch claims approved entries, asks the billing system to pay each, and
// writes down what it answered, also when ctx is done meanwhile. It is safe to
// repeat and to run in any number of processes. If the process dies between
// paying and writing that down, the entry is asked again with the same ID, or,
// with [IssueOptions.Once], waits for a person: it is never paid twice without
// billing having been told the same key. An issuer that panics has given no
// answer: nobody knows whether billing paid.
//
// The error is for the ledger failing, or a mistake in the options; what
// billing answers is in the report and in the ledger. When ctx is done, entries
// not yet asked are given back and the error wraps its cause.
func IssueBatch(ctx context.Context, l Ledger, issuer Issuer, opts *IssueOptions) (IssueReport, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return IssueReport{}, err
	}
	claimed, err := l.Claim(ctx, ClaimRequest{
		Limit: o.Limit, Lease: o.Lease, At: o.Now(), Once: o.Once, MaxAttempts: max(o.Attempts, 0),
	})
	if err != nil {
		return IssueReport{}, fmt.Errorf("compensate: claiming entries to issue: %w", err)
	}
	b := issueBatch{ledger: l, issuer: issuer, opts: o, report: IssueReport{Claimed: len(claimed)}}
	if err := b.run(ctx, claimed); err != nil {
		return b.report, fmt.Errorf("compensate: writing down what billing answered: %w", err)
	}
	if err := context.Cause(ctx); err != nil {
		return b.report, fmt.Errorf("compensate: issuing: %w", err)
	}
	return b.report, nil
}

type issueBatch struct {
	ledger Ledger
	issuer Issuer
	opts   IssueOptions
	report IssueReport
}

// run hands the entries to the workers and settles each as soon as its answer
// is there. What the ledger gave up is only reported.
func (b *issueBatch) run(ctx context.Context, claimed []Claimed) error {
	seen := map[string]bool{}
	todo := make(chan *Claimed, len(claimed))
	for i := range claimed {
		if basis := claimed[i].Key.Basis; !seen[basis] {
			seen[basis] = true
			b.report.Bases = append(b.report.Bases, basis)
		}
		switch c := &claimed[i]; {
		case c.Token != "":
			todo <- c
		case c.State == StateUncertain:
			b.report.Unclear++
		default:
			b.report.Failed++
		}
	}
	close(todo)
	answers := make(chan Settlement, len(claimed))
	var workers sync.WaitGroup
	for range min(b.opts.Workers, len(todo)) {
		workers.Go(func() {
			for c := range todo {
				answers <- b.issue(ctx, c)
			}
		})
	}
	go func() {
		workers.Wait()
		close(answers)
	}()
	var failed error
	for s := range answers {
		batch := []Settlement{s}
		for more := true; more; {
			select {
			case s, more = <-answers:
				if more {
					batch = append(batch, s)
				}
			default:
				more = false
			}
		}
		failed = errors.Join(failed, b.settle(ctx, batch))
	}
	return failed
}

// issue asks billing for one entry. It asks only while the lease is sure to outlast the call.
func (b *issueBatch) issue(ctx context.Context, c *Claimed) Settlement {
	now := b.opts.Now()
	s := Settlement{ID: c.ID, Token: c.Token, Outcome: Retry, At: now, Next: now}
	if ctx.Err() != nil || now.Add(b.opts.Timeout).After(c.Until) {
		s.Outcome = Release
		return s
	}
	call, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	reference, err := b.ask(call, c.Entry)
	s.At = b.opts.Now()
	if err == nil {
		s.Outcome, s.Reference = Issued, reference
		return s
	}
	s.Err = err.Error()
	s.Next = s.At.Add(b.opts.Backoff(c.Attempt))
	switch {
	case IsRefused(err):
		s.Outcome = Failed
	case call.Err() != nil || IsUnanswered(err) || errors.Is(err, errPanic):
		s.Outcome = Unclear
	}
	if s.Outcome != Failed && b.opts.Attempts > 0 && c.Attempt >= b.opts.Attempts && !(b.opts.Once && s.Outcome == Unclear) {
		s.Outcome, s.Err = Failed, fmt.Sprintf("gave up after %d attempts, the last with: %s", c.Attempt, s.Err)
	}
	return s
}

// errPanic marks an error that a panic was made into.
var errPanic = errors.New("the issuer panicked")

// ask calls billing and turns a panic into an error: one entry must not end the
// process that pays all others. The error says the value's type, and its text
// only where the runtime wrote it.
func (b *issueBatch) ask(ctx context.Context, e Entry) (reference string, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		what := fmt.Sprintf("%T", p)
		if re, ok := p.(runtime.Error); ok {
			what = re.Error()
		}
		reference, err = "", fmt.Errorf("compensate: issuing: %w: %s", errPanic, what)
	}()
	return b.issuer.Issue(ctx, e)
}

// settle outlives ctx: what billing did is written down even when the process is being stopped.
func (b *issueBatch) settle(ctx context.Context, batch []Settlement) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	settled, err := b.ledger.Settle(ctx, batch)
	if err != nil {
		return err
	}
	if len(settled) != len(batch) {
		return fmt.Errorf("the ledger gave %d answers to %d settlements", len(settled), len(batch))
	}
	var failed error
	for i, done := range settled {
		switch {
		case errors.Is(done.Err, ErrLeaseLost):
			b.report.Lost++
		case done.Err != nil:
			failed = errors.Join(failed, done.Err)
		default:
			b.count(batch[i].Outcome)
		}
	}
	return failed
}

func (b *issueBatch) count(o Outcome) {
	switch o {
	case Issued:
		b.report.Issued++
	case Failed:
		b.report.Failed++
	case Unclear:
		b.report.Unclear++
	case Release:
		b.report.Released++
	default:
		b.report.Retried++
	}
}
