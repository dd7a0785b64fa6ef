package notifytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/amends-dev/amends/notify"
)

// TestOutbox checks that an outbox keeps the contract of [notify.Outbox]. Each
// case gets a fresh and empty outbox. A failure says which rule is broken. Run
// it with -race: one of the rules is about concurrency.
//
//	func TestOutbox(t *testing.T) {
//		notifytest.TestOutbox(t, func(t *testing.T) notify.Outbox { return openOutbox(t) })
//	}
//
// The cases tell the time: an outbox whose leases follow a clock of its own
// must be told to follow ClaimRequest.At and Settlement.Now for this test.
func TestOutbox(t *testing.T, newOutbox func(t *testing.T) notify.Outbox) {
	t.Helper()
	for _, c := range outboxCases() {
		t.Run(c.name, func(t *testing.T) {
			box := newOutbox(t)
			if box == nil {
				t.Fatal("newOutbox returned nil")
			}
			c.run(&boxDriver{outboxTB: t, rule: c.rule, box: box})
		})
	}
}

// outboxTB is what a case needs of a test. [testing.T] has it; the tests of the
// suite use another.
type outboxTB interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// outboxCase is one rule.
type outboxCase struct {
	name string
	rule string // what every outbox must do, in words
	run  func(t *boxDriver)
}

// start is when the cases happen; after says later.
func start() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

func after(d time.Duration) time.Time { return start().Add(d) }

// boxDriver calls an outbox and fails on every error that a case did not ask for.
type boxDriver struct {
	outboxTB
	rule  string
	box   notify.Outbox
	pages int
}

func (t *boxDriver) Errorf(format string, args ...any) {
	t.Helper()
	t.outboxTB.Errorf("rule: "+t.rule+"\nbroken: "+format, args...)
}

func (t *boxDriver) Fatalf(format string, args ...any) {
	t.Helper()
	t.outboxTB.Fatalf("rule: "+t.rule+"\nbroken: "+format, args...)
}

// entry makes a valid item: a thread of its own recipient on channel mail.
func entry(key string) notify.Item {
	return notify.Item{
		Key: key, Notice: "stmt-1", Space: "acme", Record: "inc-1", Kind: notify.KindUpdate, Subject: "stmt-1",
		Recipient: "rcpt-" + key, Customer: "cust-" + key, Channel: "mail", Thread: "inc-1", Seq: 1,
	}
}

// inThread makes an item of the one recipient whose thread has several.
func inThread(key string, seq uint64, supersedable bool) notify.Item {
	it := entry(key)
	it.Recipient, it.Customer, it.Seq, it.Supersedable = "ana", "cust-ana", seq, supersedable
	return it
}

func (t *boxDriver) add(items ...notify.Item) int {
	t.Helper()
	return t.addAt(start(), items...)
}

// addAt adds a page of a notice of its own.
func (t *boxDriver) addAt(at time.Time, items ...notify.Item) int {
	t.Helper()
	t.pages++
	n, err := t.box.Add(t.Context(), notify.Page{
		Notice: fmt.Sprintf("page-%d", t.pages), Space: "acme", Record: "inc-1", Done: true, Items: items, At: at,
	})
	if err != nil {
		t.Fatalf("adding a page failed: %v", err)
	}
	return n
}

func request(at time.Time, limit int) notify.ClaimRequest {
	return notify.ClaimRequest{Channel: "mail", Limit: limit, Lease: time.Minute, At: at}
}

func (t *boxDriver) claimWith(r notify.ClaimRequest) []notify.Claimed {
	t.Helper()
	items, err := t.box.Claim(t.Context(), r)
	if err != nil {
		t.Fatalf("claiming failed: %v", err)
	}
	if len(items) > r.Limit {
		t.Fatalf("%d items were claimed with a limit of %d", len(items), r.Limit)
	}
	for _, it := range items {
		if it.Token == "" {
			t.Fatalf("item %q was claimed without a token", it.Key)
		}
	}
	return items
}

// claim claims what is due on channel mail and fails unless it is these keys, in any order.
func (t *boxDriver) claim(at time.Time, keys ...string) []notify.Claimed {
	t.Helper()
	items := t.claimWith(request(at, 100))
	t.sameKeys(items, keys)
	return items
}

func (t *boxDriver) sameKeys(items []notify.Claimed, keys []string) {
	t.Helper()
	missing := make(map[string]int, len(keys))
	for _, k := range keys {
		missing[k]++
	}
	got := make([]string, len(items))
	for i, it := range items {
		got[i] = it.Key
		missing[it.Key]--
	}
	for _, n := range missing {
		if n != 0 {
			t.Fatalf("claimed %q, want %q", got, keys)
		}
	}
}

// one claims exactly one item.
func (t *boxDriver) one(at time.Time, key string) notify.Claimed {
	t.Helper()
	return t.claim(at, key)[0]
}

// trySettle settles and returns the answers whatever they say.
func (t *boxDriver) trySettle(s ...notify.Settlement) []notify.Settled {
	t.Helper()
	out, err := t.box.Settle(t.Context(), s)
	if err != nil {
		t.Fatalf("settling failed: %v", err)
	}
	if len(out) != len(s) {
		t.Fatalf("settling %d items gave %d answers", len(s), len(out))
	}
	for i := range out {
		if out[i].Key != s[i].Key {
			t.Fatalf("the answers are not in order: answer %d is for %q, want %q", i, out[i].Key, s[i].Key)
		}
	}
	return out
}

// settle settles one item and fails on its error.
func (t *boxDriver) settle(s notify.Settlement) notify.Settled {
	t.Helper()
	out := t.trySettle(s)[0]
	if out.Err != nil {
		t.Fatalf("settling %q as %q failed: %v", s.Key, s.Outcome, out.Err)
	}
	return out
}

// outcome makes a settlement of a claim at a time.
func outcome(c notify.Claimed, o notify.Outcome, now time.Time) notify.Settlement {
	return notify.Settlement{Key: c.Key, Token: c.Token, Outcome: o, At: now, Now: now}
}

func (t *boxDriver) done(c notify.Claimed, now time.Time) {
	t.Helper()
	s := outcome(c, notify.Done, now)
	s.Receipt, s.Hash = &notify.Receipt{ProviderID: "accepted-" + c.Key}, "hash-"+c.Key
	t.settle(s)
}

func (t *boxDriver) list(q notify.Query) []notify.Stored {
	t.Helper()
	items, next, err := t.box.List(t.Context(), q, "", 1000)
	if err != nil {
		t.Fatalf("listing failed: %v", err)
	}
	if next != "" {
		t.Fatalf("a listing of %d items with a limit of 1000 has a next page", len(items))
	}
	return items
}

// stored returns one item.
func (t *boxDriver) stored(key string) notify.Stored {
	t.Helper()
	for _, s := range t.list(notify.Query{}) {
		if s.Key == key {
			return s
		}
	}
	t.Fatalf("item %q is not in the outbox", key)
	return notify.Stored{}
}

func (t *boxDriver) inState(key string, want notify.State) {
	t.Helper()
	if got := t.stored(key).State; got != want {
		t.Fatalf("item %q is %s, want %s", key, got, want)
	}
}

func (t *boxDriver) tally(q notify.Query) notify.Tally {
	t.Helper()
	tally, err := t.box.Tally(t.Context(), q)
	if err != nil {
		t.Fatalf("counting failed: %v", err)
	}
	return tally
}
