package amends_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
)

// BenchmarkReconcile measures one pass over a large incident in which nothing
// is left to do: its cost is what is open, not what has been.
func BenchmarkReconcile(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("customers=%d", n), func(b *testing.B) {
			w := newWorld(b, n)
			hit := make([]string, n)
			for i := range hit {
				hit[i] = fmt.Sprintf("c%d", i)
			}
			id := w.declare("inc-1", hit...)
			w.say(id, incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
			w.say(id, incident.PurposeResolution, "Restores work again. We rolled back the scheduler.", time.Time{})
			_, err := w.desk.Advance(b.Context(), amends.Advance{Command: key(""), Record: id, Step: incident.StepResolve, Done: "rolled back"})
			require.NoError(b, err)
			w.settle()
			for i := range n / 10 {
				_, err := w.desk.Verdict(b.Context(), amends.Verdict{Customer: amends.Customer{Incident: id, Customer: hit[i]}, Opinion: incident.OpinionFixed})
				require.NoError(b, err)
			}
			w.settle()
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, w.desk.Reconcile(b.Context(), id))
			}
		})
	}
}

// BenchmarkTell measures telling n customers: expanding, claiming, resolving,
// rendering, a channel that does nothing, settling.
func BenchmarkTell(b *testing.B) {
	for _, n := range []int{1, 1_000} {
		b.Run(fmt.Sprintf("customers=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				w := newWorld(b, n)
				hit := make([]string, n)
				for i := range hit {
					hit[i] = fmt.Sprintf("c%d", i)
				}
				id := w.declare("inc-1", hit...)
				b.StartTimer()
				w.say(id, incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/customer")
		})
	}
}
