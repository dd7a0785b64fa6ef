package notifytest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/amends-dev/amends/notify"
)

// full makes an item with every field set.
func full() notify.Item {
	it := entry("full")
	it.Seq, it.Priority, it.Supersedable = 7, 3, true
	it.NotBefore, it.DueAt = after(time.Minute), after(time.Hour)
	it.Fallback = []notify.Fallback{{Channel: "sms", Recipient: "rcpt-sms"}, {Channel: "call", Task: true}}
	return it
}

func caseKeeps(t *boxDriver) {
	t.add(full())
	got := t.stored("full")
	if !reflect.DeepEqual(got.Item, full()) {
		t.Fatalf("the item came back as\n%+v, want\n%+v", got.Item, full())
	}
	if got.State != notify.StatePending || got.Attempts != 0 || !got.Added.Equal(start()) || !got.Changed.Equal(start()) {
		t.Fatalf("the item is %s with %d attempts, added %s, changed %s", got.State, got.Attempts, got.Added, got.Changed)
	}
}

func caseRepeat(t *boxDriver) {
	if n := t.add(full(), entry("b"), entry("b")); n != 2 {
		t.Fatalf("a page with one repeat counts %d new items, want 2", n)
	}
	again := full()
	again.Priority, again.NotBefore, again.DueAt, again.Fallback, again.Notice = 9, time.Time{}, start(), nil, "stmt-1+1"
	if n := t.addAt(after(time.Second), again, entry("c")); n != 1 {
		t.Fatalf("a page with one known item counts %d new items, want 1", n)
	}
	if got := t.stored("full"); !reflect.DeepEqual(got.Item, full()) || !got.Added.Equal(start()) {
		t.Fatalf("the repeat changed the item to %+v", got)
	}
	if n := len(t.list(notify.Query{})); n != 3 {
		t.Fatalf("the outbox holds %d items, want 3", n)
	}
}

// tryAdd adds a page whose failure is expected.
func (t *boxDriver) tryAdd(p notify.Page, want error) {
	t.Helper()
	n, err := t.box.Add(t.Context(), p)
	if !errors.Is(err, want) {
		t.Fatalf("adding the page gives %v, want %v", err, want)
	}
	if n != 0 {
		t.Fatalf("a page that failed counts %d new items", n)
	}
}

func caseKeyReused(t *boxDriver) {
	t.add(full())
	change := map[string]func(it *notify.Item){
		"space":        func(it *notify.Item) { it.Space = "other" },
		"record":       func(it *notify.Item) { it.Record = "inc-2" },
		"kind":         func(it *notify.Item) { it.Kind = notify.KindAward },
		"subject":      func(it *notify.Item) { it.Subject = "stmt-2" },
		"recipient":    func(it *notify.Item) { it.Recipient = "other" },
		"customer":     func(it *notify.Item) { it.Customer = "other" },
		"channel":      func(it *notify.Item) { it.Channel = "sms" },
		"thread":       func(it *notify.Item) { it.Thread = "inc-2" },
		"seq":          func(it *notify.Item) { it.Seq++ },
		"supersedable": func(it *notify.Item) { it.Supersedable = false },
	}
	for name, f := range change {
		it := full()
		f(&it)
		n, err := t.box.Add(t.Context(), notify.Page{Notice: "n-" + name, Done: true, Items: []notify.Item{it}, At: start()})
		if n != 0 || !errors.Is(err, notify.ErrKeyReused) {
			t.Fatalf("the key with another %s gives %d, %v, want ErrKeyReused", name, n, err)
		}
	}
	a, b := entry("twin"), entry("twin")
	b.Seq = 2
	t.tryAdd(notify.Page{Notice: "twins", Done: true, Items: []notify.Item{a, b}, At: start()}, notify.ErrKeyReused)
}

func casePageWhole(t *boxDriver) {
	t.add(entry("a"))
	other := entry("a")
	other.Seq = 2
	if _, err := t.box.Add(t.Context(), notify.Page{Notice: "whole", Next: "p2", Items: []notify.Item{entry("b"), other, entry("c")}, At: start()}); err == nil {
		t.Fatalf("a page with a reused key was added")
	}
	if n := len(t.list(notify.Query{})); n != 1 {
		t.Fatalf("after a page that failed the outbox holds %d items, want the 1 from before", n)
	}
	if n, err := t.box.Add(t.Context(), notify.Page{Notice: "whole", Next: "p2", Items: []notify.Item{entry("b")}, At: start()}); n != 1 || err != nil {
		t.Fatalf("the first page cannot be added any more after one that failed: %d, %v", n, err)
	}
}

func caseCursor(t *boxDriver) {
	page := func(from, next string, done bool, keys ...string) notify.Page {
		p := notify.Page{Notice: "stmt-1", From: from, Next: next, Done: done, At: start()}
		for _, k := range keys {
			p.Items = append(p.Items, entry(k))
		}
		return p
	}
	must := func(p notify.Page) {
		t.Helper()
		if _, err := t.box.Add(t.Context(), p); err != nil {
			t.Fatalf("adding the page at %q failed: %v", p.From, err)
		}
	}
	t.tryAdd(page("p2", "p3", false, "z"), notify.ErrCursor)
	must(page("", "p2", false, "a"))
	t.tryAdd(page("", "p2", false, "a", "y"), notify.ErrCursor)
	must(page("p2", "p3", true, "b"))
	t.tryAdd(page("p3", "p4", true, "x"), notify.ErrCursor)
	t.tryAdd(page("p2", "p3", true, "b"), notify.ErrCursor)
	if n := len(t.list(notify.Query{})); n != 2 {
		t.Fatalf("the outbox holds %d items, want 2: pages at a wrong cursor left something", n)
	}
}

func caseExpansion(t *boxDriver) {
	add := func(p notify.Page) {
		t.Helper()
		if _, err := t.box.Add(t.Context(), p); err != nil {
			t.Fatalf("adding a page failed: %v", err)
		}
	}
	add(notify.Page{Notice: "a", Space: "acme", Record: "inc-1", Next: "p2", At: start(), Items: []notify.Item{entry("a1"), entry("a2")}})
	add(notify.Page{Notice: "b", Space: "acme", Record: "inc-1", Done: true, At: start()})
	other := entry("c1")
	other.Record = "inc-2"
	add(notify.Page{Notice: "c", Done: true, At: start(), Items: []notify.Item{other}})
	check := func(q notify.Query, want ...notify.Expansion) {
		t.Helper()
		if got := t.tally(q).Expansions; !reflect.DeepEqual(got, want) {
			t.Fatalf("the expansions of %+v are %+v, want %+v", q, got, want)
		}
	}
	a := notify.Expansion{Notice: "a", Cursor: "p2", Items: 2}
	b := notify.Expansion{Notice: "b", Done: true}
	check(notify.Query{Record: "inc-1"}, a, b)
	check(notify.Query{Notice: "b"}, b)
	check(notify.Query{Record: "inc-2"}, notify.Expansion{Notice: "c", Done: true, Items: 1})
	// Whoever is known already does not count; a fallback is not of the expansion.
	add(notify.Page{Notice: "a", From: "p2", Next: "p3", Done: true, At: start(), Items: []notify.Item{entry("a2"), entry("a3")}})
	check(notify.Query{Notice: "a"}, notify.Expansion{Notice: "a", Cursor: "p3", Done: true, Items: 3})
}

func caseNotShared(t *boxDriver) {
	items := []notify.Item{full()}
	items[0].NotBefore = time.Time{}
	t.add(items...)
	items[0].Key, items[0].Fallback[0].Channel = "changed", "changed"
	c := t.one(start(), "full")
	if c.Fallback[0].Channel != "sms" {
		t.Fatalf("changing the page afterwards changed the item: %+v", c.Item)
	}
	c.Fallback[0].Channel = "changed"
	receipt := &notify.Receipt{ProviderID: "p", Ref: map[string]string{"ts": "1"}}
	s := outcome(c, notify.Done, start())
	s.Receipt = receipt
	t.settle(s)
	receipt.ProviderID, receipt.Ref["ts"] = "changed", "changed"
	first := t.stored("full")
	if first.Receipt == nil || first.Receipt.ProviderID != "p" || first.Receipt.Ref["ts"] != "1" || first.Fallback[0].Channel != "sms" {
		t.Fatalf("changing arguments afterwards changed the item: %+v", first)
	}
	first.Receipt.Ref["ts"], first.Fallback[0].Channel = "changed", "changed"
	if again := t.stored("full"); again.Receipt.Ref["ts"] != "1" || again.Fallback[0].Channel != "sms" {
		t.Fatalf("changing a result changed the item: %+v", again)
	}
}

func caseTimes(t *boxDriver) {
	zone := time.FixedZone("somewhere", 5*3600)
	at := time.Date(2026, 3, 2, 14, 0, 0, 123_456_000, zone)
	it := entry("a")
	it.DueAt, it.NotBefore = at.Add(time.Hour), at.Add(time.Microsecond)
	t.addAt(at, it)
	got := t.stored("a")
	for name, pair := range map[string][2]time.Time{
		"Added": {got.Added, at}, "DueAt": {got.DueAt, at.Add(time.Hour)}, "NotBefore": {got.NotBefore, at.Add(time.Microsecond)},
	} {
		if !pair[0].Equal(pair[1]) || pair[0].Location() != time.UTC {
			t.Fatalf("%s came back as %s, want %s in UTC", name, pair[0], pair[1])
		}
	}
	if c := t.claimWith(request(at, 1)); len(c) != 0 {
		t.Fatalf("an item was claimed a microsecond too early")
	}
	if c := t.claimWith(request(at.Add(time.Microsecond), 1)); len(c) != 1 || !c[0].Until.Equal(at.Add(time.Minute+time.Microsecond)) {
		t.Fatalf("the lease is not a minute: %+v", c)
	}
}

func caseDeadContext(t *boxDriver) {
	t.add(entry("a"))
	c := t.one(start(), "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n, err := t.box.Add(ctx, notify.Page{Notice: "late", Done: true, Items: []notify.Item{entry("b"), entry("c")}, At: start()})
	have := len(t.list(notify.Query{}))
	if whole := err == nil && n == 2 && have == 3; !whole && (err == nil || n != 0 || have != 1 && have != 3) {
		t.Fatalf("adding two items says %d, %v, and the outbox holds %d", n, err, have)
	}
	out, err := t.box.Settle(ctx, []notify.Settlement{outcome(c, notify.Done, start())})
	state := t.stored("a").State
	if whole := err == nil && len(out) == 1 && state == notify.StateSent; !whole && (err == nil || state != notify.StateSent && state != notify.StateLeased) {
		t.Fatalf("settling says %+v, %v, and the item is %s", out, err, state)
	}
	items, err := t.box.Claim(ctx, request(after(time.Hour), 10))
	if err != nil && len(items) > 0 {
		t.Fatalf("a claim that failed with %v returned %d items", err, len(items))
	}
	if _, err := t.box.Tally(ctx, notify.Query{}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("the error does not say that the context was cancelled: %v", err)
	}
}

// keysOf names items for a message.
func keysOf(items []notify.Stored) string {
	keys := make([]string, len(items))
	for i, it := range items {
		keys[i] = it.Key
	}
	return fmt.Sprintf("%q", keys)
}
