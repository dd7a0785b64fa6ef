package compensatetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/memledger"
)

type (
	owedList  = []compensate.Owed
	entryList = [][]compensate.Entry
)

// broken is a right ledger with one method replaced.
type broken struct {
	compensate.Ledger
	propose func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error)
	claim   func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error)
	settle  func(l compensate.Ledger, ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error)
	list    func(l compensate.Ledger, ctx context.Context, q compensate.Query, c string, n int) ([]compensate.Entry, string, error)
	tally   func(l compensate.Ledger, ctx context.Context, q compensate.Query) (compensate.Tally, error)
}

func (b *broken) Propose(ctx context.Context, o owedList, at time.Time) (entryList, error) {
	if b.propose != nil {
		return b.propose(b.Ledger, ctx, slices.Clone(o), at)
	}
	return b.Ledger.Propose(ctx, o, at)
}

func (b *broken) Claim(ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
	if b.claim != nil {
		return b.claim(b.Ledger, ctx, r)
	}
	return b.Ledger.Claim(ctx, r)
}

func (b *broken) Settle(ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
	if b.settle != nil {
		return b.settle(b.Ledger, ctx, slices.Clone(s))
	}
	return b.Ledger.Settle(ctx, s)
}

func (b *broken) List(ctx context.Context, q compensate.Query, c string, n int) ([]compensate.Entry, string, error) {
	if b.list != nil {
		return b.list(b.Ledger, ctx, q, c, n)
	}
	return b.Ledger.List(ctx, q, c, n)
}

func (b *broken) Tally(ctx context.Context, q compensate.Query) (compensate.Tally, error) {
	if b.tally != nil {
		return b.tally(b.Ledger, ctx, q)
	}
	return b.Ledger.Tally(ctx, q)
}

// onOwed breaks what is handed to Propose.
func onOwed(change func(o *compensate.Owed)) *broken {
	return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
		for i := range o {
			change(&o[i])
		}
		return l.Propose(ctx, o, at)
	}}
}

// onProposed breaks what Propose returns.
func onProposed(change func(ctx context.Context, l compensate.Ledger, e []compensate.Entry) []compensate.Entry) *broken {
	return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
		out, err := l.Propose(ctx, o, at)
		for i := range out {
			out[i] = change(ctx, l, out[i])
		}
		return out, err
	}}
}

// onSettlement breaks what is handed to Settle.
func onSettlement(change func(s *compensate.Settlement)) *broken {
	return &broken{settle: func(l compensate.Ledger, ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
		for i := range s {
			change(&s[i])
		}
		return l.Settle(ctx, s)
	}}
}

// onSettled breaks what Settle returns.
func onSettled(change func(s compensate.Settlement, d *compensate.Settled)) *broken {
	return &broken{settle: func(l compensate.Ledger, ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
		out, err := l.Settle(ctx, s)
		for i := range out {
			change(s[i], &out[i])
		}
		return out, err
	}}
}

// onClaim breaks what is handed to Claim.
func onClaim(change func(r *compensate.ClaimRequest)) *broken {
	return &broken{claim: func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
		change(&r)
		return l.Claim(ctx, r)
	}}
}

// meeting lets n callers go on only when all of them are there: it makes a race certain.
func meeting(n int) func() {
	var wg sync.WaitGroup
	wg.Add(n)
	return func() {
		wg.Done()
		wg.Wait()
	}
}

func TestEachRuleIsCaught(t *testing.T) {
	t.Parallel()
	for rule, newBroken := range map[string]func() *broken{
		"approved": func() *broken {
			return onProposed(func(_ context.Context, _ compensate.Ledger, e []compensate.Entry) []compensate.Entry {
				for i := range e {
					e[i].Contract = compensate.Money{}
				}
				return e
			})
		},
		"repeat": func() *broken { // does not see what the same call added
			return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
				if len(o) == 2 && o[0].Key == o[1].Key {
					o[1].Key.Component = "again"
				}
				return l.Propose(ctx, o, at)
			}}
		},
		"difference": func() *broken { // drops a single cent
			return onOwed(func(o *compensate.Owed) {
				if n := o.Total.Minor(); n > 1100 && n%100 == 1 && o.By == "" {
					o.Total = compensate.FromMinor(n-1, o.Total.Currency())
				}
			})
		},
		"never reduced": func() *broken { return reducing() },
		"keys apart": func() *broken { // joins parts of the key without escaping
			return onOwed(func(o *compensate.Owed) {
				if o.Key.Space == "a/b" {
					o.Key.Space, o.Key.Scheme = "a", "b/c"
				}
			})
		},
		"approval": func() *broken {
			return onSettlement(func(s *compensate.Settlement) {
				if s.Outcome.ByPerson() && s.By == "" {
					s.By = "somebody"
				}
			})
		},
		"approval of the sum": func() *broken { // approves a small difference by itself
			return onProposed(func(ctx context.Context, l compensate.Ledger, e []compensate.Entry) []compensate.Entry {
				for i := range e {
					if e[i].State == compensate.StateProposed && e[i].Amount.Minor() <= 1000 && e[i].N > 1 {
						e[i].State = compensate.StateApproved
					}
				}
				return e
			})
		},
		"nothing": func() *broken { // keeps no history
			return onProposed(func(_ context.Context, _ compensate.Ledger, e []compensate.Entry) []compensate.Entry {
				return slices.DeleteFunc(e, func(e compensate.Entry) bool {
					return e.State == compensate.StateNothing && e.Capped.IsZero()
				})
			})
		},
		"shared cap": func() *broken { // does not say what it took away
			return &broken{list: func(l compensate.Ledger, ctx context.Context, q compensate.Query, c string, n int) ([]compensate.Entry, string, error) {
				out, next, err := l.List(ctx, q, c, n)
				for i := range out {
					out[i].Capped = compensate.Money{}
				}
				return out, next, err
			}}
		},
		"cap joined late": func() *broken { // a key that began without caps never gets one
			without := map[compensate.Key]bool{}
			var mu sync.Mutex
			return onOwed(func(o *compensate.Owed) {
				mu.Lock()
				defer mu.Unlock()
				if len(o.Caps) == 0 {
					without[o.Key] = true
				}
				if without[o.Key] {
					o.Caps = nil
				}
			})
		},
		"cap and spaces": func() *broken { // counts other spaces towards the cap
			return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
				for i := range o {
					if o[i].Key.Space == "brand" || len(o[i].Caps) == 0 {
						continue
					}
					o[i].Caps = []compensate.Cap{{ID: o[i].Caps[0].ID, Limit: compensate.FromMinor(200, "EUR")}}
				}
				return l.Propose(ctx, o, at)
			}}
		},
		"cap under concurrency": func() *broken { // reads what is left before the others have written
			meet := meeting(16)
			return onOwed(func(o *compensate.Owed) {
				if len(o.Caps) == 1 && o.Total.Minor() == 300 {
					meet()
					o.Caps = nil
				}
			})
		},
		"once under concurrency": func() *broken { // sees no entry because nobody has written yet
			meet, n := meeting(16), 0
			var mu sync.Mutex
			return onOwed(func(o *compensate.Owed) {
				if o.Total.Minor() == 333 {
					meet()
					mu.Lock()
					defer mu.Unlock()
					n++
					o.Key.Component = string(rune('a' + n))
				}
			})
		},
		"in kind": func() *broken { // owes again what was given
			return onProposed(func(_ context.Context, _ compensate.Ledger, e []compensate.Entry) []compensate.Entry {
				if len(e) > 0 && e[0].State == compensate.StateFulfilled {
					e = append(e, e[0])
				}
				return e
			})
		},
		"gesture limit": func() *broken {
			return onOwed(func(o *compensate.Owed) {
				if o.By != "" && o.Limit != (compensate.Money{}) {
					o.Limit = compensate.FromMinor(1_000_000, o.Total.Currency())
				}
			})
		},
		"gesture without limit": func() *broken { // takes nothing for everything
			return onOwed(func(o *compensate.Owed) {
				if o.By != "" && o.Limit == (compensate.Money{}) {
					o.Limit = o.Total
				}
			})
		},
		"gesture apart": func() *broken { // one sum for all of staff
			return onOwed(func(o *compensate.Owed) {
				if o.By != "" {
					o.By = "staff"
				}
			})
		},
		"whole call": func() *broken { // one by one
			return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (out entryList, _ error) {
				for i := range o {
					got, err := l.Propose(ctx, o[i:i+1], at)
					if err != nil {
						return nil, err
					}
					out = append(out, got...)
				}
				return out, nil
			}}
		},
		"currencies": func() *broken {
			return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
				out, err := l.Propose(ctx, o, at)
				if errors.Is(err, compensate.ErrCurrency) {
					return make(entryList, len(o)), nil
				}
				return out, err
			}}
		},
		"copies":       func() *broken { return sharing() },
		"oldest first": func() *broken { return onClaim(func(r *compensate.ClaimRequest) { r.Limit = 10 }) },
		"one holder":   func() *broken { return onClaim(func(r *compensate.ClaimRequest) { r.Lease -= 30 * time.Second }) },
		"lease ran out": func() *broken { // does not count attempts
			return &broken{claim: func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
				out, err := l.Claim(ctx, r)
				for i := range out {
					out[i].Attempt = 1
				}
				return out, err
			}}
		},
		"late settlement": func() *broken { return forgiving() },
		"crash with once": func() *broken { return crashing() },
		"crash is seen": func() *broken { // keeps to itself what it gave up
			return &broken{claim: func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
				out, err := l.Claim(ctx, r)
				return slices.DeleteFunc(out, func(c compensate.Claimed) bool { return c.State == compensate.StateUncertain }), err
			}}
		},
		"attempts bounded": func() *broken { return onClaim(func(r *compensate.ClaimRequest) { r.MaxAttempts = 0 }) },
		"released": func() *broken { // keeps the attempt
			return onSettlement(func(s *compensate.Settlement) {
				if s.Outcome == compensate.Release {
					s.Outcome = compensate.Retry
				}
			})
		},
		"proof": func() *broken {
			return onSettlement(func(s *compensate.Settlement) {
				if s.Outcome.ByPerson() && strings.TrimSpace(s.Reference) == "" {
					s.Reference = "they said so"
				}
			})
		},
		"reissue counts anew": func() *broken { return counting() },
		"no answer": func() *broken {
			return onSettlement(func(s *compensate.Settlement) {
				if s.Outcome == compensate.Unclear {
					s.Next = s.At
				}
			})
		},
		"retry": func() *broken {
			return onSettlement(func(s *compensate.Settlement) {
				if s.Outcome == compensate.Retry {
					s.Next = s.At
				}
			})
		},
		"issued once": func() *broken {
			return onSettled(func(s compensate.Settlement, d *compensate.Settled) {
				if s.Outcome == compensate.Approve && d.State == compensate.StateIssued {
					d.Err = nil
				}
			})
		},
		"settled twice": func() *broken { // forgets the token
			seen := map[string]bool{}
			return onSettled(func(s compensate.Settlement, d *compensate.Settled) {
				if s.Token != "" && seen[s.Token] {
					d.Err = compensate.ErrLeaseLost
				}
				seen[s.Token] = true
			})
		},
		"person looks": func() *broken {
			return onSettlement(func(s *compensate.Settlement) {
				if s.Outcome == compensate.Clear && s.Reference == "R9" {
					s.Reference = "R8"
				}
			})
		},
		"each on its own": func() *broken {
			return &broken{settle: func(l compensate.Ledger, ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
				out, err := l.Settle(ctx, s)
				for _, d := range out {
					if errors.Is(d.Err, compensate.ErrNotFound) {
						return nil, d.Err
					}
				}
				return out, err
			}}
		},
		"tally": func() *broken {
			return &broken{tally: func(l compensate.Ledger, ctx context.Context, q compensate.Query) (compensate.Tally, error) {
				out, err := l.Tally(ctx, q)
				out.Customers++
				return out, err
			}}
		},
		"pages": func() *broken { // the cursor's entry comes twice
			return &broken{list: func(l compensate.Ledger, ctx context.Context, q compensate.Query, c string, n int) ([]compensate.Entry, string, error) {
				out, next, err := l.List(ctx, q, c, n)
				if next != "" && len(out) > 1 {
					next = out[len(out)-2].ID
				}
				return out, next, err
			}}
		},
		"queries": func() *broken {
			return &broken{list: func(l compensate.Ledger, ctx context.Context, q compensate.Query, c string, n int) ([]compensate.Entry, string, error) {
				q.Since = time.Time{}
				return l.List(ctx, q, c, n)
			}}
		},
		"done context": func() *broken {
			return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
				return l.Propose(context.WithoutCancel(ctx), o, at)
			}}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			failed := compensatetest.LedgerFailures(t.Context(), func() compensate.Ledger {
				b := newBroken()
				b.Ledger = new(memledger.Ledger)
				return b
			})
			assert.Contains(t, compensatetest.LedgerRules(), rule)
			assert.Contains(t, failed, rule, "the suite does not notice")
			delete(failed, rule)
			assert.Empty(t, failed, "other cases fail too")
		})
	}
}

func TestEveryRuleHasItsBrokenLedger(t *testing.T) {
	t.Parallel()
	assert.Empty(t, compensatetest.LedgerFailures(t.Context(), func() compensate.Ledger {
		return &compensatetest.FaultLedger{Ledger: new(memledger.Ledger)}
	}))
	assert.Len(t, compensatetest.LedgerRules(), 40, "a new rule needs its broken ledger above")
}
