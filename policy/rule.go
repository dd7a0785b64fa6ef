package policy

import (
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// rule is a compiled [Rule].
type rule struct {
	Rule
	calendars map[string]*calendar
}

func compileRules(rules []Rule, calendars map[string]*calendar) []rule {
	out := make([]rule, len(rules))
	for i := range rules {
		r := rules[i]
		if len(r.From) == 0 {
			r.From = naturalClock(&r)
		}
		if r.Until == "" {
			r.Until = incident.StatusResolved
			if r.planned() {
				r.Until = incident.StatusCompleted
			}
		}
		out[i] = rule{Rule: r, calendars: calendars}
	}
	return out
}

func (r *Rule) planned() bool { return r.When.Maintenance != nil && *r.When.Maintenance }

// onCase reports whether the act is about one customer's messages.
func (a Act) onCase() bool { return a == ActAcknowledge || a == ActAnswer }

// anywhere reports whether the act is owed in planned work as in incidents, if
// its rule does not say: who writes to us is answered, and what was promised is
// kept, whatever it is about.
func (a Act) anywhere() bool { return a.onCase() || a == ActKeepPromise }

// ownClock reports whether the act's deadline counts from what it is about: a
// change of status, a correction, a promise, a message.
func (a Act) ownClock() bool {
	switch a {
	case ActStatusChange, ActReopening, ActCorrection, ActKeepPromise, ActUpdate:
		return true
	default:
		return false
	}
}

// wordless reports whether the act is not done by a statement to audiences.
func (a Act) wordless() bool {
	switch a {
	case ActAskVerdict, ActAcknowledge, ActAnswer, ActKeepPromise, ActCompensate:
		return true
	default:
		return false
	}
}

// naturalClock is what a deadline counts from if the rule does not say.
func naturalClock(r *Rule) []Trigger {
	switch r.Act {
	case ActFirstNotice:
		if r.planned() {
			return []Trigger{TriggerPlannedStart}
		}
		return []Trigger{TriggerOpened}
	case ActResolution, ActExplanation, ActAskVerdict, ActCompensate:
		return []Trigger{statusTrigger(incident.StatusResolved)}
	case ActAcknowledge, ActAnswer:
		return []Trigger{TriggerReport, TriggerReply}
	default:
		return nil
	}
}

func statusTrigger(s incident.Status) Trigger { return Trigger("status:" + string(s)) }

// status returns the status that a trigger names.
func (t Trigger) status() (incident.Status, bool) {
	s, ok := strings.CutPrefix(string(t), "status:")
	return incident.Status(s), ok
}

// rule returns the earlier rule that a trigger names.
func (t Trigger) rule() (string, bool) { return strings.CutPrefix(string(t), "rule:") }

// after returns the end of a span that begins at t.
func (r *rule) after(t time.Time, s Span) time.Time {
	switch {
	case s.BusinessDays > 0:
		return r.calendar(s).addBusinessDays(t, s.BusinessDays)
	case s.Months > 0:
		return r.calendar(s).addMonths(t, s.Months)
	default:
		return t.Add(s.Duration)
	}
}

// calendar returns the calendar of a span; the checker made sure that there is one.
func (r *rule) calendar(s Span) *calendar {
	if s.Calendar != "" || len(r.calendars) != 1 {
		return r.calendars[s.Calendar]
	}
	for _, c := range r.calendars {
		return c
	}
	return nil
}

// due returns the earliest deadline whose clock has started, and when that clock started.
func (r *rule) due(clock func(Trigger) time.Time) (since, due time.Time) {
	try := func(from []Trigger, within func(time.Time) time.Time) {
		var start time.Time
		for _, t := range from {
			if at := clock(t); !at.IsZero() && (start.IsZero() || at.Before(start)) {
				start = at
			}
		}
		if start.IsZero() {
			return
		}
		if d := within(start); since.IsZero() || d.Before(due) {
			since, due = start, d
		}
	}
	try(r.From, func(t time.Time) time.Time {
		if !r.Before.IsZero() {
			return t.Add(-r.Before.Duration)
		}
		return r.after(t, r.Within)
	})
	for i := range r.Also {
		try(r.Also[i].From, func(t time.Time) time.Time { return r.after(t, r.Also[i].Within) })
	}
	return since, due
}

// every returns the gap allowed in a cadence, so long after it began.
func (r *rule) every(elapsed time.Duration) Span {
	var until time.Duration
	for _, p := range r.Cadence {
		until += p.For.Duration
		if p.For.IsZero() || elapsed < until {
			return p.Every
		}
	}
	return r.Cadence[len(r.Cadence)-1].Every
}
