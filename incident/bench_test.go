package incident_test

import (
	"testing"
	"time"

	"github.com/amends-dev/amends/incident"
)

func BenchmarkMay(b *testing.B) {
	v := &incident.Incident{Status: incident.StatusConfirmed, Exposure: "nobody"}
	f := &incident.Facts{At: time.Now()}
	m := incident.Incidents()
	b.ReportAllocs()
	for b.Loop() {
		if err := m.May(v, incident.StepClose, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	v := &incident.Incident{Status: incident.StatusConfirmed, Exposure: "nobody"}
	f := &incident.Facts{At: time.Now(), Actor: incident.Actor{Kind: incident.ActorStaff, ID: "ada"}}
	m := incident.Incidents()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Step(v, incident.StepClose, f); err != nil {
			b.Fatal(err)
		}
	}
}
