package policy

import (
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// Facts is what a decision about one incident is made of, besides the time.
// Nothing in it is one per customer.
type Facts struct {
	Incident *incident.Incident
	// Told says, by notice key (a statement's ID, or an act's key), how far telling has come.
	Told map[string]Told
	// Cases counts the customers' cases of this incident, including those of absorbed incidents.
	Cases CaseCounts
	// Credits sums the ledger's entries whose basis is this incident.
	Credits CreditCounts
	// Repeats counts earlier incidents with a component in common, by how long before this one they began.
	Repeats []time.Duration
	// Host holds the facts that the host registered, by name.
	Host map[string]Value
}

// Value is a typed host fact: exactly one of the fields is used.
type Value struct {
	Text   string
	Number float64
	Bool   bool
}

// Told is how far one notice has come.
type Told struct {
	Expanded   bool  // every recipient is known
	Items      int64 // recipients × channels so far
	Pending    int64 // not settled yet, tasks for people included
	Sent       int64
	Dead       int64 // given up; a fallback that was added counts by itself
	Bounced    int64
	Suppressed int64 // lawfully not wanted
	// Empty lists audiences of the notice in which there was nobody, as far as
	// known. A channel that only they need is not asked for. A notice that was
	// expanded to no items at all needs no such list.
	Empty    []incident.Audience
	Channels []ToldChannel
	First    time.Time // when the first was accepted
	Last     time.Time // when the last was accepted
}

// ToldChannel is one channel's part of a notice.
type ToldChannel struct {
	Channel string
	Public  bool
	Passive bool // waits to be looked at (R47)
	Sent    int64
	First   time.Time
}

// CaseCounts counts cases by what waits in them.
type CaseCounts struct {
	All             int64
	Reports         int64 // cases with at least one report
	Unacknowledged  int64
	Unanswered      int64
	PromisesPending int64 // prevention aside
	Asked           int64
	Fixed           int64 // said so in this round
	Partly          int64
	Broken          int64
	// FirstReport is when the first outside report came in; zero: none, or not known.
	FirstReport time.Time
}

// CreditCounts sums what the ledger holds for an incident.
type CreditCounts struct {
	Assessed bool  // every affected customer was assessed for this round and impact
	Open     int64 // entries not settled
	Settled  int64
}

// CaseFacts is what a decision about one customer's case is made of.
type CaseFacts struct {
	Case     *incident.Case
	Incident *incident.Incident // nil while the case stands alone
	Told     map[string]Told
}

// CustomerFacts is what is known of one customer, for membership and award.
type CustomerFacts struct {
	Customer   string
	Plan       string
	Region     string
	Degree     incident.Degree
	Windows    []incident.Window // when it was down or degraded for this customer
	Objects    []string
	DataLoss   bool
	Components []string // IDs that hit this customer
	// Fees per component ID, of the period; "" is the whole plan.
	Fees     map[string]compensate.Money
	Currency string
	// Period that fees are for.
	Period incident.Window
	// Zone is the IANA zone of the contract's civil dates.
	Zone string
	// Contract names the scheme that the contract refers to, "" for the policy's default.
	Contract string
	// Before lists, by how long before this incident they began, earlier incidents that hit this customer.
	Before []time.Duration
	// LostMinutes are the customer's own working minutes, LostCosts their costs.
	LostMinutes    int64
	LostCosts      []compensate.Money
	BrokenPromises int
	// Reported says that the customer complained: it must never change the award (R85).
	Reported bool
	Host     map[string]Value
}
