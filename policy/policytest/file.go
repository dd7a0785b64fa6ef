package policytest

import (
	"fmt"
	"strings"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// File is a test file of a policy.
type File struct {
	// Opened is when every incident of the file was opened, as "2026-03-02T10:00:00Z". If "", that Monday.
	Opened string `yaml:"opened,omitempty"`
	Cases  []Case `yaml:"cases"`
}

// Case is one story and what the policy should make of it.
type Case struct {
	Name     string          `yaml:"name"`
	Incident Incident        `yaml:"incident"`
	Told     map[string]Told `yaml:"told,omitempty"` // of notices that are no statements, such as "ask:inc:0"
	Assessed bool            `yaml:"assessed,omitempty"`
	Reports  int64           `yaml:"reports,omitempty"`
	Repeats  []Offset        `yaml:"repeats,omitempty"` // how long before, earlier incidents began
	At       Offset          `yaml:"at"`
	Want     []Want          `yaml:"want,omitempty"`
	// Absent lists rules that should not apply.
	Absent []string `yaml:"absent,omitempty"`
	Awards []Award  `yaml:"awards,omitempty"`
}

// Incident is what is known of the incident.
type Incident struct {
	Severity    incident.Severity         `yaml:"severity"`
	Components  []Component               `yaml:"components,omitempty"`
	DataLoss    bool                      `yaml:"data_loss,omitempty"`
	Affected    int64                     `yaml:"affected,omitempty"`
	Maintenance *Planned                  `yaml:"maintenance,omitempty"`
	Clocks      map[incident.Clock]Offset `yaml:"clocks,omitempty"`
	Statuses    []Status                  `yaml:"statuses,omitempty"` // after the first
	Statements  []Statement               `yaml:"statements,omitempty"`
}

// Component is a component of the incident.
type Component struct {
	ID   string `yaml:"id"`
	Core bool   `yaml:"core,omitempty"`
}

// Planned is the window of planned work.
type Planned struct {
	From Offset `yaml:"from"`
	To   Offset `yaml:"to"`
}

// Status is a change of status. Going back to investigating begins a new round.
type Status struct {
	Status incident.Status `yaml:"status"`
	After  Offset          `yaml:"after"`
}

// Statement is one that a person approved and that was published. Its ID is
// "inc.<n>", counted from 2.
type Statement struct {
	Purpose  incident.Purpose    `yaml:"purpose,omitempty"` // "" is update
	Status   incident.Status     `yaml:"status,omitempty"`
	To       []incident.Audience `yaml:"to"`
	After    Offset              `yaml:"after"`
	Prepared string              `yaml:"prepared,omitempty"` // went out alone
	// Untold: not everybody was told yet. Otherwise it reached everybody on Channels.
	Untold   bool     `yaml:"untold,omitempty"`
	Channels []string `yaml:"channels,omitempty"` // "page" is public; if empty, mail and page
}

// Told is how far a notice of the library itself has come.
type Told struct {
	After   Offset `yaml:"after"`
	Pending int64  `yaml:"pending,omitempty"`
}

// Want is what should become of a requirement.
type Want struct {
	ID     string                   `yaml:"id"`
	Status policy.RequirementStatus `yaml:"status,omitempty"` // "" is not looked at
	Due    *Offset                  `yaml:"due,omitempty"`
	Late   bool                     `yaml:"late,omitempty"`
}

// Award is what a customer should be given.
type Award struct {
	Customer  string             `yaml:"customer"`
	Fee       compensate.Money   `yaml:"fee"`
	Down      Offset             `yaml:"down,omitempty"` // from the opening on
	DataLoss  bool               `yaml:"data_loss,omitempty"`
	Contract  string             `yaml:"contract,omitempty"`
	Before    []Offset           `yaml:"before,omitempty"`
	Minutes   int64              `yaml:"minutes,omitempty"` // of their own time
	Costs     []compensate.Money `yaml:"costs,omitempty"`
	Broken    int                `yaml:"broken_promises,omitempty"`
	Total     *compensate.Money  `yaml:"total,omitempty"`
	Undecided bool               `yaml:"undecided,omitempty"`
}

// Offset is a time from the opening on, or before it: "-20m".
type Offset time.Duration

// UnmarshalText reads the form of [policy.ParseSpan], with a sign before it if need be.
func (o *Offset) UnmarshalText(text []byte) error {
	rest, before := strings.CutPrefix(string(text), "-")
	s, err := policy.ParseSpan(rest)
	if err != nil {
		return err
	}
	if s.BusinessDays > 0 || s.Months > 0 {
		return fmt.Errorf("%q is no offset: want a duration, for example 36h or 3d", text)
	}
	*o = Offset(s.Duration)
	if before {
		*o = -*o
	}
	return nil
}
