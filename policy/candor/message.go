package candor

import "time"

// Message is one outgoing message, judged on its own text. Fields beside the
// text are what the host shows with it: a next update given as a time satisfies
// the rule as well as words do.
type Message struct {
	// Subject and Body are plain text, Markdown or HTML.
	Subject string
	Body    string
	// Locale is the BCP 47 tag of the text; "" is English.
	Locale string
	// Purpose is what the message is for, in the words of incident.Purpose
	// ("update", "resolution", "answer", …); "" is "update".
	Purpose string
	// Status is the status that it announces, in the words of incident.Status, or "".
	Status string
	// Maintenance says that it is about planned work, not about a failure.
	Maintenance bool
	// Final says that no further word will come, so that none must be promised.
	Final bool
	// NextUpdate is when the next word comes; zero if not given.
	NextUpdate time.Time
	// Contact is how to reach us, Person who signs, as customers see them.
	Contact string
	Person  string
	// Done is what was done, where the host shows it beside the text.
	Done string
}

// Level says what a finding does to a message.
type Level string

// Levels.
const (
	Off   Level = "off"   // the rule is not applied
	Warn  Level = "warn"  // the writer should look again
	Block Level = "block" // must be rewritten, or overridden by a named person
)

// Field names the part of a message that a finding is about.
type Field string

// Fields.
const (
	FieldSubject Field = "subject"
	FieldBody    Field = "body"
)

// Finding is one thing that a review found.
type Finding struct {
	Rule  string
	Level Level
	Field Field
	// Start and End are byte offsets into the field; both 0 if something is missing.
	Start, End int
	Excerpt    string   // the bytes between them, as written
	Why        string   // why it costs trust
	Hint       string   // how to say it better
	Cites      []string // requirements that ask for it, as in "R20"
}

// Options adjusts a review. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// Levels overrides the level of rules by name. If nil, each rule's own.
	Levels map[string]Level
	// Require lists elements that the message must hold besides those that its
	// purpose and status ask for. Each that is missing is a finding of the rule
	// "missing_<element>", which blocks; one that the review cannot look for is a
	// finding "unchecked_<element>", which warns. If nil, none.
	Require []Element
}
