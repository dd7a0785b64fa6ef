package notifytest

import (
	"time"

	"github.com/amends-dev/amends/notify"
)

func caseOrder(t *boxDriver) {
	t.add(inThread("third", 3, false), inThread("first", 1, false))
	t.add(inThread("second", 2, false))
	for i, want := range []string{"first", "second", "third"} {
		got := t.claimWith(request(start(), 1))
		if len(got) != 1 || got[0].Key != want {
			t.Fatalf("claim %d is %+v, want %q", i+1, got, want)
		}
		t.done(got[0], start())
	}
}

func caseOneInFlight(t *boxDriver) {
	elsewhere := inThread("elsewhere", 2, false)
	elsewhere.Thread = "inc-2"
	t.add(inThread("a", 1, false), inThread("b", 2, false), elsewhere)
	claimed := t.claim(start(), "a", "elsewhere")
	t.claim(after(time.Second))
	for _, c := range claimed {
		if c.Key == "a" {
			t.done(c, after(time.Second))
		}
	}
	t.claim(after(time.Second), "b")
}

func caseRetryBlocks(t *boxDriver) {
	t.add(inThread("a", 1, false), inThread("b", 2, false))
	s := outcome(t.one(start(), "a"), notify.Retry, start())
	s.At = after(time.Hour)
	t.settle(s)
	t.claim(after(30 * time.Minute))
	t.done(t.one(after(time.Hour), "a"), after(time.Hour))
	t.claim(after(time.Hour), "b")
}

func caseDeadPasses(t *boxDriver) {
	t.add(inThread("a", 1, false), inThread("b", 2, false))
	t.settle(outcome(t.one(start(), "a"), notify.Bury, start()))
	t.claim(start(), "b")
}

func caseSupersedes(t *boxDriver) {
	elsewhere := inThread("elsewhere", 1, true)
	elsewhere.Thread = "inc-2"
	t.add(inThread("one", 1, true), inThread("two", 2, true), elsewhere)
	t.add(inThread("three", 3, true))
	t.inState("one", notify.StateSuperseded)
	t.inState("two", notify.StateSuperseded)
	t.done(t.claim(start(), "three", "elsewhere")[0], start())
	if n := t.add(inThread("one", 1, true)); n != 0 {
		t.Fatalf("a superseded item is added again")
	}
	t.inState("one", notify.StateSuperseded)
}

func caseKept(t *boxDriver) {
	ack := inThread("ack", 1, false)
	ack.Kind = notify.KindAcknowledgement
	t.add(ack, inThread("newer", 2, true))
	t.inState("ack", notify.StatePending)
	t.done(t.one(start(), "ack"), start())
	t.claim(start(), "newer")
}

func caseSupersededBack(t *boxDriver) {
	for i, o := range []notify.Outcome{notify.Retry, notify.Release} {
		seq := uint64(10*i + 1)
		older, newer := "older-"+string(o), "newer-"+string(o)
		t.add(inThread(older, seq, true))
		c := t.one(start(), older)
		t.add(inThread(newer, seq+1, true))
		t.inState(older, notify.StateLeased)
		t.claim(start())
		if got := t.settle(outcome(c, o, start())); got.State != notify.StateSuperseded {
			t.Fatalf("the older item is %s after %q, want superseded", got.State, o)
		}
		t.inState(older, notify.StateSuperseded)
		t.done(t.one(start(), newer), start())
	}
	t.add(inThread("older", 31, true))
	t.one(start(), "older")
	t.add(inThread("newer", 32, true))
	t.claim(after(time.Hour), "newer")
	t.inState("older", notify.StateSuperseded)
}

func caseSupersededLate(t *boxDriver) {
	t.add(inThread("newer", 2, true))
	t.done(t.one(start(), "newer"), start())
	t.add(inThread("older", 1, true))
	t.inState("older", notify.StateSuperseded)
	t.claim(start())
}
