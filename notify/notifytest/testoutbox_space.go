package notifytest

import (
	"time"

	"github.com/amends-dev/amends/notify"
)

// inSpace makes an item of a contact that two spaces have by the same ID.
func inSpace(space, key string, seq uint64, supersedable bool) notify.Item {
	it := inThread(key, seq, supersedable)
	it.Space, it.Recipient, it.Customer = space, "billing", ""
	return it
}

func caseSpacesCap(t *boxDriver) {
	first, second, third := inSpace("acme", "a", 1, false), inSpace("globex", "b", 1, false), inSpace("acme", "c", 1, false)
	first.Thread, second.Thread, third.Thread = "inc-a", "inc-b", "inc-c"
	first.DueAt, second.DueAt, third.DueAt = start(), after(time.Second), after(2*time.Second)
	t.add(first, second, third)
	r := request(start(), 10)
	r.Cap, r.Window, r.Urgent = 1, time.Hour, 10
	claimed := t.claimWith(r)
	t.sameKeys(claimed, []string{"a", "b"})
	for _, c := range claimed {
		t.done(c, start())
	}
	r.At = after(time.Minute)
	t.sameKeys(t.claimWith(r), nil)
}

func caseSpacesThread(t *boxDriver) {
	t.add(inSpace("acme", "a", 1, true), inSpace("globex", "b", 2, true))
	t.inState("a", notify.StatePending)
	for _, c := range t.claim(start(), "a", "b") {
		t.done(c, start())
	}
	t.add(inSpace("acme", "a2", 2, false), inSpace("globex", "b1", 1, false))
	for _, c := range t.claim(start(), "a2", "b1") {
		want := map[string]string{"a2": "accepted-a", "b1": "accepted-b"}[c.Key]
		if c.Prior != nil && c.Prior.ProviderID != want {
			t.Fatalf("item %q has the prior receipt %q, want %q", c.Key, c.Prior.ProviderID, want)
		}
	}
}
