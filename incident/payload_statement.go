package incident

// Text is a statement in one language.
type Text struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body"`
}

// StatementDrafted holds words for customers. The statement's ID is the event's ID.
type StatementDrafted struct {
	Purpose   Purpose         `json:"purpose"`
	Audiences []Audience      `json:"audiences"`
	Status    Status          `json:"status,omitempty"` // the status that it announces
	Locale    string          `json:"locale,omitempty"` // BCP 47 tag of the text others fall back to; "" is "en"
	Texts     map[string]Text `json:"texts"`            // by BCP 47 tag
	// NextUpdate promises when the next word comes; published, it is a promise (R45).
	NextUpdate *Moment  `json:"next_update,omitempty"`
	Person     string   `json:"person,omitempty"`  // who signs, as customers see it (R65)
	Contact    string   `json:"contact,omitempty"` // how to reach us, as customers see it
	Corrects   string   `json:"corrects,omitempty"`
	Report     string   `json:"report,omitempty"`   // the report that it answers
	Prepared   string   `json:"prepared,omitempty"` // the policy's prepared text that it was made from
	Requests   []string `json:"requests,omitempty"` // requests that it explains
}

// FindingNote is one finding of a review, as kept in the record.
type FindingNote struct {
	Rule    string `json:"rule"`
	Level   string `json:"level"` // "warn" or "block"
	Locale  string `json:"locale,omitempty"`
	Excerpt string `json:"excerpt,omitempty"`
	Why     string `json:"why,omitempty"`
}

// StatementReviewed keeps what a review found. Blocked statements wait until
// they are rewritten or overridden.
type StatementReviewed struct {
	Statement string        `json:"statement"`
	Findings  []FindingNote `json:"findings,omitempty"`
	Blocked   bool          `json:"blocked,omitempty"`
}

// StatementRewritten replaces the words of a draft that was not published yet.
type StatementRewritten struct {
	Statement  string          `json:"statement"`
	Texts      map[string]Text `json:"texts"`
	NextUpdate *Moment         `json:"next_update,omitempty"`
	Person     string          `json:"person,omitempty"`
	Contact    string          `json:"contact,omitempty"`
}

// StatementOverridden lets a blocked statement pass on a named person's word.
type StatementOverridden struct {
	Statement string   `json:"statement"`
	Rules     []string `json:"rules"`
	By        string   `json:"by"`
	Reason    string   `json:"reason"`
}

// StatementApproved says that a person stands behind the words.
type StatementApproved struct {
	Statement string `json:"statement"`
}

// StatementPublished makes the words ours in public: from here on they are told.
type StatementPublished struct {
	Statement string `json:"statement"`
}

// StatementCorrected says that the statement By replaces this one, for everyone who got it.
type StatementCorrected struct {
	Statement string `json:"statement"`
	By        string `json:"by"`
}

// StatementWithdrawn takes back a draft, or words that were published.
type StatementWithdrawn struct {
	Statement string `json:"statement"`
	Reason    string `json:"reason"`
}

// RequestMade asks customers to do or to consent to something. Its ID is the event's ID.
type RequestMade struct {
	State       string   `json:"state"`                 // the target state, exactly (R9)
	Steps       []string `json:"steps,omitempty"`       // how to get there
	Consequence string   `json:"consequence,omitempty"` // what happens otherwise
	Due         *Moment  `json:"due,omitempty"`
	Consent     bool     `json:"consent,omitempty"`
}

// PromiseMade gives a time to all (in an incident) or to one customer (in a
// case). Its ID is the event's ID.
type PromiseMade struct {
	Promise   PromiseKind `json:"promise"`
	Due       Moment      `json:"due"`
	What      string      `json:"what,omitempty"`
	Statement string      `json:"statement,omitempty"` // where it was said
}

// PromiseKept says that it was done, at the event's time.
type PromiseKept struct {
	Promise string `json:"promise"`
}

// PromiseMoved gives a new time. Said before the old one had passed it is moved
// in advance; said later, the promise was broken first (R75).
type PromiseMoved struct {
	Promise   string `json:"promise"`
	Due       Moment `json:"due"`
	Reason    string `json:"reason,omitempty"`
	InAdvance bool   `json:"in_advance"`
}

// PromiseBroken says that the time passed and it was not done. It stays on the record.
type PromiseBroken struct {
	Promise string `json:"promise"`
	Due     Moment `json:"due"`
}
