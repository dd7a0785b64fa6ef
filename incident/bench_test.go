package incident_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

func BenchmarkMay(b *testing.B) {
	for _, c := range []struct {
		from incident.Status
		step incident.Step
	}{{"monitoring", "resolve"}, {"resolved", "confirm"}, {"confirmed", "close"}} {
		b.Run(string(c.step), func(b *testing.B) {
			v, f, m := standing(c.from), allows(), incident.Incidents()
			b.ReportAllocs()
			for b.Loop() {
				if err := m.May(v, c.step, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStep(b *testing.B) {
	v, f, m := standing(incident.StatusConfirmed), allows(), incident.Incidents()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Step(v, incident.StepClose, f); err != nil {
			b.Fatal(err)
		}
	}
}

// history is an incident's record of n events: updates that are drafted,
// reviewed, approved and published, each keeping and making a promise.
func history(n int) []incident.Event {
	events := []incident.Event{incidenttest.Declared()}
	for len(events) < n {
		id := incident.InnerID("inc_1", uint64(len(events)+1))
		events = append(events,
			on(len(events), draft(incident.PurposeUpdate, len(events)+30, incident.AudiencePublic)),
			on(len(events), incident.StatementReviewed{Statement: id}),
			on(len(events), incident.StatementApproved{Statement: id}),
			on(len(events), incident.StatementPublished{Statement: id}),
		)
	}
	return incidenttest.Numbered("inc_1", events[:n]...)
}

func BenchmarkFold(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			events := history(n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := incident.FoldIncident("inc_1", events); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/event")
		})
	}
}

func BenchmarkApply(b *testing.B) {
	v := standing(incident.StatusDetected)
	v.Opened = minute(0)
	e := on(1, incident.TitleChanged{Title: "x"})
	e.Record = "inc_1"
	b.ReportAllocs()
	for b.Loop() {
		e.Version++
		if err := v.Apply(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeEvents(b *testing.B) {
	events := history(1000)
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := incident.EncodeEvents(&buf, events); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(buf.Len()))
}

func BenchmarkDecodeEvents(b *testing.B) {
	var buf bytes.Buffer
	if err := incident.EncodeEvents(&buf, history(1000)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := incident.DecodeEvents(bytes.NewReader(buf.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
