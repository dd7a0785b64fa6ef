package main

import (
	"math"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
	"github.com/amends-dev/amends/policy/candor"
)

// minutes rounds to a hundredth.
func minutes(d time.Duration) *float64 {
	m := math.Round(d.Minutes()*100) / 100
	return &m
}

// silence is the longest gap between two consecutive updates of which the first
// does not say resolved; nil where nothing was said at all, or somewhen.
func silence(i *statuspage.Incident) *float64 {
	updates := i.Updates
	if len(updates) == 0 || len(i.Untimed) > 0 {
		return nil
	}
	var longest time.Duration
	for n := 1; n < len(updates); n++ {
		if over(updates[n-1].Status) {
			continue
		}
		longest = max(longest, updates[n].At.Sub(updates[n-1].At))
	}
	return minutes(longest)
}

// over reports whether a status says that it is over. A postmortem looks back.
func over(status string) bool {
	return status == "resolved" || status == "postmortem" || status == "completed"
}

// skipped lists the statuses before the furthest one that no update said; nil
// where an update has a status that is not known.
func skipped(i *statuspage.Incident) []string {
	order := []string{"investigating", "identified", "monitoring", "resolved"}
	if i.Maintenance {
		order = []string{"scheduled", "in_progress", "completed"} // verifying is no duty
	}
	said := map[string]bool{}
	furthest := -1
	for _, u := range slices.Concat(i.Updates, i.Untimed) {
		if u.Status == "" {
			return nil
		}
		said[u.Status] = true
		furthest = max(furthest, slices.Index(order, u.Status))
	}
	out := []string{}
	for n := range furthest {
		if !said[order[n]] {
			out = append(out, order[n])
		}
	}
	return out
}

// resolved is when it was called resolved: as the page says, or else with the first update that does.
func resolved(i *statuspage.Incident) time.Time {
	if !i.Resolved.IsZero() {
		return i.Resolved
	}
	for _, u := range i.Updates {
		if u.Status == "resolved" || u.Status == "completed" {
			return u.At
		}
	}
	return time.Time{}
}

// promise returns the earliest next update that a text promises, or nil.
func promise(s settings, body string, at time.Time) *candor.Promise {
	var first *candor.Promise
	for _, p := range candor.Promises(body, at, s.zone) {
		if first == nil || p.At.Before(first.At) {
			first = &p
		}
	}
	return first
}

// kept compares what was promised with what came. A promise that nothing came
// after is broken if the export was taken later than it was due, else open; an
// update without a time may have kept it.
func kept(s settings, i seen, v *incident.Incident) promises {
	out := promises{List: []promiseDetail{}}
	for n, u := range i.Updates {
		words := promise(s, u.Body, u.At)
		if words == nil {
			continue
		}
		d := promiseDetail{UpdateID: u.ID, Words: u.Body[words.Start:words.End], Due: words.At.UTC()}
		p := promiseOf(v, n)
		switch {
		case p == nil:
			continue
		case p.State == incident.PromiseWasKept && !p.KeptAt.After(p.Due.At.Add(s.grace)):
			d.Status, d.Late = "kept", minutes(max(0, p.KeptAt.Sub(p.Due.At)))
			out.Kept++
		case len(i.Untimed) > 0:
			d.Status = unknown
			out.Unknown++
		case p.State == incident.PromiseWasKept:
			d.Status, d.Late = "broken", minutes(p.KeptAt.Sub(p.Due.At))
			out.Broken++
		case i.until.After(p.Due.At):
			d.Status = "broken"
			out.Broken++
		default:
			d.Status = "open"
			out.Open++
		}
		out.Made++
		out.List = append(out.List, d)
	}
	return out
}

// promiseOf finds the promise of the n-th statement.
func promiseOf(v *incident.Incident, n int) *incident.Promise {
	for _, p := range v.Promises {
		if p.Statement == v.Statements[n].ID {
			return p
		}
	}
	return nil
}
