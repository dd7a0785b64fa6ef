package notify_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// BenchmarkDispatcher measures a delivery from claim to settlement, with all
// middleware, to a notifier that does nothing, on the outbox in memory. One
// operation is one delivery; adding is not counted.
func BenchmarkDispatcher(b *testing.B) {
	const batch = 10_000
	words := &notify.Message{Subject: "Backups are late", Text: "We found the cause."}
	resolver := notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		out := make([]notify.Resolved, len(items))
		for i, it := range items {
			out[i] = notify.Resolved{To: notify.Recipient{ID: it.Recipient}, Message: words}
		}
		return out, nil
	})
	nothing := notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) { return notify.Receipt{}, nil })
	var box memoutbox.Outbox
	d, err := notify.NewDispatcher(&box, resolver, map[string]notify.Channel{"mail": {Notifier: nothing}}, nil)
	require.NoError(b, err)
	b.ReportAllocs()
	left, page := 0, 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			items := make([]notify.Item, batch)
			for i := range items {
				items[i] = item(fmt.Sprintf("%06d/%06d", page, i))
			}
			_, err := box.Add(b.Context(), notify.Page{Notice: fmt.Sprint(page), Done: true, Items: items, At: time.Now()})
			require.NoError(b, err)
			page++
			b.StartTimer()
			out, err := d.Deliver(b.Context(), 0)
			require.NoError(b, err)
			require.Equal(b, batch, out.Sent)
			left = batch
		}
		left--
	}
}
