package policy

import (
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
)

// These say what a fact is, for explanations of why a rule did not match.

func factMaintenance(f *Facts) string {
	if f.Incident.Maintenance {
		return "it is planned work"
	}
	return "it is not planned work"
}

func factSeverity(f *Facts) string { return "severity is " + orUnset(f.Incident.Severity) }

func factWorst(f *Facts) string {
	worst := f.Incident.Worst
	if f.Incident.Severity.Rank() > worst.Rank() {
		worst = f.Incident.Severity
	}
	return "the worst severity so far is " + orUnset(worst)
}

func factStatus(f *Facts) string { return "the status is " + orUnset(f.Incident.Status) }

func factComponents(f *Facts) string {
	if len(f.Incident.Components) == 0 {
		return "no component is named"
	}
	ids := make([]string, len(f.Incident.Components))
	for i, c := range f.Incident.Components {
		ids[i] = c.ID
	}
	return "hit: " + all(ids)
}

func factDegrees(f *Facts) string {
	var said []string
	for _, c := range f.Incident.Components {
		if c.Degree != "" {
			said = append(said, c.ID+" is "+string(c.Degree))
		}
	}
	if len(said) == 0 {
		return "nobody said how hard a component is hit"
	}
	return all(said)
}

func factCore(f *Facts) string {
	for _, c := range f.Incident.Components {
		if c.Core {
			return c.ID + " is a core function"
		}
	}
	return "no core function is hit"
}

func factLoss(f *Facts) string {
	if f.Incident.DataLoss || f.Incident.Impact.DataLoss {
		return "data is or may be lost"
	}
	return "no data loss was recorded"
}

func factCause(f *Facts) string {
	if f.Incident.Cause == nil {
		return "no cause was recorded"
	}
	return "the cause is " + string(f.Incident.Cause.Cause)
}

func factRepeats(within time.Duration) func(*Facts) string {
	return func(f *Facts) string {
		n := 0
		for _, before := range f.Repeats {
			if before >= 0 && before <= within {
				n++
			}
		}
		return fmt.Sprintf("there were %d", n)
	}
}

func factAffected(f *Facts) string {
	if f.Incident.Impact.Affected == 0 {
		return "nobody counted the affected"
	}
	return fmt.Sprintf("%d are known", f.Incident.Impact.Affected)
}

func factReported(f *Facts) string {
	if f.Cases.Reports > 0 || !f.Incident.Clocks[incident.ClockOutsideReport].IsZero() {
		return "somebody outside reported it"
	}
	return "nobody outside reported it"
}

func factHost(name string) func(*Facts) string {
	return func(f *Facts) string {
		v, ok := f.Host[name]
		switch {
		case !ok:
			return "the host did not supply it"
		case v.Text != "":
			return "it is " + v.Text
		case v.Number != 0:
			return fmt.Sprintf("it is %g", v.Number)
		default:
			return fmt.Sprintf("it is %t", v.Bool)
		}
	}
}

func orUnset[T ~string](v T) string {
	if v == "" {
		return "not said"
	}
	return string(v)
}
