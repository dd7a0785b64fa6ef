package incident

import "time"

// CustomerView is what one customer may see of an incident and of their own case
// in it: in one language, without anything of other customers and without what
// is for our own eyes. It is a value, made to be shown: on a page, in an app, in
// a host's own portal. All text is plain: markup in it is shown, not obeyed.
type CustomerView struct {
	Space    string
	Record   string // the incident, or the case that stands alone
	Customer string
	Locale   string // BCP 47, of the texts
	Zone     string // IANA, of the customer; "" is UTC
	At       time.Time

	Title       string
	Status      Status
	Round       int // how often it was reopened
	Maintenance bool
	Planned     Window
	Components  []string // names
	Scope       string   // exact: versions, regions (R6)
	DataLoss    bool
	Opened      time.Time
	// Since is when it began for this customer, zero if that is not known: then
	// it is shown as unknown and not guessed (R13).
	Since time.Time
	// Impact is how it hit them: their windows, their objects, why them. Nil if not known.
	Impact *CustomerImpact

	Said     []CustomerStatement // what we said to them, newest first
	Next     *Moment             // when they hear from us again at the latest (R45)
	Requests []CustomerRequest
	Promises []CustomerPromise // by due time, promises of a next update aside
	Reports  []CustomerReport  // their messages and what followed, oldest first
	Awards   []CustomerAward
	Verdict  *CustomerVerdict // their last word on the fix
	// Judge says that we hold it fixed and want their word on it (R73).
	Judge bool

	// Person of ours in charge, "" if nobody is named, and Contact, a way to reach us (R65).
	Person  string
	Contact string

	// LinksRevoked is when the links to this view were taken back: those made
	// before are good no more. Zero: never.
	LinksRevoked time.Time
}

// CustomerStatement is one statement as a customer sees it.
type CustomerStatement struct {
	ID          string
	Purpose     Purpose
	Subject     string
	Body        string
	Published   time.Time
	Person      string
	CorrectedBy string    // the statement that replaces it; shown, not hidden (R32)
	Withdrawn   time.Time // taken back; its words are left out
}

// CustomerRequest is what they must do, or consent to (R9).
type CustomerRequest struct {
	ID          string
	State       string
	Steps       []string
	Consequence string
	Due         *Moment
	Consent     bool
	Done        time.Time // when they did it, zero: open
}

// CustomerPromise is a time that we gave.
type CustomerPromise struct {
	Kind   PromiseKind
	What   string
	Due    Moment
	Kept   time.Time // zero: pending
	Broken int       // times that passed before it was kept (R75)
}

// CustomerReport is a message of theirs.
type CustomerReport struct {
	ID       string
	Kind     ReportKind
	Words    string // "" once erased at their wish
	Erased   bool
	Received time.Time
	Since    time.Time
	// AnswerBy is by when we answer; zero once there is nothing to answer.
	AnswerBy time.Time
	Answered time.Time
	Thread   []CustomerEntry
	// Asked says that our last question waits for their reply.
	Asked bool
}

// CustomerEntry is a later word in the thread of a report.
type CustomerEntry struct {
	Ours   bool // our question; otherwise theirs: a reply, or a correction
	Text   string
	Erased bool
	At     time.Time
}

// CustomerAward is what they get, with every step of why (R80).
type CustomerAward struct {
	Amount string   // in their locale: "€12.50", or what is given in kind
	Why    []string // each step of the sum
	Paid   bool     // issued by billing, or given
}

// CustomerVerdict is their word on the fix.
type CustomerVerdict struct {
	Opinion      Opinion
	Satisfaction int // 1 to 5; 0: not said
	Words        string
	At           time.Time
}

// Saying is what a customer says of themselves.
type Saying string

// What a customer can say. None needs a form of its own, and none a claim (R77).
const (
	SayVerdict    Saying = "verdict"    // whether it is fixed (R73, R74)
	SayReport     Saying = "report"     // something new
	SayReply      Saying = "reply"      // more on a report, or an answer to our question (R57)
	SayCorrection Saying = "correction" // of what we understood (R55)
	SayDone       Saying = "done"       // that they did what a request asks
)

// CustomerWord is one thing that a customer says, for example on their page.
type CustomerWord struct {
	Space    string
	Record   string // of the view that they saw
	Customer string
	// Key makes a repeat harmless: the same key with the same content is taken
	// once, with other content it is [ErrKeyReused].
	Key string
	Say Saying

	Opinion      Opinion // of a verdict
	Satisfaction int     // 1 to 5; 0: not said
	// Text is their own words: needed for a report, a reply and a correction.
	Text    string
	Kind    ReportKind // of a report; "" is a failure
	Since   time.Time  // of a report: since when they see it
	Urgency Urgency
	Report  string // of a reply or correction: the report
	Request string // of what is done
	Via     string // the way it came in, for example "page"
}
