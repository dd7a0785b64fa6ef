package incident

import (
	"bytes"
	"maps"
	"slices"
	"time"
)

// Instant returns a time as records keep it: in UTC, with microseconds. The
// zero time stays zero.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Clone returns a copy of the event that shares nothing with it, in the form
// that stores keep: times in UTC with microseconds.
func (e Event) Clone() Event {
	e.At, e.Recorded = Instant(e.At), Instant(e.Recorded)
	e.Data = normal(e.Data)
	e.Words = clone(e.Words)
	return e
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

func (w Window) normal() Window { return Window{From: Instant(w.From), To: Instant(w.To)} }

func (m *Moment) normal() *Moment {
	if m == nil {
		return nil
	}
	return &Moment{At: Instant(m.At), Zone: m.Zone}
}

func normalWindows(ws []Window) []Window {
	ws = slices.Clone(ws)
	for i, w := range ws {
		ws[i] = w.normal()
	}
	return ws
}

// normal returns a deep copy of a payload with its times as records keep them,
// or nil if it is not a payload of this package passed by value.
func normal(p Payload) Payload {
	switch p := p.(type) {
	case StatusChanged,
		TitleChanged,
		SeverityChanged,
		OwnerAssigned,
		ImpactRecorded,
		ExposureAnswered,
		PolicyJoined,
		MergedInto,
		Absorbed,
		SeparatedFrom,
		Released,
		StatementApproved,
		StatementPublished,
		StatementCorrected,
		StatementWithdrawn,
		PromiseKept,
		CaseLinked,
		CaseUnlinked,
		HelpGiven,
		LinksRevoked,
		QuestionAsked,
		ReplyReceived,
		ReportAcknowledged,
		ReportAnswered,
		RequestDone,
		VerdictGiven:
		return p
	case Unknown:
		p.Raw = bytes.Clone(p.Raw)
		return p
	case Declared:
		p.Components = slices.Clone(p.Components)
		p.Policies = slices.Clone(p.Policies)
		return p
	case MaintenanceScheduled:
		p.Components = slices.Clone(p.Components)
		p.Policies = slices.Clone(p.Policies)
		p.Planned = p.Planned.normal()
		return p
	case MaintenanceMoved:
		p.Planned = p.Planned.normal()
		return p
	case ComponentsChanged:
		p.Components = slices.Clone(p.Components)
		return p
	case ClockRecorded:
		p.When = Instant(p.When)
		return p
	case CauseRecorded:
		p.When = Instant(p.When)
		return p
	case AwardsTotalled:
		p.Awarded = slices.Clone(p.Awarded)
		p.Issued = slices.Clone(p.Issued)
		return p
	case Waived:
		p.Expires = Instant(p.Expires)
		return p
	case Escalated:
		p.Due = Instant(p.Due)
		return p
	case Breached:
		p.Due = Instant(p.Due)
		return p
	case StatementDrafted:
		p.Audiences = slices.Clone(p.Audiences)
		p.Texts = maps.Clone(p.Texts)
		p.NextUpdate = p.NextUpdate.normal()
		p.Requests = slices.Clone(p.Requests)
		return p
	case StatementReviewed:
		p.Findings = slices.Clone(p.Findings)
		return p
	case StatementRewritten:
		p.Texts = maps.Clone(p.Texts)
		p.NextUpdate = p.NextUpdate.normal()
		return p
	case StatementOverridden:
		p.Rules = slices.Clone(p.Rules)
		return p
	case RequestMade:
		p.Steps = slices.Clone(p.Steps)
		p.Due = p.Due.normal()
		return p
	case PromiseMade:
		p.Due.At = Instant(p.Due.At)
		return p
	case PromiseMoved:
		p.Due.At = Instant(p.Due.At)
		return p
	case PromiseBroken:
		p.Due.At = Instant(p.Due.At)
		return p
	case CaseOpened:
		p.Policies = slices.Clone(p.Policies)
		return p
	case ReportReceived:
		p.Since = Instant(p.Since)
		p.Objects = slices.Clone(p.Objects)
		return p
	case ReportCorrected:
		p.Since = Instant(p.Since)
		return p
	case CustomerImpact:
		p.Windows = normalWindows(p.Windows)
		p.Objects = slices.Clone(p.Objects)
		return p
	case LossRecorded:
		p.Cost = clone(p.Cost)
		return p
	case GestureMade:
		p.Amount = clone(p.Amount)
		p.Limit = clone(p.Limit)
		return p
	default:
		return nil
	}
}
