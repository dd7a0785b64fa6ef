package incident

import "time"

// CaseOpened opens the record of one customer.
type CaseOpened struct {
	Space    string      `json:"space"`
	Customer string      `json:"customer"`
	Incident string      `json:"incident,omitempty"`
	Policies []PolicyPin `json:"policies,omitempty"` // where no incident carries them
}

// CaseLinked ties a case to an incident, now or later.
type CaseLinked struct {
	Incident string `json:"incident"`
}

// CaseUnlinked takes a link back.
type CaseUnlinked struct {
	Incident string `json:"incident"`
	Reason   string `json:"reason,omitempty"`
}

// ReportReceived is a customer's message, whose text is in the event's [Words].
// The report's ID is the event's ID.
type ReportReceived struct {
	Report  ReportKind `json:"report"`
	Since   time.Time  `json:"since,omitzero"` // since when the customer sees it
	Urgency Urgency    `json:"urgency,omitempty"`
	Via     string     `json:"via,omitempty"` // channel it came in by
	Objects []string   `json:"objects,omitempty"`
}

// ReportCorrected is the customer's correction of what we understood; the text is in [Words] (R55).
type ReportCorrected struct {
	Report  string    `json:"report"`
	Since   time.Time `json:"since,omitzero"`
	Urgency Urgency   `json:"urgency,omitempty"`
}

// HelpGiven is what the customer did to help find the fault; thanked for by contribution (R28).
type HelpGiven struct {
	Report string `json:"report,omitempty"`
	What   string `json:"what"`
}

// QuestionAsked is our question to the customer; the ball is with them until they reply.
type QuestionAsked struct {
	Report string `json:"report"`
	Text   string `json:"text"`
}

// ReplyReceived is a customer's later message in a thread; it has a reply deadline of its own (R57).
type ReplyReceived struct {
	Report string `json:"report"`
}

// ReportAcknowledged says that the acknowledgement was accepted by a channel (R54). The proof is in the outbox.
type ReportAcknowledged struct {
	Report string `json:"report"`
}

// ReportAnswered says that the substance was given, by a published statement of
// this case, or by one to all that the answer points to (R56).
type ReportAnswered struct {
	Report    string `json:"report"`
	Statement string `json:"statement"`
}

// RequestDone says that this customer did what a request asks.
type RequestDone struct {
	Request string `json:"request"`
	Signal  bool   `json:"signal,omitempty"` // the host saw it; otherwise the customer's word
}

// VerdictGiven is the customer's word on the fix (R73), and on us (R74).
type VerdictGiven struct {
	Opinion      Opinion `json:"opinion"`
	Satisfaction int     `json:"satisfaction,omitempty"` // 1 (not at all) to 5 (fully); 0: not said
	Round        int     `json:"round"`                  // the incident's round that it is about
	// Incident is the incident that it is about: after a merge the survivor, whose
	// rounds are counted. "" in older records: the one that the case is linked to.
	Incident string `json:"incident,omitempty"`
}

// CustomerImpact says how this customer was hit. Each record replaces the one before.
type CustomerImpact struct {
	Degree       Degree   `json:"degree"`
	Windows      []Window `json:"windows,omitempty"`
	Objects      []string `json:"objects,omitempty"`       // the customer's own objects (R14)
	Why          string   `json:"why,omitempty"`           // why them (R5)
	ResidualLoss string   `json:"residual_loss,omitempty"` // what is lost for good (R11)
}

// LossRecorded is what it cost the customer: their own time, their costs (R82, R83).
type LossRecorded struct {
	Minutes int64   `json:"minutes,omitempty"` // the customer's own working time
	Cost    *Amount `json:"cost,omitempty"`
	Note    string  `json:"note,omitempty"`
}

// GestureMade is what a person of ours gives within their own limit (R79). The
// ledger pays it; its ID is the event's ID.
type GestureMade struct {
	Amount *Amount `json:"amount,omitempty"`
	InKind string  `json:"in_kind,omitempty"`
	By     string  `json:"by"`
	Reason string  `json:"reason"`
	Limit  *Amount `json:"limit,omitempty"` // the person's limit at that time
	// Basis is the record that it is for: the incident that the case was linked to then, or the case.
	Basis string `json:"basis,omitempty"`
}

// LinksRevoked says that links to the customer's page which were made before are
// good no more, for example because a mail was forwarded to the wrong person.
type LinksRevoked struct {
	Reason string `json:"reason,omitempty"` // for our own eyes
}
