package incident

// RecordKind says what a record is about.
type RecordKind string

// The two kinds of record. Planned work is a record of kind incident that was
// opened by [MaintenanceScheduled].
const (
	KindIncident RecordKind = "incident" // one failure, or one piece of planned work, as all customers live through it
	KindCase     RecordKind = "case"     // what is true of one customer
)

// Status is where a record stands. Incidents, maintenance and cases use
// different parts of the list; [Incidents], [Maintenances] say which steps exist.
type Status string

// Statuses of an incident, in forward order, and its two side exits.
const (
	StatusDetected      Status = "detected"
	StatusInvestigating Status = "investigating"
	StatusIdentified    Status = "identified"
	StatusMonitoring    Status = "monitoring"
	StatusResolved      Status = "resolved"  // we say that it is fixed
	StatusConfirmed     Status = "confirmed" // customers say that it is fixed (R73)
	StatusClosed        Status = "closed"    // nothing is owed any more
	StatusDismissed     Status = "dismissed" // a false alarm
	StatusMerged        Status = "merged"    // lives on in the incident it points to
)

// Statuses of planned work.
const (
	StatusScheduled  Status = "scheduled"
	StatusInProgress Status = "in_progress"
	StatusVerifying  Status = "verifying"
	StatusCompleted  Status = "completed"
	StatusCancelled  Status = "cancelled"
	StatusFailed     Status = "failed" // went wrong: an incident took over
)

// Statuses of a case. A case has no machine of its own: its status follows from its facts.
const (
	StatusOpen    Status = "open"    // something is asked, promised or disputed
	StatusSettled Status = "settled" // nothing is waiting on us in this case
)

// Severity is how bad an incident is for customers. It is data beside the
// status and may change at any time.
type Severity string

// Severities, from least to worst.
const (
	SeverityMinor    Severity = "minor"
	SeverityMajor    Severity = "major"
	SeverityCritical Severity = "critical" // the product's core function fails, or data is at risk (R50, R59)
)

// Degree is how hard one customer is hit.
type Degree string

// Degrees of impact.
const (
	DegreeDown     Degree = "down"
	DegreeDegraded Degree = "degraded"
	DegreeExposed  Degree = "exposed" // no downtime, but at risk: a data-loss bug, running without backup (R12)
	DegreeUnknown  Degree = "unknown" // said as unknown, never guessed (R13)
)

// CauseKind says whose doing the failure was.
type CauseKind string

// Kinds of cause.
const (
	CauseOwnChange   CauseKind = "own_change"   // our own change (R52)
	CausePlannedWork CauseKind = "planned_work" // planned work of ours
	CauseSupplier    CauseKind = "supplier"     // a supplier's failure, which we own all the same
	CauseUnknown     CauseKind = "unknown"
)

// Certainty says how sure we are of a cause.
type Certainty string

// Certainties.
const (
	Suspected Certainty = "suspected"
	Confirmed Certainty = "confirmed"
)

// Purpose is what a statement is for.
type Purpose string

// Purposes of statements. The first statement that is published is the first
// notice, whatever its purpose.
const (
	PurposeUpdate       Purpose = "update"       // news, also "nothing new" (R15, R42)
	PurposeHolding      Purpose = "holding"      // a prepared first word that may go out alone
	PurposeResolution   Purpose = "resolution"   // it is fixed, and what was done (R71)
	PurposeExplanation  Purpose = "explanation"  // what happened, why, and what will prevent it (R2, R4, R29)
	PurposeReopening    Purpose = "reopening"    // we said fixed and it is not (R72)
	PurposeCorrection   Purpose = "correction"   // replaces an earlier statement for everyone who got it
	PurposeAnswer       Purpose = "answer"       // the substance owed to one report (R56)
	PurposeAnnouncement Purpose = "announcement" // planned work
)

// Audience names a set of recipients. The set of audiences is open: hosts may
// add their own words; a Directory resolves each.
type Audience string

// Audiences that the library knows.
const (
	AudiencePublic      Audience = "public"      // status page, blog, social channels
	AudienceAffected    Audience = "affected"    // every affected (or exposed) customer's contacts
	AudienceReporters   Audience = "reporters"   // customers who reported this, affected or not
	AudienceSubscribers Audience = "subscribers" // those who asked to be told
	AudienceStaff       Audience = "staff"       // our people on duty
)

// CustomerAudience is the audience of one customer's contacts.
func CustomerAudience(customer string) Audience { return Audience("customer:" + customer) }

// ReportKind says what a customer's message is.
type ReportKind string

// Kinds of report.
const (
	ReportFailure   ReportKind = "failure"
	ReportQuestion  ReportKind = "question"
	ReportComplaint ReportKind = "complaint" // about us: silence, tone, a promise not kept
)

// Urgency is how pressing it is in the customer's own words (R60).
type Urgency string

// Urgencies.
const (
	UrgencyNormal Urgency = "normal"
	UrgencyHigh   Urgency = "high"
	UrgencyMayday Urgency = "mayday"
)

// Opinion is a customer's word on the fix.
type Opinion string

// Opinions. Partly and broken reopen the customer's case at once.
const (
	OpinionFixed  Opinion = "fixed"
	OpinionPartly Opinion = "partly"
	OpinionBroken Opinion = "broken"
)

// PromiseKind says what was promised.
type PromiseKind string

// Kinds of promise. A prevention outlives the closing of its incident (R29).
const (
	PromiseNextUpdate  PromiseKind = "next_update"
	PromiseAnswer      PromiseKind = "answer"
	PromiseFix         PromiseKind = "fix"
	PromiseCallBack    PromiseKind = "call_back"
	PromiseAppointment PromiseKind = "appointment"
	PromisePrevention  PromiseKind = "prevention"
)

// Clock names a recorded fact that a duty counts from. The set is open.
type Clock string

// Clocks that the library knows. A clock that was not recorded has not started:
// that is a state, not a missing deadline.
const (
	ClockOccurred      Clock = "occurred"       // the failure began
	ClockDetected      Clock = "detected"       // our own systems or people saw it
	ClockAware         Clock = "aware"          // we knew with reasonable certainty
	ClockOutsideReport Clock = "outside_report" // somebody outside said it first (R34)
	ClockClassified    Clock = "classified"
	ClockDetermined    Clock = "determined"
	ClockMitigated     Clock = "mitigated" // harm to customers ended
)

// ActorKind says who speaks.
type ActorKind string

// Kinds of actor.
const (
	ActorStaff    ActorKind = "staff"
	ActorCustomer ActorKind = "customer"
	ActorHost     ActorKind = "host"   // the embedding backend, for example its monitoring
	ActorSystem   ActorKind = "system" // the library itself
)

// Actor is who says or does something. ID is the host's: never an address.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id,omitempty"`
	Name string    `json:"name,omitempty"` // as customers may see it, of staff only
}

// Named reports whether the actor is a person of ours with an ID, as waivers and overrides require.
func (a Actor) Named() bool { return a.Kind == ActorStaff && a.ID != "" }

// String returns kind and ID, as in "staff:ada".
func (a Actor) String() string {
	if a.ID == "" {
		return string(a.Kind)
	}
	return string(a.Kind) + ":" + a.ID
}
