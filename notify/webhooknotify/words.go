package webhooknotify

import (
	"fmt"

	"github.com/amends-dev/amends/notify"
)

// standing is where a record stands, in Statuspage's words.
type standing struct {
	status  string // of the incident
	planned bool   // planned work
	fixed   bool   // nothing fails any more, as far as we say
}

// standingOf translates a status of ours. Clients of Statuspage know few words,
// so the others are mapped down: what is resolved is still monitored while customers are
// asked, and what lives on in another incident is worked on.
func standingOf(status string) (standing, error) {
	switch status {
	case "detected", "investigating", "merged", "open":
		return standing{status: "investigating"}, nil
	case "identified", "monitoring":
		return standing{status: status}, nil
	case "resolved":
		return standing{status: "monitoring", fixed: true}, nil
	case "confirmed", "closed", "dismissed", "settled":
		return standing{status: "resolved", fixed: true}, nil
	case "scheduled":
		return standing{status: status, planned: true, fixed: true}, nil
	case "in_progress", "verifying":
		return standing{status: status, planned: true}, nil
	case "completed", "cancelled", "failed":
		return standing{status: "completed", planned: true, fixed: true}, nil
	}
	return standing{}, fmt.Errorf("the status %q is none of an incident, of planned work, or of a case", status)
}

// implied is the status that a kind of notice speaks of by itself.
func implied(kind string) string {
	switch kind {
	case notify.KindUpdate, notify.KindHolding, notify.KindReopening,
		notify.KindAcknowledgement, notify.KindReplyAcknowledgement, notify.KindAnswer:
		return "investigating" // what Statuspage assumes, too, of an incident whose status nobody gave
	case notify.KindResolution, notify.KindAskVerdict, notify.KindAward:
		return "resolved"
	}
	return ""
}

// said is the standing that an update of a kind announces.
func said(status, kind string) (standing, error) {
	if status == "" {
		if status = implied(kind); status == "" {
			return standing{}, fmt.Errorf("a message of kind %q does not say by itself where the incident stands: set Data[%q]", kind, notify.DataStatus)
		}
	}
	s, err := standingOf(status)
	if err == nil && kind == notify.KindExplanation && s.status == "resolved" {
		s.status = "postmortem"
	}
	return s, err
}

// componentStatus is how a component is. What nobody said follows from the
// incident that names it: at least degraded while that is open.
func componentStatus(c notify.DataComponent, s standing, severity string) (string, error) {
	switch {
	case c.Status != "":
		return c.Status, checkComponentStatus(c.Status)
	case s.planned && !s.fixed:
		return "under_maintenance", nil
	case s.fixed:
		return "operational", nil
	}
	switch c.Degree {
	case "down":
		return "major_outage", nil
	case "degraded":
		if severity == "major" || severity == "critical" {
			return "partial_outage", nil
		}
		return "degraded_performance", nil
	case "exposed":
		return "degraded_performance", nil
	case "unknown", "":
		switch severity {
		case "critical":
			return "major_outage", nil
		case "major":
			return "partial_outage", nil
		}
		return "degraded_performance", nil
	}
	return "", fmt.Errorf("a component's degree %q is none", c.Degree)
}

func checkComponentStatus(status string) error {
	switch status {
	case "operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance":
		return nil
	}
	return fmt.Errorf("a component's status %q is none of Statuspage's", status)
}

// sentence is what Statuspage says of a page's indicator.
func sentence(indicator string) (string, error) {
	switch indicator {
	case "none":
		return "All Systems Operational", nil
	case "minor":
		return "Minor Service Outage", nil
	case "major":
		return "Partial System Outage", nil
	case "critical":
		return "Major Service Outage", nil
	case "maintenance":
		return "Service Under Maintenance", nil
	}
	return "", fmt.Errorf("the page's indicator %q is none of Statuspage's", indicator)
}
