package policy

import (
	"github.com/amends-dev/amends/incident"
)

// Policy is what a company has decided to do when it fails, as data. A YAML or
// JSON file decodes into exactly these structs, see [Load]; a policy that was
// made in Go is as good. [Compile] checks it and makes it ready for use.
//
// A Policy is a plain value: it must not be changed while it is compiled, and
// nothing is kept of it afterwards.
type Policy struct {
	// Name of the policy, in keys of credits: it must not change between versions.
	Name    string `yaml:"name"`
	Version string `yaml:"version,omitempty"`
	Because string `yaml:"because,omitempty"`
	// Clocks, Audiences and Facts are words of the host's own that the rules use.
	// A word that is neither the library's nor declared here is a mistake.
	Clocks    []incident.Clock    `yaml:"clocks,omitempty"`
	Audiences []incident.Audience `yaml:"audiences,omitempty"`
	Facts     map[string]FactType `yaml:"facts,omitempty"`
	// Calendars by name, for deadlines in business days.
	Calendars     map[string]Calendar `yaml:"calendars,omitempty"`
	Communication []Rule              `yaml:"communication,omitempty"`
	Verdict       Verdict             `yaml:"verdict,omitempty"`
	Compensation  *Compensation       `yaml:"compensation,omitempty"`
	Wording       Wording             `yaml:"wording,omitempty"`
	// Prepared texts by name, then by locale (BCP 47).
	Prepared map[string]map[string]Text `yaml:"prepared,omitempty"`

	source string
	loaded *Policy // as it was read: a policy that was changed since is not its source any more
	file   string
	places *places
}

// FactType is the type of a host's own fact.
type FactType string

// Types of facts. A number may only be asked for "at least": see [FactTest].
const (
	FactText   FactType = "text"
	FactNumber FactType = "number"
	FactBool   FactType = "bool"
)

// Rule is one rule of communication: who must hear what by when. Rules combine
// by union: a rule can only add duties, never take one away.
type Rule struct {
	// ID names the rule in records, waivers and explanations. It must not change between versions.
	ID string `yaml:"id"`
	// Cites are the requirements, statutes and clauses that the rule serves.
	Cites []string `yaml:"cites,omitempty"`
	// Because says in a sentence why the company wants this.
	Because string `yaml:"because,omitempty"`
	Act     Act    `yaml:"act"`
	// From lists the clocks that the deadline counts from: the earliest that was
	// recorded. If empty, the natural one of the act, see [Act].
	From []Trigger `yaml:"from,omitempty"`
	When When      `yaml:"when,omitempty"`
	// Within is the time allowed after From.
	Within Span `yaml:"within,omitempty"`
	// Before puts the deadline ahead of From instead, for planned work.
	Before Span `yaml:"before,omitempty"`
	// Also lists further deadlines with clocks of their own; the earliest that has started counts.
	Also []Deadline `yaml:"also,omitempty"`
	// Soft marks a number that a text without one ("without undue delay") was given by this policy.
	Soft bool `yaml:"soft,omitempty"`
	// Cadence of updates: phases in order, the last lasts until Until.
	Cadence []Phase `yaml:"cadence,omitempty"`
	// Until is the status that ends a cadence. If "", resolved (of planned work: completed).
	Until    incident.Status     `yaml:"until,omitempty"`
	To       []incident.Audience `yaml:"to,omitempty"`
	Channels ChannelNeed         `yaml:"channels,omitempty"`
	// SameChannels demands every channel on which the first notice went out.
	SameChannels bool `yaml:"same_channels,omitempty"`
	// Contains lists the elements that the words must have, see [Elements].
	Contains []string `yaml:"contains,omitempty"`
	// Prepared names the text that may go out alone. If "", a person must write or approve.
	Prepared string `yaml:"prepared,omitempty"`
	Wake     []Wake `yaml:"wake,omitempty"`
}

// Deadline is a time allowed after a clock.
type Deadline struct {
	From   []Trigger `yaml:"from"`
	Within Span      `yaml:"within"`
}

// Phase is one phase of a cadence: a word every Every, for a time. The last phase has no For.
type Phase struct {
	Every Span `yaml:"every"`
	For   Span `yaml:"for,omitempty"`
}

// Wake says whom to wake about a requirement that is still open: some time
// before it is due, or some time after.
type Wake struct {
	Who    string `yaml:"who"`
	Before Span   `yaml:"before,omitempty"`
	After  Span   `yaml:"after,omitempty"`
}

// Trigger names what a deadline counts from: a clock of the incident
// ([incident.Clock]), or one of the words below. "status:resolved" is the time a
// status began, "rule:initial" the time the requirement of an earlier rule was met.
type Trigger string

// Triggers besides the clocks.
const (
	TriggerOpened       Trigger = "opened"        // the record was opened
	TriggerReport       Trigger = "report"        // a customer's message came in; acts on cases only
	TriggerReply        Trigger = "reply"         // a customer's later message in a thread; acts on cases only
	TriggerPreviousWord Trigger = "previous_word" // the last published word of this incident
	TriggerTold         Trigger = "told"          // the first word was published
	TriggerPlannedStart Trigger = "planned_start" // planned work begins
	TriggerPlannedEnd   Trigger = "planned_end"   // planned work should be over
)

// Verdict says how customers decide that it is fixed (R73).
type Verdict struct {
	// Window is how long customers have to answer after they were asked. If zero, three days.
	Window Span `yaml:"window,omitempty"`
	// Reopen is how many customers must dispute the fix before the whole incident
	// reopens. If zero, one: a single customer's word is enough (R72).
	Reopen int64 `yaml:"reopen,omitempty"`
}

// Wording is the policy's part in reviewing words.
type Wording struct {
	// Rules sets, by the ID of a candor rule, whether a finding warns or blocks.
	Rules map[string]Level `yaml:"rules,omitempty"`
	// Elements that words must have, by purpose and audience.
	Elements []RequiredElements `yaml:"elements,omitempty"`
}

// Level is what a finding does.
type Level string

// Levels. Off exists so that a rule for another language or trade can be set aside visibly.
const (
	LevelOff   Level = "off"
	LevelWarn  Level = "warn"
	LevelBlock Level = "block"
)

// RequiredElements demands elements of all words with a purpose for an audience.
type RequiredElements struct {
	Purpose  incident.Purpose  `yaml:"purpose"`
	Audience incident.Audience `yaml:"audience,omitempty"` // "" is every audience
	Contains []string          `yaml:"contains"`
	Level    Level             `yaml:"level,omitempty"` // "" is warn
	Because  string            `yaml:"because,omitempty"`
}

// Text is a prepared text. It may hold the places {title}, {components},
// {next_update}, {contact} and {person}, which whoever sends it fills in.
type Text struct {
	Subject string `yaml:"subject,omitempty"`
	Body    string `yaml:"body"`
}
