package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/incident"
)

func TestFilterMatch(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	h := incident.Head{
		Record: "case_1", Space: "acme", Kind: incident.KindCase, Incident: "inc_1", Customer: "c1",
		Status: incident.StatusOpen, Marks: []string{incident.MarkReported}, NextLook: due,
	}
	never := h
	never.NextLook = time.Time{}
	alone := h
	alone.Incident = ""
	tests := map[string]struct {
		filter incident.Filter
		head   incident.Head
		want   bool
	}{
		"everything":         {incident.Filter{}, h, true},
		"all that it is":     {incident.Filter{Space: "acme", Kind: incident.KindCase, Incidents: []string{"inc_0", "inc_1"}, Customer: "c1", Statuses: []incident.Status{incident.StatusOpen}, Mark: incident.MarkReported, DueBy: due}, h, true},
		"another space":      {incident.Filter{Space: "globex"}, h, false},
		"another kind":       {incident.Filter{Kind: incident.KindIncident}, h, false},
		"another incident":   {incident.Filter{Incidents: []string{"inc_2"}}, h, false},
		"alone":              {incident.Filter{Incidents: []string{""}}, alone, false},
		"another customer":   {incident.Filter{Customer: "c2"}, h, false},
		"another status":     {incident.Filter{Statuses: []incident.Status{incident.StatusClosed}}, h, false},
		"another mark":       {incident.Filter{Mark: incident.MarkFixed}, h, false},
		"not due yet":        {incident.Filter{DueBy: due.Add(-time.Microsecond)}, h, false},
		"never looked at":    {incident.Filter{DueBy: due}, never, false},
		"due, another space": {incident.Filter{DueBy: due, Space: "globex"}, h, false},
	}
	for name, tt := range tests {
		assert.Equal(t, tt.want, tt.filter.Match(&tt.head), name)
	}
}
