package policy

import (
	"github.com/amends-dev/amends/incident"
)

// When holds the conditions of a rule. All that are given must hold; for
// "either, or" write two rules, which combine by union.
//
// A condition on how many are affected can only ask for "at least": scale may
// add a notice and never silences one (R21, R36).
type When struct {
	// Severity: the worst the incident ever had is one of these; of updates, its present one.
	Severity []incident.Severity `yaml:"severity,omitempty"`
	// Status: the incident is in one of these; of act status_change, the status that began.
	Status []incident.Status `yaml:"status,omitempty"`
	// Components: one of these is hit.
	Components []string `yaml:"components,omitempty"`
	// Degrees: a component is hit to one of these degrees.
	Degrees []incident.Degree `yaml:"degrees,omitempty"`
	// CoreFunction: a component is hit that customers have the product for (R59).
	CoreFunction *bool `yaml:"core_function,omitempty"`
	// DataLoss: data was, or may have been, lost.
	DataLoss *bool `yaml:"data_loss,omitempty"`
	// Maintenance: the rule is for planned work. If nil, it is for incidents only;
	// of acts acknowledge, answer and keep_promise, for both.
	Maintenance *bool `yaml:"maintenance,omitempty"`
	// Cause: the cause as recorded last is one of these.
	Cause []incident.CauseKind `yaml:"cause,omitempty"`
	// Lasts: it has lasted at least this long for customers.
	Lasts Span `yaml:"lasts,omitempty"`
	// Repeats: earlier incidents hit a component in common (R64).
	Repeats *Repeats `yaml:"repeats,omitempty"`
	// Affected counts the affected customers; it can only add.
	Affected *AtLeast `yaml:"affected,omitempty"`
	// Reported: somebody outside told us (R34).
	Reported *bool `yaml:"reported,omitempty"`
	// Facts of the host, by name.
	Facts map[string]FactTest `yaml:"facts,omitempty"`
	// Report and Urgency are of a customer's message: only for acts on cases.
	Report  []incident.ReportKind `yaml:"report,omitempty"`
	Urgency []incident.Urgency    `yaml:"urgency,omitempty"`
}

// Repeats asks for earlier incidents within a time before this one.
type Repeats struct {
	Within Span `yaml:"within"`
	// AtLeast is how many. If zero, one.
	AtLeast int `yaml:"at_least,omitempty"`
}

// AtLeast is a lower bound. There is no upper one on purpose: see [When].
type AtLeast struct {
	AtLeast int64 `yaml:"at_least"`
}

// FactTest asks for a host's fact. Exactly one field is used, as the fact's
// type demands; numbers only have a lower bound, for the same reason as [AtLeast].
type FactTest struct {
	Is      *bool    `yaml:"is,omitempty"`
	OneOf   []string `yaml:"one_of,omitempty"`
	AtLeast *float64 `yaml:"at_least,omitempty"`
}
