package statuspage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/incident/statuspage"
)

func ExampleRead() {
	body := `{"page": {"name": "Acme"}, "incidents": [
	  {"id": "a1", "name": "Logins fail", "status": "monitoring", "impact": "major", "created_at": "2026-03-01T10:05:00Z",
	   "incident_updates": [
	     {"id": "u2", "status": "monitoring", "body": "A fix is in.", "created_at": "2026-03-01T11:00:00Z"},
	     {"id": "u1", "status": "investigating", "body": "Logins fail for everyone.", "created_at": "2026-03-01T10:05:00Z"}]},
	  {"id": "a2", "name": "Slow", "status": "fine", "impact": "minor", "created_at": "2026-02-01", "incident_updates": []}]}`
	export, problems := statuspage.Read(strings.NewReader(body), &statuspage.Options{File: "acme.json"})
	for _, i := range export.Incidents {
		events := i.Events(nil)
		if len(events) == 0 {
			continue // nothing says when
		}
		view, err := incident.FoldIncident(i.ID, events)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(view.Title, "is", view.Status, "after", len(view.Statements), "updates")
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output:
	// Logins fail is monitoring after 2 updates
	// acme.json:6:43: incident "a2": incidents[1].status: unknown word "fine", want one of investigating, identified, monitoring, resolved, postmortem: its meaning stays unknown
	// acme.json:6:84: incident "a2": incidents[1].created_at: "2026-02-01" is not a time, want one as in 2026-03-01T12:00:00Z: not used
}

func ExampleNewHandler() {
	ctx, at := context.Background(), time.Date(2026, 3, 1, 8, 57, 0, 0, time.UTC)
	store := new(memstore.Store) // a desk appends to it, as it does here by hand
	say := incident.StatementDrafted{
		Purpose: incident.PurposeUpdate, Audiences: []incident.Audience{incident.AudiencePublic},
		Texts:      map[string]incident.Text{"en": {Body: "Restores hang at 0 %. Your backups are safe."}},
		NextUpdate: &incident.Moment{At: at.Add(30 * time.Minute)},
	}
	batch, err := (&incident.Incident{ID: "inc_1"}).Batch(at,
		incident.Event{At: at, Data: incident.Declared{Space: "larder", Title: "Restores hang", Severity: incident.SeverityMajor}},
		incident.Event{At: at, Data: say},
		incident.Event{At: at, Data: incident.StatementPublished{Statement: "inc_1.2"}},
	)
	if err == nil {
		_, err = store.Append(ctx, incident.Commit{Space: "larder", Batches: []incident.Batch{batch}})
	}
	if err != nil {
		fmt.Println(err)
		return
	}

	page, err := statuspage.NewHandler(store, "larder", statuspage.Page{
		Name: "Larder", URL: "https://status.larder.example", TimeZone: "Europe/Berlin",
	}, &statuspage.HandlerOptions{Now: func() time.Time { return at }})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder() // a server mounts the page: http.Handle("/", page)
	page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v2/summary.json", nil))
	export, problems := statuspage.Read(w.Body, nil)
	for _, i := range export.Incidents {
		fmt.Printf("%s: %s, %s\n%s\n", i.Name, i.Impact, i.Status, i.Updates[0].Body)
	}
	fmt.Println(len(problems), "problems")
	// Output:
	// Restores hang: major, investigating
	// Restores hang at 0 %. Your backups are safe.
	//
	// Next update by 1 March 2026, 10:27 CET.
	// 0 problems
}
