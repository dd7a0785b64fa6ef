package incident

import "time"

// Incident is an incident (or planned work) as its events tell it. It is a
// value folded from the record: reading it changes nothing, and nobody else
// sees changes to it. It is not safe for concurrent writing.
type Incident struct {
	ID         string
	Space      string
	Version    uint64
	Title      string
	Status     Status
	Round      int // how often it was reopened
	Severity   Severity
	Worst      Severity // the worst it ever had
	Components []Component
	Owner      string
	HandOvers  int
	DataLoss   bool // ever said
	Opened     time.Time
	Policies   []PolicyPin
	FromCase   string

	Maintenance bool // planned work
	Planned     Window
	Successor   string // the incident that took over when the work failed

	Clocks    map[Clock]time.Time
	Cause     *CauseRecorded
	Impact    ImpactRecorded
	Widened   int       // generation of the impact: how often it was recorded
	WidenedAt time.Time // when that was last written down, whenever it had begun
	Exposure  string    // the answer to "who else is exposed?"
	Done      string    // what was done, as said when resolving

	Statuses    []StatusAt // every status it had, in order
	Statements  []*Statement
	Requests    []*Request
	Promises    []*Promise
	Waivers     []WaiverAt
	Escalations []EscalationAt
	Breaches    []BreachAt
	Awards      *AwardsTotalled

	MergedInto string
	Absorbed   []string // incidents that live on in this one

	// NotUnderstood lists kinds that must be understood and are not. Commands refuse while there are any.
	NotUnderstood []Kind

	index index
}

// StatusAt is a status and when it began.
type StatusAt struct {
	Status Status
	At     time.Time
	Round  int
	By     Actor
}

// Statement is a statement with its life.
type Statement struct {
	ID string
	StatementDrafted
	Round       int // the incident's round when it was drafted
	Drafted     time.Time
	DraftedBy   Actor
	Rewritten   int
	Reviewed    time.Time
	Findings    []FindingNote
	Blocked     bool // by a review, and neither rewritten nor overridden since
	EverBlocked bool
	OverrideBy  string
	Approved    time.Time
	ApprovedBy  Actor
	Published   time.Time
	CorrectedBy string // ID of the statement that replaces it
	Withdrawn   time.Time
}

// Live reports whether the statement is published and neither corrected nor withdrawn.
func (s *Statement) Live() bool {
	return !s.Published.IsZero() && s.CorrectedBy == "" && s.Withdrawn.IsZero()
}

// Request is what we ask customers to do.
type Request struct {
	ID string
	RequestMade
	Made time.Time
}

// PromiseState is where a promise stands.
type PromiseState string

// States of a promise.
const (
	PromisePending PromiseState = "pending"
	PromiseWasKept PromiseState = "kept"
)

// Promise is a promise with its life. Broken stays true once a due time was missed, even if it was kept late.
type Promise struct {
	ID string
	PromiseMade
	Made   time.Time
	State  PromiseState
	KeptAt time.Time
	Moved  int // times moved in advance
	Broken int // due times that passed before it was kept or moved

	missed time.Time // the due time that Broken counted last
}

// WaiverAt is a waiver and when it was given.
type WaiverAt struct {
	Waived
	At time.Time
}

// EscalationAt is an escalation and when it happened.
type EscalationAt struct {
	Escalated
	At time.Time
}

// BreachAt is a breach and when it was noticed.
type BreachAt struct {
	Breached
	At time.Time
}
