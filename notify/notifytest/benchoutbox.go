package notifytest

import (
	"fmt"
	"testing"
	"time"

	"github.com/amends-dev/amends/notify"
)

// BenchmarkOutbox measures an outbox: adding items in pages, and claiming and
// settling them in batches. One operation is one item. Sizes are what the
// outbox holds already, so that costs that grow with it show.
func BenchmarkOutbox(b *testing.B, newOutbox func(b *testing.B) notify.Outbox) {
	b.Helper()
	const batch = 500
	b.Run("add", func(b *testing.B) {
		f := &filler{box: newOutbox(b)}
		b.ReportAllocs()
		left := 0
		for b.Loop() {
			if left == 0 {
				f.page(b, batch)
				left = batch
			}
			left--
		}
	})
	for _, held := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("claim_settle/held=%d", held), func(b *testing.B) {
			f := &filler{box: newOutbox(b)}
			for f.n < held {
				f.page(b, min(batch, held-f.n))
			}
			b.ReportAllocs()
			left := 0
			for b.Loop() {
				if left == 0 {
					b.StopTimer()
					f.page(b, batch)
					b.StartTimer()
					f.cycle(b, batch)
					left = batch
				}
				left--
			}
		})
	}
}

// filler adds items of ever new recipients.
type filler struct {
	box  notify.Outbox
	n    int
	from string
}

func (f *filler) page(b *testing.B, size int) {
	b.Helper()
	items := make([]notify.Item, size)
	for i := range items {
		f.n++
		id := fmt.Sprintf("%09d", f.n)
		items[i] = notify.Item{
			Key: "stmt-1/" + id + "@mail", Notice: "stmt-1", Space: "acme", Record: "inc-1", Kind: notify.KindUpdate,
			Subject: "stmt-1", Recipient: id, Customer: id, Channel: "mail", Thread: "inc-1", Seq: 1,
			Supersedable: true, DueAt: after(time.Hour),
		}
	}
	next := fmt.Sprint(f.n)
	if n, err := f.box.Add(b.Context(), notify.Page{Notice: "stmt-1", From: f.from, Next: next, Items: items, At: start()}); n != size || err != nil {
		b.Fatalf("adding %d items: %d, %v", size, n, err)
	}
	f.from = next
}

func (f *filler) cycle(b *testing.B, limit int) {
	b.Helper()
	claimed, err := f.box.Claim(b.Context(), notify.ClaimRequest{Channel: "mail", Limit: limit, Lease: time.Minute, At: start(), MaxAttempts: 10})
	if err != nil || len(claimed) != limit {
		b.Fatalf("claiming %d items: %d, %v", limit, len(claimed), err)
	}
	s := make([]notify.Settlement, len(claimed))
	for i, c := range claimed {
		s[i] = outcome(c, notify.Done, start())
		s[i].Receipt, s[i].Hash = &notify.Receipt{ProviderID: c.Key}, c.Key
	}
	settled, err := f.box.Settle(b.Context(), s)
	if err != nil {
		b.Fatalf("settling failed: %v", err)
	}
	for _, a := range settled {
		if a.Err != nil {
			b.Fatalf("settling %q failed: %v", a.Key, a.Err)
		}
	}
}
