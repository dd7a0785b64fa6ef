package notifytest

import (
	"errors"
	"reflect"
	"time"

	"github.com/amends-dev/amends/notify"
)

func caseDone(t *boxDriver) {
	t.add(entry("a"))
	s := outcome(t.one(start(), "a"), notify.Done, after(time.Second))
	s.Receipt = &notify.Receipt{ProviderID: "p-1", Ref: map[string]string{"thread": "42"}}
	s.Hash = "c0ffee"
	if got := t.settle(s); got.State != notify.StateSent || got.Added != "" {
		t.Fatalf("the answer is %+v", got)
	}
	got := t.stored("a")
	if got.State != notify.StateSent || got.Hash != "c0ffee" || !reflect.DeepEqual(got.Receipt, s.Receipt) || !got.Changed.Equal(after(time.Second)) {
		t.Fatalf("the item is %+v", got)
	}
	t.claim(after(time.Hour))
}

func caseRetry(t *boxDriver) {
	t.add(entry("a"))
	s := outcome(t.one(start(), "a"), notify.Retry, after(time.Second))
	s.At, s.Err, s.Class = after(time.Hour), "503 try later", notify.Throttled
	if got := t.settle(s); got.State != notify.StatePending {
		t.Fatalf("the answer is %+v", got)
	}
	got := t.stored("a")
	if got.Attempts != 1 || got.LastErr != s.Err || got.Class != s.Class || !got.NextAt.Equal(s.At) {
		t.Fatalf("the item is %+v", got)
	}
	t.claim(after(time.Hour - time.Second))
	if c := t.one(after(time.Hour), "a"); c.Attempt != 2 {
		t.Fatalf("the next claim is attempt %d, want 2", c.Attempt)
	}
}

func caseRelease(t *boxDriver) {
	t.add(entry("a"))
	s := outcome(t.one(start(), "a"), notify.Release, start())
	if got := t.settle(s); got.State != notify.StatePending {
		t.Fatalf("the answer is %+v", got)
	}
	c := t.one(start(), "a")
	if c.Attempt != 1 {
		t.Fatalf("after a release the claim is attempt %d, want 1", c.Attempt)
	}
	s = outcome(c, notify.Release, start())
	s.At = after(time.Minute)
	t.settle(s)
	t.claim(after(time.Minute - time.Second))
	t.claim(after(time.Minute), "a")
}

func caseBury(t *boxDriver) {
	t.add(entry("a"))
	s := outcome(t.one(start(), "a"), notify.Bury, after(time.Second))
	s.Err, s.Class = "550 no such user", notify.AddressGone
	if got := t.settle(s); got.State != notify.StateDead || got.Added != "" {
		t.Fatalf("the answer is %+v", got)
	}
	got := t.list(notify.Query{States: []notify.State{notify.StateDead}})
	if len(got) != 1 || got[0].Key != "a" || got[0].LastErr != s.Err || got[0].Class != s.Class || got[0].Attempts != 1 {
		t.Fatalf("the dead items are %+v", got)
	}
	t.claim(after(time.Hour))
}

func caseFallback(t *boxDriver) {
	it := full()
	it.NotBefore = time.Time{}
	t.add(it)
	got := t.settle(outcome(t.one(start(), "full"), notify.Bury, after(time.Second)))
	key := notify.FallbackKey("full", it.Fallback[0])
	if got.Added != key {
		t.Fatalf("the answer names the fallback %q, want %q", got.Added, key)
	}
	want := it
	want.Key, want.Channel, want.Recipient, want.Fallback = key, "sms", "rcpt-sms", it.Fallback[1:]
	if f := t.stored(key); !reflect.DeepEqual(f.Item, want) || f.Origin != "full" || f.State != notify.StatePending || f.Attempts != 0 {
		t.Fatalf("the fallback is\n%+v, want\n%+v", f, want)
	}
	r := request(after(time.Second), 10)
	r.Channel = "sms"
	t.sameKeys(t.claimWith(r), []string{key})
}

func caseFallbackTask(t *boxDriver) {
	it := entry("a")
	it.Fallback = []notify.Fallback{{Channel: "call", Task: true}}
	t.add(it)
	t.settle(outcome(t.one(start(), "a"), notify.Bury, start()))
	f := t.stored(notify.FallbackKey("a", it.Fallback[0]))
	if f.State != notify.StateTask || f.Recipient != it.Recipient {
		t.Fatalf("the fallback is %+v", f)
	}
}

func caseSkip(t *boxDriver) {
	it := entry("a")
	it.Fallback = []notify.Fallback{{Channel: "sms"}}
	t.add(it)
	if got := t.settle(outcome(t.one(start(), "a"), notify.Skip, start())); got.State != notify.StateSuppressed || got.Added != "" {
		t.Fatalf("the answer is %+v", got)
	}
	if items := t.list(notify.Query{}); len(items) != 1 || items[0].State != notify.StateSuppressed {
		t.Fatalf("the outbox holds %s", keysOf(items))
	}
	t.claim(after(time.Hour))
}

func caseExtend(t *boxDriver) {
	t.add(entry("a"))
	c := t.one(start(), "a")
	s := outcome(c, notify.Extend, after(30*time.Second))
	s.At = after(10 * time.Minute)
	if got := t.settle(s); got.State != notify.StateLeased {
		t.Fatalf("the answer is %+v", got)
	}
	t.claim(after(9 * time.Minute))
	t.done(c, after(9*time.Minute))
}

func caseEachOnItsOwn(t *boxDriver) {
	t.add(entry("a"), entry("b"), entry("c"))
	byKey := map[string]notify.Claimed{}
	for _, c := range t.claim(start(), "a", "b", "c") {
		byKey[c.Key] = c
	}
	lost := byKey["b"]
	lost.Token += "x"
	got := t.trySettle(outcome(byKey["a"], notify.Done, start()), outcome(lost, notify.Done, start()), outcome(byKey["c"], notify.Done, start()))
	if got[0].Err != nil || !errors.Is(got[1].Err, notify.ErrLeaseLost) || got[2].Err != nil {
		t.Fatalf("the answers are %+v, want only the second to have lost its lease", got)
	}
	t.inState("a", notify.StateSent)
	t.inState("b", notify.StateLeased)
	t.inState("c", notify.StateSent)
}

func caseNotFound(t *boxDriver) {
	for _, s := range []notify.Settlement{
		{Key: "nobody", Token: "x", Outcome: notify.Done, At: start(), Now: start()},
		{Key: "nobody", Outcome: notify.MarkRead, At: start(), Now: start()},
	} {
		if got := t.trySettle(s)[0]; !errors.Is(got.Err, notify.ErrNotFound) {
			t.Fatalf("settling what does not exist as %q gives %v, want ErrNotFound", s.Outcome, got.Err)
		}
	}
}

func caseSettledTwice(t *boxDriver) {
	for _, o := range []notify.Outcome{notify.Done, notify.Retry, notify.Release, notify.Bury, notify.Skip} {
		key := string(o)
		it := entry(key)
		it.Fallback = []notify.Fallback{{Channel: "sms"}}
		t.add(it)
		c := t.one(start(), key)
		s := outcome(c, o, after(time.Second))
		if o == notify.Retry || o == notify.Release {
			s.At = after(time.Hour)
		}
		first := t.settle(s)
		before := t.stored(key)
		s.Now = after(2 * time.Second)
		if again := t.settle(s); again != first {
			t.Fatalf("the repeat of %q answers %+v, want %+v", o, again, first)
		}
		if now := t.stored(key); !reflect.DeepEqual(now, before) {
			t.Fatalf("the repeat of %q changed the item from %+v to %+v", o, before, now)
		}
		other := outcome(c, notify.Done, after(3*time.Second))
		if o == notify.Done {
			other.Outcome = notify.Bury
		}
		if got := t.trySettle(other)[0]; !errors.Is(got.Err, notify.ErrLeaseLost) {
			t.Fatalf("%q after %q with the same token gives %v, want ErrLeaseLost", other.Outcome, o, got.Err)
		}
	}
}

func caseMarkDone(t *boxDriver) {
	it := entry("a")
	it.Task = true
	t.add(it, entry("dead"))
	s := notify.Settlement{Key: "a", Outcome: notify.MarkDone, Proof: "called at 10:15, spoke to the owner", By: "Robin Example", Now: after(time.Hour), At: after(time.Hour)}
	if got := t.settle(s); got.State != notify.StateSent {
		t.Fatalf("the answer is %+v", got)
	}
	got := t.stored("a")
	if got.Proof != s.Proof || got.By != s.By || !got.Changed.Equal(after(time.Hour)) {
		t.Fatalf("the item is %+v", got)
	}
	t.settle(s) // a repeat
	t.settle(outcome(t.one(start(), "dead"), notify.Bury, start()))
	s.Key = "dead"
	if got := t.settle(s); got.State != notify.StateSent {
		t.Fatalf("what a person did for a dead item is answered with %+v", got)
	}
}

func caseNamed(t *boxDriver) {
	it := entry("task")
	it.Task = true
	t.add(it, entry("dead"))
	t.settle(outcome(t.one(start(), "dead"), notify.Bury, start()))
	for _, s := range []notify.Settlement{
		{Key: "task", Outcome: notify.MarkDone, Proof: "called"},
		{Key: "task", Outcome: notify.MarkDone, By: "Robin Example"},
		{Key: "dead", Outcome: notify.Revive},
	} {
		s.At, s.Now = after(time.Second), after(time.Second)
		if got := t.trySettle(s)[0]; !errors.Is(got.Err, notify.ErrRefused) {
			t.Fatalf("%+v gives %v, want ErrRefused", s, got.Err)
		}
	}
	t.inState("task", notify.StateTask)
	t.inState("dead", notify.StateDead)
}

func bounceOfA(at time.Time) notify.Settlement {
	return notify.Settlement{Key: "a", Outcome: notify.MarkBounced, Err: "mailbox unknown", Class: notify.AddressGone, At: at, Now: at}
}

func caseMarkBounced(t *boxDriver) {
	t.add(entry("a"))
	if got := t.trySettle(bounceOfA(start()))[0]; !errors.Is(got.Err, notify.ErrRefused) {
		t.Fatalf("the bounce of an item that was not sent gives %v, want ErrRefused", got.Err)
	}
	t.done(t.one(start(), "a"), start())
	for i := 1; i <= 2; i++ {
		if got := t.settle(bounceOfA(after(time.Duration(i) * time.Minute))); got.State != notify.StateBounced || got.Added != "" {
			t.Fatalf("answer %d is %+v", i, got)
		}
	}
	if got := t.stored("a"); got.LastErr != "mailbox unknown" || got.Class != notify.AddressGone || !got.Changed.Equal(after(time.Minute)) {
		t.Fatalf("the item is %+v", got)
	}
}

func caseNamesRecord(t *boxDriver) {
	it := entry("a")
	t.add(it)
	t.done(t.one(start(), "a"), start())
	if got := t.settle(bounceOfA(after(time.Minute))); got.Record != it.Record {
		t.Fatalf("the answer names the record %q, want %q", got.Record, it.Record)
	}
}

func caseFallbackBounced(t *boxDriver) {
	it := entry("a")
	it.Fallback = []notify.Fallback{{Channel: "sms"}}
	t.add(it)
	t.done(t.one(start(), "a"), start())
	key := notify.FallbackKey("a", it.Fallback[0])
	if got := t.settle(bounceOfA(after(time.Minute))); got.Added != key {
		t.Fatalf("the answer is %+v, want the fallback %q", got, key)
	}
	t.settle(bounceOfA(after(2 * time.Minute)))
	if f := t.stored(key); f.Origin != "a" || f.Channel != "sms" || f.State != notify.StatePending {
		t.Fatalf("the fallback is %+v", f)
	}
	if n := len(t.list(notify.Query{})); n != 2 {
		t.Fatalf("the outbox holds %d items, want 2", n)
	}
}

func caseMarkRead(t *boxDriver) {
	t.add(entry("a"))
	t.done(t.one(start(), "a"), start())
	for i := 1; i <= 2; i++ {
		at := after(time.Duration(i) * time.Minute)
		if got := t.settle(notify.Settlement{Key: "a", Outcome: notify.MarkRead, At: at, Now: at}); got.State != notify.StateSent {
			t.Fatalf("the answer is %+v", got)
		}
	}
	if got := t.stored("a"); !got.ReadAt.Equal(after(time.Minute)) || !got.Changed.Equal(start()) {
		t.Fatalf("the item was read %s and changed %s, want the first time read, and no change of state", got.ReadAt, got.Changed)
	}
}

func caseRevive(t *boxDriver) {
	t.add(entry("a"))
	at := start()
	for range 2 {
		c := t.one(at, "a")
		at = at.Add(time.Minute)
		t.settle(outcome(c, notify.Retry, at))
	}
	t.settle(outcome(t.one(at, "a"), notify.Bury, at))
	s := notify.Settlement{Key: "a", Outcome: notify.Revive, By: "Robin Example", At: at, Now: at}
	if got := t.settle(s); got.State != notify.StatePending {
		t.Fatalf("the answer is %+v", got)
	}
	if got := t.stored("a"); got.By != "Robin Example" || got.Attempts != 0 {
		t.Fatalf("the item is %+v", got)
	}
	if c := t.one(at, "a"); c.Attempt != 1 {
		t.Fatalf("the first claim after the revival is attempt %d, want 1", c.Attempt)
	}
}

func caseReviveTold(t *boxDriver) {
	a := entry("a")
	a.Fallback = []notify.Fallback{{Channel: "sms"}, {Channel: "push"}}
	t.add(a)
	t.settle(outcome(t.one(start(), "a"), notify.Bury, start()))
	other := request(start(), 10)
	for _, channel := range []string{"sms", "push"} {
		other.Channel = channel
		claimed := t.claimWith(other)
		if len(claimed) != 1 {
			t.Fatalf("%d items were claimed on channel %q, want 1", len(claimed), channel)
		}
		if channel == "sms" {
			t.settle(outcome(claimed[0], notify.Bury, start()))
		} else {
			t.done(claimed[0], start())
		}
	}
	s := notify.Settlement{Key: "a", Outcome: notify.Revive, By: "Robin Example", At: after(time.Minute), Now: after(time.Minute)}
	if got := t.trySettle(s)[0]; !errors.Is(got.Err, notify.ErrRefused) {
		t.Fatalf("the answer is %+v, want ErrRefused", got)
	}
	t.inState("a", notify.StateDead)
}
