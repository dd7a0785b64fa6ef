package incident

import "time"

// Component is a part of the product that customers know, from the host's catalog.
type Component struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Core bool   `json:"core,omitempty"` // a core function: what the product is for (R59)
	// Degree of the component as a whole, "" if nobody said.
	Degree Degree `json:"degree,omitempty"`
}

// PolicyPin is a policy as it was when it joined the record: its source travels
// with the record, so that a later edit changes nothing that was decided.
type PolicyPin struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Hash    string `json:"hash"`             // hex SHA-256 of Source
	Source  string `json:"source,omitempty"` // the policy file
}

// Declared opens the record of an incident.
type Declared struct {
	Space      string      `json:"space"`
	Title      string      `json:"title"`
	Severity   Severity    `json:"severity"`
	Components []Component `json:"components,omitempty"`
	Owner      string      `json:"owner,omitempty"` // staff ID of the one owner (R68)
	DataLoss   bool        `json:"data_loss,omitempty"`
	Policies   []PolicyPin `json:"policies,omitempty"`
	FromCase   string      `json:"from_case,omitempty"` // the case whose report opened it
}

// MaintenanceScheduled opens the record of planned work.
type MaintenanceScheduled struct {
	Space      string      `json:"space"`
	Title      string      `json:"title"`
	Severity   Severity    `json:"severity,omitempty"`
	Components []Component `json:"components,omitempty"`
	Owner      string      `json:"owner,omitempty"`
	Policies   []PolicyPin `json:"policies,omitempty"`
	Planned    Window      `json:"planned"`
	Zone       string      `json:"zone,omitempty"`
}

// MaintenanceMoved gives planned work a new window.
type MaintenanceMoved struct {
	Planned Window `json:"planned"`
	Reason  string `json:"reason,omitempty"`
}

// StatusChanged is a step of the state machine.
type StatusChanged struct {
	From   Status `json:"from"`
	To     Status `json:"to"`
	Step   string `json:"step"`             // name of the step, for example "resolve"
	Round  int    `json:"round"`            // rounds of reopening after the step; 0 in the first
	Reason string `json:"reason,omitempty"` // for our own eyes
	Done   string `json:"done,omitempty"`   // what was done, when resolving
	Into   string `json:"into,omitempty"`   // the incident that took over, when planned work fails
}

// TitleChanged renames the incident.
type TitleChanged struct {
	Title string `json:"title"`
}

// SeverityChanged corrects how bad it is.
type SeverityChanged struct {
	From   Severity `json:"from"`
	To     Severity `json:"to"`
	Reason string   `json:"reason,omitempty"`
}

// ComponentsChanged replaces the list of components.
type ComponentsChanged struct {
	Components []Component `json:"components"`
}

// OwnerAssigned names the one owner of a record; a second one is a hand-over and is counted (R68).
type OwnerAssigned struct {
	Owner  string `json:"owner"`
	Reason string `json:"reason,omitempty"`
}

// ClockRecorded starts a clock. Recorded again, the later record counts and the earlier stays visible.
type ClockRecorded struct {
	Clock Clock     `json:"clock"`
	When  time.Time `json:"when"`
	Note  string    `json:"note,omitempty"`
}

// CauseRecorded says what caused it, as far as known.
type CauseRecorded struct {
	Cause     CauseKind `json:"cause"`
	Certainty Certainty `json:"certainty"`
	Text      string    `json:"text,omitempty"` // for our own eyes; customers get a statement
	Link      string    `json:"link,omitempty"` // the change, the supplier's incident
	When      time.Time `json:"when,omitzero"`
}

// ImpactRecorded says who and what is affected, as far as known. Each record is
// a new generation: who joins with it gets what the others were told before.
type ImpactRecorded struct {
	Scope    string `json:"scope,omitempty"`     // exact: versions, regions, range (R6)
	Affected int64  `json:"affected,omitempty"`  // customers, 0 if not counted
	DataLoss bool   `json:"data_loss,omitempty"` // never reset by a later record
	Note     string `json:"note,omitempty"`
}

// ExposureAnswered answers "who else is exposed?", without which nothing closes.
type ExposureAnswered struct {
	Answer string `json:"answer"`
}

// PolicyJoined adds a policy to a running record. None ever leaves.
type PolicyJoined struct {
	Policy PolicyPin `json:"policy"`
}

// MergedInto ends this record: the incident lives on in Into.
type MergedInto struct {
	Into string `json:"into"`
}

// Absorbed says that the incident From lives on in this one.
type Absorbed struct {
	From string `json:"from"`
}

// SeparatedFrom takes a merge back, on the record that had been merged.
type SeparatedFrom struct {
	From   string `json:"from"`
	Status Status `json:"status"` // the status it had before the merge, and has again
	Reason string `json:"reason,omitempty"`
}

// Released takes a merge back, on the record that had absorbed the other.
type Released struct {
	Incident string `json:"incident"`
}

// AwardsTotalled keeps the sums of what customers are owed, per currency; the awards themselves are in the ledger.
type AwardsTotalled struct {
	Customers int64    `json:"customers"`
	Awarded   []Amount `json:"awarded,omitempty"`
	Issued    []Amount `json:"issued,omitempty"`
}

// Waived settles a requirement without meeting it. It needs a named person, a
// reason and an expiry, and stays visible.
type Waived struct {
	Requirement string    `json:"requirement"`
	By          string    `json:"by"`
	Reason      string    `json:"reason"`
	Expires     time.Time `json:"expires"`
}

// Escalated says that a requirement is late or about to be, and who was woken.
type Escalated struct {
	Requirement string    `json:"requirement"`
	To          string    `json:"to"`
	Level       int       `json:"level"`
	Due         time.Time `json:"due,omitzero"`
}

// Breached says that a requirement was not met by its due time. It stays, whatever happens later.
type Breached struct {
	Requirement string    `json:"requirement"`
	Rule        string    `json:"rule"`
	Due         time.Time `json:"due"`
}
