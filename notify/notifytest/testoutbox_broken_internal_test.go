package notifytest

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// What is wrong with an outbox is told in one func of these kinds.
type (
	addFunc    = func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error)
	claimFunc  = func(box *memoutbox.Outbox, ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error)
	settleFunc = func(box *memoutbox.Outbox, ctx context.Context, s []notify.Settlement) ([]notify.Settled, error)
)

// items changes the items of every page before they are added.
func items(change func(it *notify.Item)) addFunc {
	return func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error) {
		p.Items = slices.Clone(p.Items)
		for i := range p.Items {
			change(&p.Items[i])
		}
		return box.Add(ctx, p)
	}
}

// asked changes every claim.
func asked(change func(r *notify.ClaimRequest)) claimFunc {
	return func(box *memoutbox.Outbox, ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
		change(&r)
		return box.Claim(ctx, r)
	}
}

// got changes what every claim returns.
func got(change func(box *memoutbox.Outbox, r notify.ClaimRequest, items []notify.Claimed) []notify.Claimed) claimFunc {
	return func(box *memoutbox.Outbox, ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
		items, err := box.Claim(ctx, r)
		return change(box, r, items), err
	}
}

// said changes every settlement.
func said(change func(s *notify.Settlement)) settleFunc {
	return func(box *memoutbox.Outbox, ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
		s = slices.Clone(s)
		for i := range s {
			change(&s[i])
		}
		return box.Settle(ctx, s)
	}
}

// answered changes every answer.
func answered(change func(s *notify.Settlement, a *notify.Settled)) settleFunc {
	return func(box *memoutbox.Outbox, ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
		out, err := box.Settle(ctx, s)
		for i := range out {
			change(&s[i], &out[i])
		}
		return out, err
	}
}

// all lists a good outbox.
func all(box *memoutbox.Outbox, q notify.Query) []notify.Stored {
	out, _, err := box.List(context.Background(), q, "", 0)
	if err != nil {
		panic(err) //nolint:forbidigo // a good outbox does not fail
	}
	return out
}

// brokenOutboxes has an outbox for every case: one that breaks just its rule.
func brokenOutboxes() map[string]func() *wronged {
	broken := brokenInAdding()
	for _, more := range []map[string]func() *wronged{brokenInClaiming(), brokenInOrder(), brokenInSettling(), brokenInReading(), brokenInSpaces()} {
		maps.Copy(broken, more)
	}
	return broken
}

func adding(f addFunc) func() *wronged {
	return func() *wronged { return &wronged{Outbox: new(memoutbox.Outbox), add: f} }
}

func claiming(f claimFunc) func() *wronged {
	return func() *wronged { return &wronged{Outbox: new(memoutbox.Outbox), claim: f} }
}

func settling(f settleFunc) func() *wronged {
	return func() *wronged { return &wronged{Outbox: new(memoutbox.Outbox), settle: f} }
}

func tallying(change func(q *notify.Query), result func(t *notify.Tally)) func() *wronged {
	return func() *wronged {
		return &wronged{Outbox: new(memoutbox.Outbox), tally: func(box *memoutbox.Outbox, ctx context.Context, q notify.Query) (notify.Tally, error) {
			change(&q)
			t, err := box.Tally(ctx, q)
			result(&t)
			return t, err
		}}
	}
}

func listing(change func(q *notify.Query), result func(cursor string, items []notify.Stored) []notify.Stored) func() *wronged {
	return func() *wronged {
		return &wronged{Outbox: new(memoutbox.Outbox), list: func(box *memoutbox.Outbox, ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
			change(&q)
			items, next, err := box.List(ctx, q, cursor, limit)
			return result(cursor, items), next, err
		}}
	}
}

func asIs(*notify.Query) {}

func brokenInAdding() map[string]func() *wronged {
	return map[string]func() *wronged{
		"keeps": listing(asIs, func(_ string, items []notify.Stored) []notify.Stored {
			if len(items) == 1 && items[0].Key == "full" && items[0].State == notify.StatePending {
				items[0].Customer = ""
			}
			return items
		}),
		"repeat": adding(func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error) {
			n, err := box.Add(ctx, p)
			if err == nil && len(p.Items) == 3 && p.Items[1].Key == p.Items[2].Key {
				n = len(p.Items)
			}
			return n, err
		}),
		"key_reused": adding(func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error) {
			n, err := box.Add(ctx, p)
			if errors.Is(err, notify.ErrKeyReused) && len(p.Items) == 1 {
				err = nil
			}
			return n, err
		}),
		"page_whole": adding(func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error) {
			n, err := box.Add(ctx, p)
			if errors.Is(err, notify.ErrKeyReused) {
				_, _ = box.Add(ctx, notify.Page{Notice: "leak", Items: p.Items[:1], At: p.At, Done: true})
			}
			return n, err
		}),
		"cursor": adding(func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error) {
			n, err := box.Add(ctx, p)
			if errors.Is(err, notify.ErrCursor) {
				_, _ = box.Add(ctx, notify.Page{Notice: "leak-" + p.From + p.Next, Items: p.Items, At: p.At, Done: true})
			}
			return n, err
		}),
		"expansion": tallying(asIs, func(t *notify.Tally) {
			for i := range t.Expansions {
				t.Expansions[i].Done = false
			}
		}),
		"not_shared": func() *wronged {
			kept := map[string]*notify.Receipt{}
			return listing(asIs, func(_ string, items []notify.Stored) []notify.Stored {
				for i, it := range items {
					if kept[it.Key] == nil {
						kept[it.Key] = it.Receipt
					}
					if it.Receipt != nil {
						items[i].Receipt = kept[it.Key]
					}
				}
				return items
			})()
		},
		"times": adding(items(func(it *notify.Item) { it.NotBefore = it.NotBefore.Truncate(time.Millisecond) })),
		"dead_context": adding(func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error) {
			if ctx.Err() != nil && len(p.Items) > 1 {
				p.Items = p.Items[:1]
				_, _ = box.Add(context.WithoutCancel(ctx), p)
				return 0, ctx.Err()
			}
			return box.Add(ctx, p)
		}),
	}
}

func brokenInClaiming() map[string]func() *wronged {
	return map[string]func() *wronged{
		"urgency": adding(items(func(it *notify.Item) {
			if it.Priority == 5 || it.Priority == 9 {
				it.Priority = 0
			}
		})),
		"limit": claiming(asked(func(r *notify.ClaimRequest) {
			if r.Limit == 2 {
				r.Limit++
			}
		})),
		"not_before": adding(items(func(it *notify.Item) {
			if it.Key == "a" && it.NotBefore.Equal(after(time.Minute)) {
				it.NotBefore = time.Time{}
			}
		})),
		"leased": claiming(func(box *memoutbox.Outbox, ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
			r.Lease /= 2
			items, err := box.Claim(ctx, r)
			for i := range items {
				items[i].Until = items[i].Until.Add(r.Lease)
			}
			return items, err
		}),
		"lease_ends": func() *wronged {
			var mu sync.Mutex
			flying := map[string]bool{}
			w := claiming(got(func(_ *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
				mu.Lock()
				defer mu.Unlock()
				for i := range items {
					if flying[items[i].Key] {
						items[i].Attempt--
					}
					flying[items[i].Key] = true
				}
				return items
			}))()
			w.settle = said(func(s *notify.Settlement) {
				mu.Lock()
				defer mu.Unlock()
				delete(flying, s.Key)
			})
			return w
		},
		"fresh_token": func() *wronged {
			var mu sync.Mutex
			current := map[string]string{}
			w := claiming(got(func(_ *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
				mu.Lock()
				defer mu.Unlock()
				for i := range items {
					current[items[i].Key], items[i].Token = items[i].Token, "worker-1"
				}
				return items
			}))()
			w.settle = said(func(s *notify.Settlement) {
				mu.Lock()
				defer mu.Unlock()
				if s.Token == "worker-1" {
					s.Token = current[s.Key]
				}
			})
			return w
		},
		"late_but_alone": func() *wronged {
			var mu sync.Mutex
			until := map[string]time.Time{}
			w := claiming(got(func(_ *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
				mu.Lock()
				defer mu.Unlock()
				for _, it := range items {
					until[it.Key+it.Token] = it.Until
				}
				return items
			}))()
			w.settle = said(func(s *notify.Settlement) {
				mu.Lock()
				defer mu.Unlock()
				if u, ok := until[s.Key+s.Token]; ok && s.Now.After(u) {
					s.Token = "ended"
				}
				if s.Outcome == notify.Extend {
					until[s.Key+s.Token] = s.At
				}
			})
			return w
		},
		"buried_at_claim": claiming(asked(func(r *notify.ClaimRequest) {
			if r.MaxAttempts == 3 {
				r.MaxAttempts = 0
			}
		})),
		"fallback_at_claim": func() *wronged {
			var hide atomic.Bool
			w := listing(asIs, func(_ string, items []notify.Stored) []notify.Stored {
				return slices.DeleteFunc(items, func(it notify.Stored) bool { return hide.Load() && it.Origin != "" })
			})()
			w.claim = asked(func(r *notify.ClaimRequest) {
				if r.MaxAttempts == 1 {
					hide.Store(true)
				}
			})
			return w
		},
		"task": claiming(got(func(box *memoutbox.Outbox, r notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			if have := all(box, notify.Query{}); r.At.Equal(after(time.Hour)) && len(have) == 1 && have[0].State == notify.StateTask {
				items = append(items, notify.Claimed{Item: have[0].Item, Token: "t"})
			}
			return items
		})),
		"cap": claiming(asked(func(r *notify.ClaimRequest) {
			if r.Cap == 2 {
				r.Cap = 0
			}
		})),
		"cap_urgent": claiming(asked(func(r *notify.ClaimRequest) { r.Urgent = math.MaxInt })),
		"prior": claiming(got(func(_ *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			for i := range items {
				items[i].Prior = nil
			}
			return items
		})),
		"concurrent": func() *wronged {
			var mu sync.Mutex
			var last []notify.Claimed
			return claiming(got(func(_ *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
				mu.Lock()
				defer mu.Unlock()
				if len(items) > 0 && strings.HasPrefix(items[0].Key, "crowd-") {
					items = append(items, last...)
					last = items[:1:1]
				}
				return items
			}))()
		},
	}
}
