package notify_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amends-dev/amends/notify"
)

var benchMessage = &notify.Message{Thread: "inc-1", Seq: 7, Kind: notify.KindUpdate, Subject: "s", Text: "t"}

// noop accepts everything at once.
type noop struct{}

func (noop) Notify(context.Context, *notify.Delivery) (notify.Receipt, error) {
	return notify.Receipt{}, nil
}

// people yields n recipients without holding them.
func people(n int) iter.Seq[notify.Recipient] {
	ids := make([]string, min(n, 1000))
	for i := range ids {
		ids[i] = fmt.Sprintf("contact-%06d", i)
	}
	return func(yield func(notify.Recipient) bool) {
		for i := range n {
			if !yield(notify.Recipient{ID: ids[i%len(ids)], Address: "a@example.com", Locale: "en"}) {
				return
			}
		}
	}
}

// BenchmarkFanout measures one message to n recipients and a notifier that does
// nothing, with a plain loop as the reference of the same run. peak-MiB is the
// most heap in use above the start, sampled while it runs.
func BenchmarkFanout(b *testing.B) {
	all := &notify.FanoutOptions{
		Channel: "email",
		Gate:    notify.NewGate(notify.Channel{Rate: 1e12, Burst: 1 << 30}, nil),
		Chain:   &notify.ChainOptions{Logger: slog.New(slog.DiscardHandler)},
	}
	for _, n := range []int{1, 100, 10_000, 1_000_000} {
		list := people(n)
		b.Run(fmt.Sprintf("loop/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d := notify.Delivery{Message: benchMessage}
				for r := range list {
					d.To = r
					if _, err := (noop{}).Notify(b.Context(), &d); err != nil {
						b.Fatal(err)
					}
				}
			}
			perDelivery(b, n)
		})
		for name, opts := range map[string]*notify.FanoutOptions{"bare": {Channel: "email", Bare: true}, "chain": all} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				f := notify.NewFanout(noop{}, opts)
				b.ReportAllocs()
				peak := watchHeap(b)
				for b.Loop() {
					r, err := f.Send(b.Context(), benchMessage, list)
					if err != nil || r.Sent != n || !r.Complete {
						b.Fatalf("sent %d of %d: %v", r.Sent, n, err)
					}
				}
				perDelivery(b, n)
				b.ReportMetric(peak(), "peak-MiB")
			})
		}
	}
}

func perDelivery(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/delivery")
}

// watchHeap samples the live and not yet swept heap until the returned func is called.
func watchHeap(b *testing.B) func() float64 {
	b.Helper()
	read := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	var peak atomic.Uint64
	start, stop, done := read(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				peak.Store(max(peak.Load(), read()))
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-done
		return float64(max(peak.Load(), start)-start) / (1 << 20)
	}
}
