package incident

import (
	"slices"
	"time"
)

// Case is what is true of one customer, folded from the case's record. Like
// [Incident] it is a value.
type Case struct {
	ID        string
	Space     string
	Customer  string
	Incident  string // "" while alone
	Version   uint64
	Opened    time.Time
	Linked    time.Time
	Owner     string
	HandOvers int
	Policies  []PolicyPin

	Reports  []*Report
	Impact   *CustomerImpact
	Losses   []LossRecorded
	Gestures []*Gesture
	Help     []HelpGiven
	Done     map[string]time.Time // requests done, by request ID
	// LinksRevoked is when links to the customer's page were taken back last.
	LinksRevoked time.Time
	Verdicts     []VerdictAt
	Statements   []*Statement
	Promises     []*Promise
	Waivers      []WaiverAt
	Escalations  []EscalationAt
	Breaches     []BreachAt

	// NotUnderstood lists kinds that must be understood and are not. Commands refuse while there are any.
	NotUnderstood []Kind

	index index
}

// Report is a customer's message and the thread that follows from it.
type Report struct {
	ID string
	ReportReceived
	Received     time.Time
	Words        *Words
	Thread       []Entry
	Acknowledged time.Time
	Answered     time.Time
	Answer       string // statement that answered it
}

// Entry is one later word in a report's thread.
type Entry struct {
	ID       string
	Kind     Kind // report.corrected, question.asked or reply.received
	At       time.Time
	Actor    Actor
	Text     string
	Words    *Words    // of the customer, nil in our questions
	Answered time.Time // of a reply: when we came back on it
	Answer   string    // of a reply: the statement that answered it, which may be later than the report's
	// Acknowledged is when a channel accepted the acknowledgement of a reply.
	Acknowledged time.Time
}

// VerdictAt is a verdict and when it was given.
type VerdictAt struct {
	VerdictGiven
	At    time.Time
	Words *Words
}

// Gesture is a gesture of staff.
type Gesture struct {
	ID string
	GestureMade
	At time.Time
}

// Verdict returns the customer's last word on a round, and whether there is one.
// Rounds are counted by incident: of a case whose incident was merged, see which
// one the word names.
func (c *Case) Verdict(round int) (VerdictAt, bool) {
	for _, v := range slices.Backward(c.Verdicts) {
		if v.Round == round {
			return v, true
		}
	}
	return VerdictAt{}, false
}
