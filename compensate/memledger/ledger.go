package memledger

import (
	"container/heap"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/amends-dev/amends/compensate"
)

// Ledger is a [compensate.Ledger] in memory. The zero value is ready to use; it
// must not be copied after first use and is safe for concurrent use. What it
// holds ends with the process.
type Ledger struct {
	mu       sync.Mutex
	accounts map[string]*account
	caps     map[capID]compensate.Money // what all that count towards it hold
	byID     map[string]*record
	all      index
	customer map[string]*index
	basis    map[string]*index
	sums     map[basisID]*sums
	due      queue
	seq      int64
}

var _ compensate.Ledger = (*Ledger)(nil)

type account struct {
	entries []*record
	caps    []string // that they count towards, in the space of the key
}

type capID struct{ space, id string }

type record struct {
	compensate.Entry
	seq   int64
	token string
	until time.Time // of the lease
	once  bool      // the last claim's
	turn  int64     // which of its places in the queue is the right one
}

// Propose implements [compensate.Ledger]. Caps are shared within a space.
func (l *Ledger) Propose(ctx context.Context, owed []compensate.Owed, at time.Time) ([][]compensate.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memledger: proposing: %w", context.Cause(ctx))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := transaction{ledger: l, accounts: map[string]*account{}, caps: map[capID]compensate.Money{}}
	touched := make([]*account, len(owed))
	for i := range owed {
		a, err := t.propose(&owed[i], at.UTC())
		if err != nil {
			return nil, fmt.Errorf("memledger: %w", err)
		}
		touched[i] = a
	}
	t.commit()
	out := make([][]compensate.Entry, len(owed))
	for i, a := range touched {
		out[i] = entriesOf(a)
	}
	return out, nil
}

func entriesOf(a *account) []compensate.Entry {
	out := make([]compensate.Entry, len(a.entries))
	for i, r := range a.entries {
		out[i] = clone(&r.Entry)
	}
	return out
}

func clone(e *compensate.Entry) compensate.Entry {
	c := *e
	c.Why, c.Award = slices.Clone(e.Why), slices.Clone(e.Award)
	return c
}

// Claim implements [compensate.Ledger].
func (l *Ledger) Claim(ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memledger: claiming: %w", context.Cause(ctx))
	}
	if r.Limit <= 0 || r.Lease <= 0 || r.MaxAttempts < 0 {
		return nil, errors.New("memledger: claiming: limit and lease must be above zero, attempts not below")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := r.At.UTC()
	var out []compensate.Claimed
	for len(out) < r.Limit {
		rec := l.due.next(at)
		if rec == nil {
			break
		}
		was := rec.State
		if r.GivesUp(&rec.Entry, rec.once) {
			rec.token = ""
			l.move(rec, was)
			l.enqueue(rec)
			out = append(out, compensate.Claimed{Entry: clone(&rec.Entry), Attempt: rec.Attempts})
			continue
		}
		rec.State, rec.Changed = compensate.StateIssuing, at
		l.move(rec, was)
		rec.Attempts++
		rec.token, rec.until, rec.once = rand.Text(), at.Add(r.Lease), r.Once
		l.enqueue(rec)
		out = append(out, compensate.Claimed{
			Entry: clone(&rec.Entry), Token: rec.token, Attempt: rec.Attempts, Until: rec.until,
		})
	}
	return out, nil
}

// Settle implements [compensate.Ledger].
func (l *Ledger) Settle(ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memledger: settling: %w", context.Cause(ctx))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]compensate.Settled, len(s))
	for i := range s {
		out[i] = l.settle(s[i])
	}
	return out, nil
}

func (l *Ledger) settle(s compensate.Settlement) compensate.Settled {
	rec := l.byID[s.ID]
	if rec == nil {
		return compensate.Settled{ID: s.ID, Err: fmt.Errorf("memledger: settling %q: %w", s.ID, compensate.ErrNotFound)}
	}
	s.At, s.Next = s.At.UTC(), s.Next.UTC()
	was := rec.State
	changed, err := s.Apply(&rec.Entry, rec.token, rec.once)
	if changed {
		l.move(rec, was)
		if s.Outcome.ByPerson() {
			rec.token = ""
		}
		l.enqueue(rec)
	}
	return compensate.Settled{ID: s.ID, Key: rec.Key, State: rec.State, Err: err}
}

// enqueue puts a record that waits for its time into the queue and takes any other out of it.
func (l *Ledger) enqueue(r *record) {
	r.turn++
	if r.State == compensate.StateApproved {
		heap.Push(&l.due, place{r, r.NextAt, r.turn})
	}
	if r.State == compensate.StateIssuing {
		heap.Push(&l.due, place{r, r.until, r.turn})
	}
}
