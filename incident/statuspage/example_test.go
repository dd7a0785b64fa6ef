package statuspage_test

import (
	"fmt"
	"strings"

	"github.com/amends-dev/amends/incident"
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
