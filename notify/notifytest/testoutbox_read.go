package notifytest

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/amends-dev/amends/notify"
)

func caseTally(t *boxDriver) {
	award := entry("award")
	award.Notice, award.Kind = "award-1", notify.KindAward
	sms := entry("sms")
	sms.Channel = "sms"
	t.add(entry("a"), entry("b"), entry("c"), entry("d"), award, sms)
	byKey := map[string]notify.Claimed{}
	for _, c := range t.claim(start(), "a", "b", "c", "d", "award") {
		byKey[c.Key] = c
	}
	t.done(byKey["a"], start())
	t.done(byKey["award"], start())
	t.settle(outcome(byKey["b"], notify.Retry, start()))
	t.done(t.one(start(), "b"), start())
	t.settle(outcome(byKey["c"], notify.Bury, start()))
	line := func(notice, kind, channel string, state notify.State, n, retried int64) notify.TallyLine {
		return notify.TallyLine{Notice: notice, Kind: kind, Channel: channel, State: state, N: n, Retried: retried, First: start(), Last: start()}
	}
	want := []notify.TallyLine{
		line("award-1", notify.KindAward, "mail", notify.StateSent, 1, 0),
		line("stmt-1", notify.KindUpdate, "mail", notify.StateDead, 1, 0),
		line("stmt-1", notify.KindUpdate, "mail", notify.StateLeased, 1, 0),
		line("stmt-1", notify.KindUpdate, "mail", notify.StateSent, 2, 1),
		line("stmt-1", notify.KindUpdate, "sms", notify.StatePending, 1, 0),
	}
	if got := t.tally(notify.Query{Record: "inc-1"}).Counts; !reflect.DeepEqual(got, want) {
		t.Fatalf("the counts are\n%+v, want\n%+v", got, want)
	}
}

func caseTallyTimes(t *boxDriver) {
	t.add(entry("a"), entry("b"), entry("c"))
	claimed := t.claim(start(), "a", "b", "c")
	slices.SortFunc(claimed, func(a, b notify.Claimed) int { return int(a.Key[0]) - int(b.Key[0]) })
	check := func(state notify.State, n int64, first, last time.Duration) {
		t.Helper()
		for _, l := range t.tally(notify.Query{Record: "inc-1"}).Counts {
			if l.State == state {
				if l.N != n || !l.First.Equal(after(first)) || !l.Last.Equal(after(last)) {
					t.Fatalf("%d are %s, the first since %s, the last since %s; want %d, %s and %s", l.N, state, l.First, l.Last, n, after(first), after(last))
				}
				return
			}
		}
		t.Fatalf("nothing is counted as %s", state)
	}
	for i, c := range claimed {
		t.done(c, after(time.Duration(i+1)*10*time.Second))
	}
	check(notify.StateSent, 3, 10*time.Second, 30*time.Second)
	t.settle(bounceOfA(after(time.Hour)))
	check(notify.StateSent, 2, 20*time.Second, 30*time.Second)
	check(notify.StateBounced, 1, time.Hour, time.Hour)
}

// mixed adds items that differ in everything that a query can ask for.
func (t *boxDriver) mixed() {
	t.Helper()
	change := map[string]func(it *notify.Item){
		"plain":     func(*notify.Item) {},
		"space":     func(it *notify.Item) { it.Space = "other" },
		"record":    func(it *notify.Item) { it.Record = "inc-2" },
		"notice":    func(it *notify.Item) { it.Notice = "stmt-2" },
		"recipient": func(it *notify.Item) { it.Recipient = "ana" },
		"customer":  func(it *notify.Item) { it.Customer = "ana-inc" },
		"channel":   func(it *notify.Item) { it.Channel = "sms" },
		"state":     func(it *notify.Item) { it.Task = true },
	}
	for name, f := range change {
		it := entry(name)
		f(&it)
		t.add(it)
	}
}

// queries select items of mixed.
func queries() map[string]struct {
	query notify.Query
	want  []string
} {
	type selected = struct {
		query notify.Query
		want  []string
	}
	task := []notify.State{notify.StateTask}
	return map[string]selected{
		"space":               {notify.Query{Space: "other"}, []string{"space"}},
		"record":              {notify.Query{Record: "inc-2"}, []string{"record"}},
		"notice":              {notify.Query{Notice: "stmt-2"}, []string{"notice"}},
		"recipient":           {notify.Query{Recipient: "ana"}, []string{"recipient"}},
		"customer":            {notify.Query{Customer: "ana-inc"}, []string{"customer"}},
		"channel":             {notify.Query{Channel: "sms"}, []string{"channel"}},
		"state":               {notify.Query{States: task}, []string{"state"}},
		"several":             {notify.Query{Space: "acme", Record: "inc-1", Notice: "stmt-1", Channel: "mail", States: task}, []string{"state"}},
		"several and contact": {notify.Query{Space: "acme", Record: "inc-1", Recipient: "ana"}, []string{"recipient"}},
		"nothing":             {notify.Query{Record: "inc-2", Channel: "sms"}, nil},
		"everything":          {notify.Query{}, []string{"channel", "customer", "notice", "plain", "recipient", "record", "space", "state"}},
		"two states":          {notify.Query{Record: "inc-2", States: []notify.State{notify.StateTask, notify.StatePending}}, []string{"record"}},
	}
}

func caseTallyQuery(t *boxDriver) {
	t.mixed()
	for name, q := range queries() {
		var n int64
		for _, l := range t.tally(q.query).Counts {
			n += l.N
		}
		if n != int64(len(q.want)) {
			t.Fatalf("by %s %d items are counted, want %d", name, n, len(q.want))
		}
	}
}

func caseListQuery(t *boxDriver) {
	t.mixed()
	for name, q := range queries() {
		var got []string
		for _, it := range t.list(q.query) {
			got = append(got, it.Key)
		}
		if !slices.Equal(got, q.want) {
			t.Fatalf("by %s the listing is %q, want %q", name, got, q.want)
		}
	}
}

func caseOldestDue(t *boxDriver) {
	item := func(key string, due time.Time, isTask bool) notify.Item {
		it := entry(key)
		it.DueAt, it.Task = due, isTask
		return it
	}
	check := func(want time.Time) {
		t.Helper()
		if got := t.tally(notify.Query{Record: "inc-1"}).OldestDue; !got.Equal(want) {
			t.Fatalf("the oldest due is %s, want %s", got, want)
		}
	}
	check(time.Time{})
	t.add(item("never", time.Time{}, false))
	check(time.Time{})
	t.add(item("a", after(time.Minute), false), item("b", after(2*time.Minute), false), item("task", after(3*time.Minute), true))
	check(after(time.Minute))
	t.claim(start(), "a", "b", "never")
	check(after(time.Minute))
	next := map[string]time.Time{"a": after(2 * time.Minute), "b": after(3 * time.Minute)}
	for _, key := range []string{"a", "b"} {
		for _, c := range t.claimWith(request(after(time.Hour), 10)) {
			if c.Key == key {
				t.done(c, after(time.Hour))
			} else {
				t.settle(outcome(c, notify.Release, after(time.Hour)))
			}
		}
		check(next[key])
	}
}

func caseListPages(t *boxDriver) {
	const items = 25
	var want []string
	for i := range items {
		want = append(want, fmt.Sprintf("k-%02d", i))
	}
	for _, i := range []int{20, 3, 11, 7, 0, 24, 15, 9, 1, 2, 4, 5, 6, 8, 10, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23} {
		t.add(entry(want[i]))
	}
	for _, limit := range []int{1, 7, 25, 26} {
		var got []string
		cursor := ""
		for pages := 0; ; pages++ {
			page, next, err := t.box.List(t.Context(), notify.Query{Record: "inc-1"}, cursor, limit)
			if err != nil {
				t.Fatalf("listing failed: %v", err)
			}
			if len(page) > limit || pages > items {
				t.Fatalf("page %d has %d items with a limit of %d", pages, len(page), limit)
			}
			for _, it := range page {
				got = append(got, it.Key)
			}
			if cursor = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in pages of %d the listing is %q, want %q", limit, got, want)
		}
	}
	if all := t.list(notify.Query{}); len(all) != items {
		t.Fatalf("a listing of everything has %d items, want %d", len(all), items)
	}
}
