package customerpage

import (
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
)

// StatusText says where the record stands.
func (p *page) StatusText() string { return said(p.W.Statuses, p.View.Status) }

// Alone says that this is a case without an incident.
func (p *page) Alone() bool {
	return p.View.Status == incident.StatusOpen || p.View.Status == incident.StatusSettled
}

// Unhurt says that nothing is to be said of an impact: planned work, and a case
// that stands alone, need not have hit anybody. Of an incident it is said that nothing is known.
func (p *page) Unhurt() bool {
	return p.View.Impact == nil && (p.Alone() || p.View.Maintenance)
}

// Degree says how hard it hit them, or that this is not known.
func (p *page) Degree() string {
	if p.View.Impact == nil || p.View.Impact.Degree == "" {
		return p.W.Degrees[incident.DegreeUnknown]
	}
	return said(p.W.Degrees, p.View.Impact.Degree)
}

// Reopened says how often it was called fixed and was not, "" if never.
func (p *page) Reopened() string {
	switch n := p.View.Round; {
	case n < 1:
		return ""
	case n == 1:
		return p.W.Once
	default:
		return fmt.Sprintf(p.W.Times, n)
	}
}

// NextMissed says that the time has passed at which they should have heard from us.
func (p *page) NextMissed() bool {
	return p.View.Next != nil && p.View.At.After(p.View.Next.At)
}

// NextUnnamed says that it still goes on and nobody has said when they hear from us again (R45).
func (p *page) NextUnnamed() bool {
	switch p.View.Status {
	case incident.StatusDetected, incident.StatusInvestigating, incident.StatusIdentified, incident.StatusMonitoring:
		return p.View.Next == nil
	default:
		return false
	}
}

// HowLong is the time that it lasted for this customer: windows that overlap
// count once, and a begun minute is a minute. It is "" while that is not known (R13).
func (p *page) HowLong() string {
	if p.View.Impact == nil || len(p.View.Impact.Windows) == 0 {
		return ""
	}
	windows := slices.Clone(p.View.Impact.Windows)
	slices.SortFunc(windows, func(a, b incident.Window) int { return a.From.Compare(b.From) })
	var total time.Duration
	var until time.Time
	lasting := false
	for _, w := range windows {
		if w.From.IsZero() {
			return ""
		}
		to := w.To
		if to.IsZero() {
			lasting, to = true, p.View.At
		}
		from := w.From
		if from.Before(until) {
			from = until
		}
		if to.After(from) {
			total += to.Sub(from)
		}
		until = slices.MaxFunc([]time.Time{until, to}, time.Time.Compare)
	}
	minutes := int64((total + time.Minute - 1) / time.Minute)
	text := fmt.Sprintf("%d min", minutes%60)
	if hours := minutes / 60; hours > 0 {
		text = fmt.Sprintf("%d h %s", hours, text)
	}
	if lasting {
		text += ", " + p.W.SoFar
	}
	return text
}

// LastWord says what they said last of the fix.
func (p *page) LastWord() string {
	return said(p.W.Opinions, p.View.Verdict.Opinion)
}

// Satisfied says how satisfied they said they were, "" if they did not.
func (p *page) Satisfied() string {
	if n := p.View.Verdict.Satisfaction; n >= 1 && n <= len(p.W.Satisfied) {
		return p.W.Satisfied[n-1]
	}
	return ""
}
