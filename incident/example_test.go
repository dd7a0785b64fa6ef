package incident_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/memstore"
)

func ExampleFoldIncident() {
	events := incidenttest.Numbered("inc_1",
		incidenttest.Declared(),
		incidenttest.Event(incidenttest.Start().Add(time.Minute), incident.SeverityChanged{To: incident.SeverityCritical}),
	)
	i, err := incident.FoldIncident("inc_1", events)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(i.Title, i.Status, i.Severity, i.Version)
	// Output: Uploads fail detected critical 2
}

func ExampleFoldCase() {
	c, err := incident.FoldCase("case_1", incidenttest.Numbered("case_1",
		incidenttest.Opened("customer_7", "inc_1"),
		incidenttest.Reported(incidenttest.Start(), "customer_7", "No upload gets through."),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Customer, c.Status(), c.Marks())
	// Output: customer_7 open [reported unacknowledged unanswered]
}

func ExampleMachine_May() {
	i := &incident.Incident{ID: "inc_1", Status: incident.StatusMonitoring}
	err := incident.Incidents().May(i, incident.StepResolve, &incident.Facts{At: incidenttest.Start()})
	if refused, ok := errors.AsType[*incident.TransitionError](err); ok {
		for _, u := range refused.Unmet {
			fmt.Println(u.Sentence)
		}
	}
	// Output:
	// A statement of this round says what was fixed, and is approved or published and not blocked by a review.
	// It is said what was done.
}

func ExampleNewMachine() {
	_, err := incident.NewMachine(incident.Definition{
		Name: "review", Initial: "draft", Final: []incident.Status{"done"},
		Transitions: []incident.Transition{
			{Step: "finish", From: []incident.Status{"draft"}, To: "done", Doc: "It is finished."},
			{Step: "park", From: []incident.Status{"draft"}, To: "parked", Doc: "It waits."},
		},
	})
	fmt.Println(err)
	// Output: incident: state machine "review": status "parked" leads to no final status
}

func ExampleIncident_Batch() {
	i := &incident.Incident{ID: "inc_1"}
	batch, err := i.Batch(incidenttest.Start(), incidenttest.Declared())
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := new(memstore.Store).Append(context.Background(), incident.Commit{Space: "acme", Batches: []incident.Batch{batch}})
	fmt.Println(result.Record, result.Version, err)
	// Output: inc_1 1 <nil>
}

func ExampleNewWords() {
	w := incident.NewWords("It is still broken.")
	fmt.Println(w.Verify())
	w.Erase()
	fmt.Println(w.Text == "", w.Hash != "")
	// Output:
	// <nil>
	// true true
}

func ExampleNewDecoder() {
	const lines = `{"record":"inc_1","version":2,"kind":"title.changed","at":"2026-03-02T09:00:00Z","actor":{"kind":"staff","id":"ada"},"data":{"title":"Uploads are slow"}}
{"record":"inc_1","version":3,"kind":"title.changed","at":"2026-03-02T09:05:00Z","actor":{"kind":"staff"},"data":{"title":4}}`
	d := incident.NewDecoder(strings.NewReader(lines))
	for {
		e, err := d.Decode()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.ID(), e.Data)
	}
	// Output:
	// inc_1.2 {Uploads are slow}
	// incident: decoding event 2 at line 2, column 124 (byte 277), field "data.title": cannot hold number
}
