package statuspage

import (
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
)

// EventOptions adjusts [Incident.Events]. The zero value, like a nil
// *EventOptions, holds the defaults.
type EventOptions struct {
	// Space is the space of the record. If empty, the record has none.
	Space string
	// Locale is the BCP 47 tag of the words. If empty, "en".
	Locale string
	// Source is who says so. If zero, the host.
	Source incident.Actor
	// Policies join the record when it opens. If nil, none.
	Policies []incident.PolicyPin
	// NextUpdate finds the time that a text promises for the next word, or nil;
	// candor.Promises does the reading. If nil, no promise is taken from words.
	NextUpdate func(body string, at time.Time) *incident.Moment
}

// Events returns the incident as the events of a record: how it was opened,
// every step, every public word. The record opens when the incident started, or
// where that is not said when it was created, or with the first word. An incident
// without any time has no events.
//
// A postmortem is an explanation, not a status. Where a page goes back from
// monitoring or resolved, the record is reopened. Events are numbered from 1 and
// hold nothing that the export does not say: no clock but the start, no cause, no report.
func (i *Incident) Events(opts *EventOptions) []incident.Event {
	w := &recorder{i: i}
	if opts != nil {
		w.o = *opts
	}
	if w.o.Locale == "" {
		w.o.Locale = "en"
	}
	if w.o.Source == (incident.Actor{}) {
		w.o.Source = incident.Actor{Kind: incident.ActorHost}
	}
	w.open()
	if len(w.events) == 0 {
		return nil
	}
	for _, u := range i.Updates {
		w.update(u)
	}
	return w.events
}

type recorder struct {
	i      *Incident
	o      EventOptions
	events []incident.Event
	status incident.Status
	round  int
	parts  map[string]incident.Component
}

func (w *recorder) add(at time.Time, p incident.Payload) incident.Event {
	if n := len(w.events); n > 0 && at.Before(w.events[n-1].At) {
		at = w.events[n-1].At
	}
	e := incident.Event{
		Record: w.i.ID, Version: uint64(len(w.events)) + 1, At: at, Recorded: at, Actor: w.o.Source, Data: p,
	}
	w.events = append(w.events, e)
	return e
}

func (w *recorder) open() {
	at := w.i.First()
	if !w.i.Created.IsZero() && (at.IsZero() || w.i.Created.Before(at)) {
		at = w.i.Created
	}
	if !w.i.Started.IsZero() && (at.IsZero() || w.i.Started.Before(at)) {
		at = w.i.Started
	}
	if at.IsZero() {
		return
	}
	w.parts = map[string]incident.Component{}
	for _, c := range w.i.Components {
		w.parts[c.ID] = c
	}
	if w.i.Maintenance {
		w.status = incident.StatusScheduled
		w.add(at, incident.MaintenanceScheduled{
			Space: w.o.Space, Title: w.i.Name, Severity: w.i.Severity(), Components: w.components(), Policies: w.o.Policies, Planned: w.i.Planned,
		})
		return
	}
	w.status = incident.StatusDetected
	w.add(at, incident.Declared{
		Space: w.o.Space, Title: w.i.Name, Severity: w.i.Severity(), Components: w.components(), Policies: w.o.Policies,
	})
	if !w.i.Started.IsZero() {
		w.add(at, incident.ClockRecorded{Clock: incident.ClockOccurred, When: w.i.Started})
	}
}

// Severity is what the page's impact says, "" where it says none or an unknown word.
func (i *Incident) Severity() incident.Severity {
	switch i.Impact {
	case "minor":
		return incident.SeverityMinor
	case "major":
		return incident.SeverityMajor
	case "critical":
		return incident.SeverityCritical
	}
	return ""
}

func (w *recorder) components() []incident.Component {
	ids := slices.Sorted(maps.Keys(w.parts))
	out := make([]incident.Component, 0, len(ids))
	for _, id := range ids {
		out = append(out, w.parts[id])
	}
	return out
}

func (w *recorder) update(u Update) {
	changed := false
	for _, c := range u.Components {
		old, ok := w.parts[c.ID]
		changed = changed || !ok || old.Degree != c.Degree
		w.parts[c.ID] = c
	}
	if changed {
		w.add(u.At, incident.ComponentsChanged{Components: w.components()})
	}
	reopened := w.step(u)
	status := w.status
	if u.Status == "" {
		status = "" // it announces one that is not known
	}
	draft := incident.StatementDrafted{
		Purpose: w.purpose(u, reopened), Audiences: []incident.Audience{incident.AudiencePublic}, Status: status,
		Locale: w.o.Locale, Texts: map[string]incident.Text{w.o.Locale: {Subject: w.i.Name, Body: u.Body}},
	}
	if w.o.NextUpdate != nil {
		draft.NextUpdate = w.o.NextUpdate(u.Body, u.At)
	}
	s := w.add(u.At, draft).ID()
	w.add(u.At, incident.StatementApproved{Statement: s})
	w.add(u.At, incident.StatementPublished{Statement: s})
}

func (w *recorder) purpose(u Update, reopened bool) incident.Purpose {
	switch {
	case w.i.Maintenance:
		return incident.PurposeAnnouncement
	case u.Status == "postmortem":
		return incident.PurposeExplanation
	case u.Status == "resolved":
		return incident.PurposeResolution
	case reopened:
		return incident.PurposeReopening
	}
	return incident.PurposeUpdate
}

// step moves the record to the status of an update, and reports whether that reopened it.
func (w *recorder) step(u Update) (reopened bool) {
	to := incident.Status(u.Status)
	if u.Status == "" || u.Status == "postmortem" || to == w.status {
		return false
	}
	if !w.i.Maintenance && rank(to) < rank(w.status) && rank(w.status) >= rank(incident.StatusMonitoring) {
		w.round++
		w.move(u.At, incident.StatusInvestigating)
		reopened = true
	} else if !w.i.Maintenance && rank(to) < rank(w.status) && to != incident.StatusInvestigating {
		w.move(u.At, incident.StatusInvestigating)
	}
	if to != w.status {
		w.move(u.At, to)
	}
	return reopened
}

func (w *recorder) move(at time.Time, to incident.Status) {
	w.add(at, incident.StatusChanged{From: w.status, To: to, Step: string(stepTo(w.status, to)), Round: w.round})
	w.status = to
}

func rank(s incident.Status) int {
	return slices.Index([]incident.Status{
		incident.StatusDetected, incident.StatusInvestigating, incident.StatusIdentified, incident.StatusMonitoring, incident.StatusResolved,
	}, s)
}

// stepTo names the step between two statuses of the machines of package incident.
func stepTo(from, to incident.Status) incident.Step {
	switch to { //nolint:exhaustive // a page knows these only
	case incident.StatusInvestigating:
		if rank(from) >= rank(incident.StatusMonitoring) {
			return incident.StepReopen
		}
		return incident.StepInvestigate
	case incident.StatusIdentified:
		return incident.StepIdentify
	case incident.StatusMonitoring:
		return incident.StepMonitor
	case incident.StatusResolved:
		return incident.StepResolve
	case incident.StatusInProgress:
		return incident.StepStart
	case incident.StatusVerifying:
		return incident.StepVerify
	case incident.StatusCompleted:
		return incident.StepComplete
	}
	return ""
}
