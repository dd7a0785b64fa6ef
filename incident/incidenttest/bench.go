package incidenttest

import (
	"fmt"
	"testing"
	"time"

	"github.com/amends-dev/amends/incident"
)

// BenchmarkStore measures the calls that the library makes most, on a store
// that holds one incident with ten thousand cases. newStore returns an empty one.
func BenchmarkStore(b *testing.B, newStore func(b *testing.B) incident.Store) {
	b.Run("Append", func(b *testing.B) {
		s := newStore(b)
		mustAppend(b, s, Commit(NewIncident("inc_1")))
		b.ReportAllocs()
		for b.Loop() {
			mustAppend(b, s, Commit(more("inc_1", incident.AnyVersion, note("x"))))
		}
	})
	b.Run("AppendTwoRecords", func(b *testing.B) {
		s := newStore(b)
		mustAppend(b, s, Commit(NewIncident("inc_1")))
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n++
			mustAppend(b, s, Commit(NewCase(fmt.Sprintf("case_%08d", n), "c", "inc_1"), more("inc_1", incident.AnyVersion)))
		}
	})
	b.Run("Read100Events", func(b *testing.B) {
		s := newStore(b)
		mustAppend(b, s, Commit(NewIncident("inc_1")))
		for range 99 {
			mustAppend(b, s, Commit(more("inc_1", incident.AnyVersion, note("x"))))
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Read(b.Context(), "inc_1", 0, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	full := newStore(b)
	fillStore(b, full, 10_000)
	b.Run("List100Of10000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := full.List(b.Context(), incident.Filter{Space: Space, Incidents: []string{"inc_1"}}, "", 100); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Due100Of10000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := full.List(b.Context(), incident.Filter{DueBy: Start().Add(time.Hour)}, "", 100); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Tally10000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := full.Tally(b.Context(), incident.Filter{Space: Space, Incidents: []string{"inc_1"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Look", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := full.Look(b.Context(), "inc_1", Start(), 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// fillStore writes an incident with n cases, every tenth with a report.
func fillStore(b *testing.B, s incident.Store, n int) {
	mustAppend(b, s, Commit(NewIncident("inc_1")))
	for from := 0; from < n; from += 100 {
		var batches []incident.Batch
		for k := from; k < min(from+100, n); k++ {
			var said []incident.Event
			if k%10 == 0 {
				said = append(said, Reported(Start(), "c", "help"))
			}
			batches = append(batches, NewCase(fmt.Sprintf("case_%06d", k), fmt.Sprintf("c%d", k), "inc_1", said...))
		}
		mustAppend(b, s, Commit(batches...))
	}
}

func mustAppend(b *testing.B, s incident.Store, c incident.Commit) {
	if _, err := s.Append(b.Context(), c); err != nil {
		b.Fatal(err)
	}
}
