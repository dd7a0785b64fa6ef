package amends

import (
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// wrong says what is wrong with a noted fact, "" if nothing is. What is on
// record stays there, so it is checked before.
func wrong(p incident.Payload) string {
	switch p := p.(type) {
	case incident.ClockRecorded:
		if p.Clock == "" || p.When.IsZero() {
			return "a clock needs a name and a time"
		}
	case incident.SeverityChanged:
		if p.To.Rank() == 0 {
			return fmt.Sprintf("severity %q: want minor, major or critical", p.To)
		}
	case incident.TitleChanged:
		if p.Title == "" {
			return "the title is missing: customers see it"
		}
	case incident.CauseRecorded:
		if !slices.Contains([]incident.CauseKind{incident.CauseOwnChange, incident.CausePlannedWork, incident.CauseSupplier, incident.CauseUnknown}, p.Cause) {
			return fmt.Sprintf("cause %q: want own_change, planned_work, supplier or unknown", p.Cause)
		}
	case incident.ImpactRecorded:
		if p.Affected < 0 {
			return "fewer than no customers cannot be affected"
		}
	case incident.ExposureAnswered:
		if p.Answer == "" {
			return "the answer is missing"
		}
	case incident.MaintenanceMoved:
		if p.Planned.From.IsZero() || !p.Planned.To.After(p.Planned.From) {
			return "the window must end after it begins"
		}
	case incident.PolicyJoined:
		if _, err := policy.FromPin(p.Policy); err != nil {
			return err.Error() // none ever leaves: a broken one would stop the record for ever
		}
	case incident.CustomerImpact:
		return wrongImpact(p)
	case incident.LossRecorded:
		if p.Minutes < 0 || p.Cost != nil && p.Cost.Minor < 0 {
			return "a loss is not less than nothing"
		}
	}
	return ""
}

func wrongImpact(p incident.CustomerImpact) string {
	if !slices.Contains([]incident.Degree{incident.DegreeDown, incident.DegreeDegraded, incident.DegreeExposed, incident.DegreeUnknown}, p.Degree) {
		return fmt.Sprintf("degree %q: want down, degraded, exposed or unknown", p.Degree)
	}
	for _, w := range p.Windows {
		if w.From.IsZero() || !w.To.IsZero() && !w.To.After(w.From) {
			return "a window begins, and ends after that or not yet"
		}
	}
	return ""
}
