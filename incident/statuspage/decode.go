package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// object is one incident while it is read.
type object struct {
	*reader
	node
	at   place
	id   string
	path string
	// naive counts times without a zone: reported once an incident.
	naive     int
	naiveAt   int
	naivePath string
	naiveText string
}

func (o *object) report(path string, n node, format string, args ...any) {
	at := o.at
	if n.exists() {
		at = o.at.after(o.raw[:n.off])
	}
	o.problem(o.id, path, at, format, args...)
}

func (r *reader) incident(path, list string, n node, at place) {
	m := n.object()
	if m.none() {
		r.problem("", path, at, "not an object: not read")
		return
	}
	o := &object{reader: r, node: n, at: at, path: path, id: path}
	out := &Incident{Maintenance: list == "scheduled_maintenances"}
	if id, ok := m.get("id").text(); ok && id != "" {
		o.id = id
	} else {
		o.report(path+".id", m.near("id"), "the incident has no ID: it is called %q here", path)
	}
	out.ID = o.id
	if r.seen[out.ID] {
		o.report(path+".id", m.near("id"), "the ID stands in the file twice: only the first was read")
		return
	}
	r.seen[out.ID] = true

	out.Name = o.text(m, path, "name", true)
	out.Impact = o.word(m, path, "impact", true, "none", "minor", "major", "critical", "maintenance")
	out.Status = o.word(m, path, "status", true, statuses(out.Maintenance)...)
	out.Created = o.time(m, path, "created_at", true)
	out.Started = o.time(m, path, "started_at", false)
	out.Resolved = o.time(m, path, "resolved_at", false)
	if out.Maintenance {
		seen := o.export.Seen
		out.Planned.From = o.time(m, path, "scheduled_for", true)
		out.Planned.To = o.time(m, path, "scheduled_until", false)
		o.export.Seen = seen // a plan lies ahead
	}
	out.Components = o.components(m.get("components"), path+".components")
	out.Updates, out.Untimed = o.updates(m.get("incident_updates"), path+".incident_updates", out.Maintenance)
	o.order(out)
	if o.naive > 0 {
		o.report(o.naivePath, node{raw: o.raw, off: o.naiveAt},
			"the time %q has no zone, and none was given: not used (%d such times in this incident)", o.naiveText, o.naive)
	}
	r.export.Incidents = append(r.export.Incidents, out)
}

func statuses(maintenance bool) []string {
	if maintenance {
		return []string{"scheduled", "in_progress", "verifying", "completed"}
	}
	return []string{"investigating", "identified", "monitoring", "resolved", "postmortem"}
}

func (o *object) text(m members, path, name string, needed bool) string {
	n := m.get(name)
	if n.null() {
		if needed {
			o.report(path+"."+name, m.near(name), "missing: stays unknown")
		}
		return ""
	}
	s, ok := n.text()
	if !ok {
		o.report(path+"."+name, n, "want text, found %.40s: stays unknown", n.raw)
	}
	return s
}

// word reads one of a list of words. Another word is reported and returned as it is written.
func (o *object) word(m members, path, name string, needed bool, known ...string) string {
	s := o.text(m, path, name, needed)
	if s != "" && !slices.Contains(known, s) {
		o.report(path+"."+name, m.near(name), "unknown word %q, want one of %s: its meaning stays unknown", s, strings.Join(known, ", "))
	}
	return s
}

func (o *object) time(m members, path, name string, needed bool) time.Time {
	s := o.text(m, path, name, needed)
	if s == "" {
		return time.Time{}
	}
	t, ok := parse(s, o.opts.Zone)
	switch {
	case !ok:
		o.report(path+"."+name, m.get(name), "%q is not a time, want one as in 2026-03-01T12:00:00Z: not used", s)
	case t.IsZero():
		if o.naive++; o.naive == 1 {
			o.naiveAt, o.naivePath, o.naiveText = m.get(name).off, path+"."+name, s
		}
	default:
		o.export.saw(t)
	}
	return t
}

// parse reads a time. One without a zone is zero and no mistake, if there is no zone to read it in.
func parse(s string, zone *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), true
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		in := zone
		if in == nil {
			in = time.UTC
		}
		switch t, err := time.ParseInLocation(layout, s, in); {
		case err != nil:
		case zone == nil:
			return time.Time{}, true
		default:
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// saw notes that the file was taken at a time or later. Plans are no sign of that.
func (e *Export) saw(t time.Time) {
	if t.After(e.Seen) {
		e.Seen = t
	}
}

// components reads components and what their status says of them.
func (o *object) components(n node, path string) []incident.Component {
	if n.null() {
		return nil
	}
	list, ok := n.array()
	if !ok {
		o.report(path, n, "not a list: components stay unknown")
		return nil
	}
	out := make([]incident.Component, 0, len(list))
	for i, e := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		m := e.object()
		if m.none() {
			o.report(at, e, "not an object: left out")
			continue
		}
		c := incident.Component{ID: o.text(m, at, "id", false), Name: o.text(m, at, "name", true)}
		if c.ID == "" {
			c.ID = o.text(m, at, "code", false)
		}
		if c.ID == "" {
			c.ID = c.Name
		}
		status := "status"
		if m.get("new_status").exists() {
			status = "new_status"
		}
		s := o.word(m, at, status, false, "operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance")
		c.Degree = degree(s)
		if c.ID != "" {
			out = append(out, c)
		}
	}
	return out
}

// degree is what a component's status says; an operational one, or one under
// maintenance, has none, and unknown words say nothing.
func degree(status string) incident.Degree {
	switch status {
	case "major_outage":
		return incident.DegreeDown
	case "partial_outage", "degraded_performance":
		return incident.DegreeDegraded
	}
	return ""
}
