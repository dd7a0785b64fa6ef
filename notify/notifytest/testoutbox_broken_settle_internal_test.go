package notifytest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

func brokenInOrder() map[string]func() *wronged {
	return map[string]func() *wronged{
		"order": func() *wronged {
			var n atomic.Uint64
			return adding(items(func(it *notify.Item) {
				if slices.Contains([]string{"first", "second", "third"}, it.Key) && it.Thread == "inc-1" {
					it.Seq = n.Add(1)
				}
			}))()
		},
		"one_in_flight": claiming(got(func(box *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			have := all(box, notify.Query{Recipient: "ana", States: []notify.State{notify.StatePending}})
			if len(items) == 2 && len(have) == 1 && have[0].Key == "b" {
				items = append(items, notify.Claimed{Item: have[0].Item, Token: "t"})
			}
			return items
		})),
		"retry_blocks": claiming(got(func(box *memoutbox.Outbox, r notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			for _, it := range all(box, notify.Query{Recipient: "ana"}) {
				if r.At.Equal(after(30*time.Minute)) && it.Thread == "inc-1" && it.Key == "b" {
					items = append(items, notify.Claimed{Item: it.Item, Token: "t"})
				}
			}
			return items
		})),
		"dead_passes": claiming(got(func(box *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			dead := all(box, notify.Query{Recipient: "ana", States: []notify.State{notify.StateDead}})
			return slices.DeleteFunc(items, func(c notify.Claimed) bool { return c.Recipient == "ana" && len(dead) > 0 })
		})),
		"supersedes": adding(items(func(it *notify.Item) {
			if it.Key == "three" {
				it.Supersedable = false
			}
		})),
		"kept": adding(items(func(it *notify.Item) {
			if it.Kind == notify.KindAcknowledgement {
				it.Supersedable = true
			}
		})),
		"superseded_back": settling(answered(func(s *notify.Settlement, a *notify.Settled) {
			if s.Outcome == notify.Retry && a.State == notify.StateSuperseded {
				a.State = notify.StatePending
			}
		})),
		"superseded_late": adding(items(func(it *notify.Item) {
			if it.Key == "older" && it.Seq == 1 {
				it.Supersedable = false
			}
		})),
	}
}

func brokenInSettling() map[string]func() *wronged {
	return map[string]func() *wronged{
		"done": settling(said(func(s *notify.Settlement) { s.Hash = "" })),
		"retry": settling(said(func(s *notify.Settlement) {
			if s.Outcome == notify.Retry && s.Err != "" {
				s.At = s.Now
			}
		})),
		"release": settling(said(func(s *notify.Settlement) {
			if s.Outcome == notify.Release {
				s.Outcome = notify.Retry
			}
		})),
		"bury": settling(said(func(s *notify.Settlement) {
			if s.Outcome == notify.Bury {
				s.Err = ""
			}
		})),
		"fallback": settling(answered(func(s *notify.Settlement, a *notify.Settled) {
			if s.Outcome == notify.Bury {
				a.Added = ""
			}
		})),
		"fallback_task": adding(items(func(it *notify.Item) {
			if len(it.Fallback) == 1 {
				it.Fallback = []notify.Fallback{{Channel: it.Fallback[0].Channel}}
			}
		})),
		"skip": settling(said(func(s *notify.Settlement) {
			if s.Outcome == notify.Skip {
				s.Outcome = notify.Bury
			}
		})),
		"extend": settling(said(func(s *notify.Settlement) {
			if s.Outcome == notify.Extend {
				s.At = s.Now
			}
		})),
		"each_on_its_own": settling(func(box *memoutbox.Outbox, ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
			out := make([]notify.Settled, len(s))
			var failed error
			for i := range s {
				if failed != nil {
					out[i] = notify.Settled{Key: s[i].Key, Err: failed}
					continue
				}
				one, err := box.Settle(ctx, s[i:i+1])
				if err != nil {
					return nil, err
				}
				out[i], failed = one[0], one[0].Err
			}
			return out, nil
		}),
		"not_found": settling(answered(func(_ *notify.Settlement, a *notify.Settled) {
			if errors.Is(a.Err, notify.ErrNotFound) {
				a.Err = nil
			}
		})),
		"settled_twice": func() *wronged {
			var mu sync.Mutex
			used := map[string]bool{}
			return settling(said(func(s *notify.Settlement) {
				mu.Lock()
				defer mu.Unlock()
				if s.Token == "" || s.Outcome == notify.Extend {
					return
				}
				if used[s.Token] {
					s.Token = "used"
				} else {
					used[s.Token] = true
				}
			}))()
		},
		"mark_done": settling(said(func(s *notify.Settlement) {
			if s.Proof != "" && s.By != "" {
				s.Proof = "yes"
			}
		})),
		"named": settling(said(func(s *notify.Settlement) {
			if s.Outcome == notify.MarkDone && s.Proof == "" {
				s.Proof = "surely"
			}
		})),
		"mark_bounced": settling(answered(func(s *notify.Settlement, a *notify.Settled) {
			if s.Outcome == notify.MarkBounced && errors.Is(a.Err, notify.ErrRefused) {
				a.Err = nil
			}
		})),
		"names_record": settling(answered(func(_ *notify.Settlement, a *notify.Settled) { a.Record = "" })),
		"fallback_bounced": settling(answered(func(s *notify.Settlement, a *notify.Settled) {
			if s.Outcome == notify.MarkBounced {
				a.Added = ""
			}
		})),
		"mark_read": func() *wronged {
			read := map[string]time.Time{}
			w := settling(said(func(s *notify.Settlement) {
				if s.Outcome == notify.MarkRead {
					read[s.Key] = s.Now
				}
			}))()
			w.list = listing(asIs, func(_ string, items []notify.Stored) []notify.Stored {
				for i := range items {
					items[i].ReadAt = read[items[i].Key]
				}
				return items
			})().list
			return w
		},
		"revive_told": settling(answered(func(s *notify.Settlement, a *notify.Settled) {
			if s.Outcome == notify.Revive && a.State == notify.StateDead && s.By != "" {
				a.State, a.Err = notify.StatePending, nil
			}
		})),
		"revive": func() *wronged {
			revived := map[string]bool{}
			w := settling(answered(func(s *notify.Settlement, a *notify.Settled) {
				if s.Outcome == notify.Revive && a.Err == nil {
					revived[s.Key] = true
				}
			}))()
			w.claim = got(func(_ *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
				for i := range items {
					if revived[items[i].Key] {
						items[i].Attempt += 3
					}
				}
				return items
			})
			return w
		},
	}
}

func brokenInReading() map[string]func() *wronged {
	return map[string]func() *wronged{
		"tally": tallying(asIs, func(t *notify.Tally) {
			for i := range t.Counts {
				t.Counts[i].Retried = 0
			}
		}),
		"tally_times": tallying(asIs, func(t *notify.Tally) {
			for i := range t.Counts {
				t.Counts[i].First = t.Counts[i].Last
			}
		}),
		"tally_query": tallying(func(q *notify.Query) { q.Customer = "" }, func(*notify.Tally) {}),
		"oldest_due": tallying(asIs, func(t *notify.Tally) {
			if t.OldestDue.Equal(after(3 * time.Minute)) {
				t.OldestDue = time.Time{}
			}
		}),
		"list_query": listing(func(q *notify.Query) { q.Customer = "" }, func(_ string, items []notify.Stored) []notify.Stored { return items }),
		"list_pages": listing(asIs, func(cursor string, items []notify.Stored) []notify.Stored {
			if cursor != "" && len(items) > 0 {
				items = items[1:]
			}
			return items
		}),
	}
}
