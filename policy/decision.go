package policy

import (
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// Act is what a requirement demands.
type Act string

// Acts.
const (
	ActFirstNotice  Act = "first_notice"  // the first word, before we are found out (R33, R34)
	ActUpdate       Act = "update"        // the next word within the cadence (R42, R53)
	ActStatusChange Act = "status_change" // say that it moved on, or back (R46)
	ActReopening    Act = "reopening"     // say that it is not fixed after all (R72)
	ActResolution   Act = "resolution"    // say that it is fixed to all who were told and all who reported (R71)
	ActExplanation  Act = "explanation"   // what happened, why, what prevents it (R2, R4, R29)
	ActCorrection   Act = "correction"    // correct what was said, to all who got it
	ActAskVerdict   Act = "ask_verdict"   // ask the affected whether it is fixed for them (R72, R73)
	ActAcknowledge  Act = "acknowledge"   // instant feedback to a report (R54)
	ActAnswer       Act = "answer"        // the substance of a report or reply (R56, R57)
	ActKeepPromise  Act = "keep_promise"  // a time that was given (R75)
	ActCompensate   Act = "compensate"    // assess, tell and pay what is owed (R80, R81)
)

// RequirementStatus is where a requirement stands.
type RequirementStatus string

// Statuses of a requirement. That it was ever late is kept beside them.
const (
	Waiting RequirementStatus = "waiting" // its clock has not started, or its turn has not come
	Open    RequirementStatus = "open"
	Met     RequirementStatus = "met"
	Waived  RequirementStatus = "waived"
)

// Requirement is one duty of one rule: say this, to these, by then.
type Requirement struct {
	// ID is stable for the life of the record: rule, subject and round or turn.
	ID        string
	Rule      string
	Cites     []string // requirement numbers, statutes, SLA clauses
	Act       Act
	Subject   string // what it is about: the incident, a report, a promise, a statement
	Round     int
	Audiences []incident.Audience
	Channels  ChannelNeed
	Elements  []string // what the words must contain
	Prepared  string   // name of the prepared text that may go out alone, "" if a person must write
	Since     time.Time
	Due       time.Time // zero while the clock has not started, or if it has no time
	Status    RequirementStatus
	MetAt     time.Time
	MetBy     string // the statement or notice that met it
	Late      bool   // it was ever open after Due, as far as now can be told or the record says; never taken back
	WaivedBy  string
	// Why says in a sentence, for staff, why it stands where it stands.
	Why string
	// Escalate lists whom to wake and when.
	Escalate []Escalation
	// OutlivesClosing marks what does not keep an incident open: preventions that were promised (R29).
	OutlivesClosing bool
	// Soft marks a deadline that a text without a number was given by the policy.
	Soft bool

	inTime bool // said in time, though not everybody was told yet
}

// ChannelNeed says on how many channels a notice must have been accepted.
type ChannelNeed struct {
	AtLeast int `yaml:"at_least,omitempty" json:"at_least,omitempty"` // distinct channels
	Public  int `yaml:"public,omitempty" json:"public,omitempty"`     // of them public
	Private int `yaml:"private,omitempty" json:"private,omitempty"`   // of them private and pushed: passive ones do not count (R47)
}

// Escalation wakes somebody at a time, if the requirement is still open then.
type Escalation struct {
	To    string
	At    time.Time
	Level int
}

// RuleOutcome says whether a rule matched, and if not, which condition was the first that was not met.
type RuleOutcome struct {
	Rule    string
	Matched bool
	// Unmet is the index of the first unmet condition, -1 if it matched.
	Unmet int
	// Reason says it in words: `severity is minor, rule wants major or critical`. Rendered on demand by Explain.
}

// Decision is a policy applied to facts at a time.
type Decision struct {
	Policy       incident.PolicyPin // without its source
	At           time.Time
	Requirements []Requirement
	Outcomes     []RuleOutcome
	// Next is when time alone will change the decision: the next due time,
	// cadence, escalation or expiry. Zero: never.
	Next time.Time
	// ReopenThreshold: how many customers must dispute the fix before the whole
	// incident reopens (at least one).
	ReopenThreshold int64
	// VerdictWindow is how long customers have to answer after they were asked.
	VerdictWindow time.Duration

	policy *Compiled
	facts  *Facts
	words  []word
}

// Entitlement is what one customer is owed, under one rule set.
type Entitlement struct {
	Award compensate.Award
	// Owed is the award as the ledger takes it.
	Owed compensate.Owed
	// Why explains it for the customer, one sentence a step; WhyStaff for our people, with rule names.
	Why      []string
	WhyStaff []string
	// Undecided says why no sum could be decided, "" if it could.
	Undecided string
}
