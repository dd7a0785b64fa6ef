package statuspage

import (
	"cmp"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/prose"
)

// condition is how a component is, in Statuspage's words.
type condition string

// The conditions that Statuspage knows. There are no others: clients refuse them.
const (
	operational      condition = "operational"
	underMaintenance condition = "under_maintenance"
	degraded         condition = "degraded_performance"
	partialOutage    condition = "partial_outage"
	majorOutage      condition = "major_outage"
)

// rank orders conditions; a component that several incidents hit is in the worst.
func (c condition) rank() int {
	switch c {
	case operational:
		return 0
	case underMaintenance:
		return 1
	case degraded:
		return 2
	case partialOutage:
		return 3
	case majorOutage:
		return 4
	}
	return 0
}

func worst(a, b condition) condition {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// hit is what an incident or planned work says of one component, by the table
// in the comment of [Handler].
func hit(p incident.Component, s incident.Severity, st incident.Status, maintenance bool) condition {
	switch {
	case maintenance && (st == incident.StatusInProgress || st == incident.StatusVerifying):
		return underMaintenance
	case maintenance || !fails(st):
		return operational
	}
	switch p.Degree {
	case incident.DegreeDown:
		return majorOutage
	case incident.DegreeDegraded:
		if s.Rank() >= incident.SeverityMajor.Rank() {
			return partialOutage
		}
		return degraded
	case incident.DegreeExposed:
		return degraded
	case incident.DegreeUnknown:
	}
	switch s {
	case incident.SeverityCritical:
		return majorOutage
	case incident.SeverityMajor:
		return partialOutage
	default:
		return degraded
	}
}

// fails reports whether customers still feel an incident in a status, as far as we say.
func fails(s incident.Status) bool {
	switch s {
	case incident.StatusDetected, incident.StatusInvestigating, incident.StatusIdentified, incident.StatusMonitoring, incident.StatusMerged:
		return true
	default:
		return false
	}
}

// part is a component as an update or an incident left it.
type part struct {
	id, name string
	core     bool
	old, now condition
}

func parts(v *incident.Incident, st incident.Status) []part {
	out := make([]part, 0, len(v.Components))
	for _, c := range v.Components {
		out = append(out, part{
			id: c.ID, name: shownAs(c.Name, c.ID), core: c.Core,
			now: hit(c, v.Severity, st, v.Maintenance),
		})
	}
	return out
}

// shownAs is a name that can be seen, or else the ID.
func shownAs(name, id string) string { return cmp.Or(prose.OneLine(name), prose.OneLine(id), "?") }
