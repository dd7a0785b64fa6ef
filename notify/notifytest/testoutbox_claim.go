package notifytest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/amends-dev/amends/notify"
)

func caseUrgency(t *boxDriver) {
	item := func(key string, priority int, due time.Duration) notify.Item {
		it := entry(key)
		it.Priority, it.DueAt = priority, after(due)
		return it
	}
	t.add(item("low", 0, 0), item("later", 5, time.Hour), item("high", 9, 2*time.Hour), item("sooner", 5, time.Minute))
	for _, want := range []string{"high", "sooner", "later", "low"} {
		if got := t.claimWith(request(start(), 1)); len(got) != 1 || got[0].Key != want {
			t.Fatalf("the next claim is %+v, want %q", got, want)
		}
	}
}

func caseLimit(t *boxDriver) {
	sms := entry("sms")
	sms.Channel = "sms"
	t.add(entry("a"), entry("b"), entry("c"), sms)
	if got := t.claimWith(request(start(), 2)); len(got) != 2 {
		t.Fatalf("%d items were claimed, want 2 of 3", len(got))
	}
	if got := t.claimWith(request(start(), 0)); len(got) != 0 {
		t.Fatalf("a claim with limit 0 took %d items", len(got))
	}
	if got := t.claimWith(request(start(), 5)); len(got) != 1 || got[0].Channel != "mail" {
		t.Fatalf("a claim on channel mail took %+v, want the third item", got)
	}
}

func caseNotBefore(t *boxDriver) {
	it := entry("a")
	it.NotBefore = after(time.Minute)
	t.add(it)
	t.claim(after(time.Minute - time.Second))
	t.claim(after(time.Minute), "a")
}

func caseLeased(t *boxDriver) {
	t.add(entry("a"))
	c := t.one(start(), "a")
	if c.Attempt != 1 || !c.Until.Equal(after(time.Minute)) {
		t.Fatalf("the first claim is attempt %d until %s", c.Attempt, c.Until)
	}
	t.inState("a", notify.StateLeased)
	t.claim(after(time.Minute - time.Second))
}

func caseLeaseEnds(t *boxDriver) {
	t.add(entry("a"))
	t.one(start(), "a")
	if c := t.one(after(time.Minute), "a"); c.Attempt != 2 {
		t.Fatalf("after a lease ran out the claim is attempt %d, want 2", c.Attempt)
	}
}

func caseFreshToken(t *boxDriver) {
	t.add(entry("a"))
	old := t.one(start(), "a")
	fresh := t.one(after(time.Minute), "a")
	if old.Token == fresh.Token {
		t.Fatalf("two claims have the same token")
	}
	for _, o := range []notify.Outcome{notify.Done, notify.Retry, notify.Bury, notify.Release, notify.Extend, notify.Skip} {
		s := outcome(old, o, after(2*time.Minute))
		if got := t.trySettle(s)[0]; !errors.Is(got.Err, notify.ErrLeaseLost) {
			t.Fatalf("settling as %q with the old token gives %v, want ErrLeaseLost", o, got.Err)
		}
		if got := t.stored("a"); got.State != notify.StateLeased || got.Attempts != 2 {
			t.Fatalf("settling as %q with the old token made the item %s with %d attempts", o, got.State, got.Attempts)
		}
	}
	t.done(fresh, after(90*time.Second))
}

func caseLateButAlone(t *boxDriver) {
	t.add(entry("a"))
	c := t.one(start(), "a")
	t.done(c, after(time.Hour))
	t.inState("a", notify.StateSent)
	t.claim(after(2 * time.Hour))
}

func (t *boxDriver) crash(at time.Time, times int, r notify.ClaimRequest) time.Time {
	t.Helper()
	for range times {
		r.At = at
		if got := t.claimWith(r); len(got) != 1 {
			t.Fatalf("claimed %d items, want 1 of fewer than MaxAttempts attempts", len(got))
		}
		at = at.Add(r.Lease)
	}
	return at
}

func caseBuriedAtClaim(t *boxDriver) {
	t.add(entry("a"))
	r := request(start(), 10)
	r.MaxAttempts = 3
	at := t.crash(start(), 3, r)
	r.At = at
	if got := t.claimWith(r); len(got) != 0 {
		t.Fatalf("an item was claimed a fourth time with MaxAttempts 3")
	}
	t.inState("a", notify.StateDead)
}

func caseFallbackAtClaim(t *boxDriver) {
	it := entry("a")
	it.Fallback = []notify.Fallback{{Channel: "sms"}}
	t.add(it)
	r := request(start(), 10)
	r.MaxAttempts = 1
	r.At = t.crash(start(), 1, r)
	t.claimWith(r)
	t.inState("a", notify.StateDead)
	if got := t.stored(notify.FallbackKey("a", it.Fallback[0])); got.Channel != "sms" || got.Origin != "a" || got.State != notify.StatePending {
		t.Fatalf("the fallback is %+v", got)
	}
}

func caseTask(t *boxDriver) {
	it := entry("a")
	it.Task = true
	t.add(it)
	t.claim(after(time.Hour))
	t.inState("a", notify.StateTask)
}

// toAna makes an item of one recipient with a thread of its own.
func toAna(key string) notify.Item {
	it := entry(key)
	it.Recipient, it.Thread = "ana", "thread-"+key
	return it
}

func caseCap(t *boxDriver) {
	items := []notify.Item{toAna("a"), toAna("b"), toAna("c"), entry("other")}
	for i := range items {
		items[i].DueAt = after(time.Duration(i) * time.Second)
	}
	t.add(items...)
	r := request(start(), 10)
	r.Cap, r.Window, r.Urgent = 2, time.Hour, 10
	claimed := t.claimWith(r)
	t.sameKeys(claimed, []string{"a", "b", "other"})
	for i, c := range claimed {
		t.done(c, after(time.Duration(i)*time.Second))
	}
	r.At = after(30 * time.Minute)
	t.sameKeys(t.claimWith(r), nil)
	r.At = after(time.Hour + time.Second)
	t.sameKeys(t.claimWith(r), []string{"c"})
}

func caseCapUrgent(t *boxDriver) {
	first, second := toAna("first"), toAna("second")
	first.Priority, second.Priority = 10, 11
	r := request(start(), 10)
	r.Cap, r.Window, r.Urgent = 1, time.Hour, 10
	t.add(first)
	claimed := t.claimWith(r)
	t.sameKeys(claimed, []string{"first"})
	t.done(claimed[0], start())
	t.add(second)
	t.sameKeys(t.claimWith(r), []string{"second"})
}

func casePrior(t *boxDriver) {
	elsewhere := inThread("elsewhere", 1, false)
	elsewhere.Thread = "inc-2"
	t.add(inThread("a", 1, false), inThread("b", 2, false), inThread("c", 3, false), elsewhere)
	want := []*notify.Receipt{nil, {ProviderID: "p-a", Ref: map[string]string{"ts": "17"}}}
	for i, key := range []string{"a", "b"} {
		for _, c := range t.claimWith(request(start(), 10)) {
			if c.Key != key {
				if c.Prior != nil {
					t.Fatalf("the first item of another thread has the prior receipt %+v", *c.Prior)
				}
				t.settle(outcome(c, notify.Skip, start()))
				continue
			}
			if !reflect.DeepEqual(c.Prior, want[i]) {
				t.Fatalf("item %q has the prior receipt %+v, want %+v", key, c.Prior, want[i])
			}
			s := outcome(c, notify.Done, after(time.Duration(i)*time.Second))
			s.Receipt = &notify.Receipt{ProviderID: "p-" + key, Ref: map[string]string{"ts": "17"}}
			t.settle(s)
		}
	}
	if c := t.one(start(), "c"); c.Prior == nil || c.Prior.ProviderID != "p-b" {
		t.Fatalf("item %q has the prior receipt %+v, want that of b", c.Key, c.Prior)
	}
}

func caseConcurrent(t *boxDriver) {
	const workers, items = 8, 200
	page := make([]notify.Item, items)
	for i := range page {
		page[i] = entry(fmt.Sprintf("crowd-%03d", i))
	}
	t.add(page...)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		seen  = make(map[string]int)
		fails []string
	)
	fail := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fails = append(fails, fmt.Sprintf(format, args...))
	}
	for range workers {
		wg.Go(func() {
			for {
				claimed, err := t.box.Claim(t.Context(), request(start(), 7))
				if err != nil {
					fail("claiming failed: %v", err)
					return
				}
				if len(claimed) == 0 {
					return
				}
				s := make([]notify.Settlement, len(claimed))
				mu.Lock()
				for i, c := range claimed {
					seen[c.Key]++
					s[i] = outcome(c, notify.Done, start())
				}
				mu.Unlock()
				settled, err := t.box.Settle(t.Context(), s)
				if err != nil {
					fail("settling failed: %v", err)
					return
				}
				for _, a := range settled {
					if a.Err != nil {
						fail("settling %q failed: %v", a.Key, a.Err)
					}
				}
			}
		})
	}
	wg.Wait()
	if len(fails) > 0 {
		t.Fatalf("%s (and %d more)", fails[0], len(fails)-1)
	}
	for key, n := range seen {
		if n != 1 {
			t.Fatalf("item %q was claimed %d times", key, n)
		}
	}
	if len(seen) != items {
		t.Fatalf("%d of %d items were claimed", len(seen), items)
	}
}
