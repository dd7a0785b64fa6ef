package compensate

import (
	"context"
	"errors"
	"time"
)

// Facts that a Ledger reports. Implementations wrap them.
var (
	ErrNotFound  = errors.New("not found")
	ErrLeaseLost = errors.New("lease lost")
	// ErrState: the entry is in a state in which that cannot be done to it, for example approving what was issued.
	ErrState = errors.New("entry is in another state")
	// ErrCurrency: amounts of different currencies met.
	ErrCurrency = errors.New("currencies differ")
	// ErrOverLimit: a gesture is larger than the limit of the person who makes it.
	ErrOverLimit = errors.New("over the limit of the person")
)

// Key says what an award is for. All that is owed under one key is one sum: a
// second assessment pays only the difference.
type Key struct {
	Space     string `json:"space"`
	Scheme    string `json:"scheme"` // without its version
	Customer  string `json:"customer"`
	Component string `json:"component,omitempty"`
	Basis     string `json:"basis"` // what it is for: an incident's ID, or a billing period
}

// Owed is what an assessment found for one key.
type Owed struct {
	Key Key
	// Total owed under the key, all told: not the difference.
	Total Money
	// Contract is the part of Total that the contract demands.
	Contract Money
	// InKind is owed besides, or instead of, money: service days, a call, data.
	InKind []string
	// Why explains Total step by step, fit for the customer.
	Why []string
	// Award is the assessment itself, as JSON, for the file.
	Award []byte
	// Caps that this sum shares with others.
	Caps []Cap
	// Limit above which a person must approve; the zero Money means no limit.
	// For a gesture it is the limit of the person, who without one may give no
	// money: ErrOverLimit.
	Limit Money
	// By is the person whose gesture it is, "" for an assessment.
	By string
}

// Cap bounds what is owed under several keys together, for example all credits
// of one customer in one month.
type Cap struct {
	ID    string `json:"id"` // keys with the same cap ID share it
	Limit Money  `json:"limit"`
}

// State is where an entry stands.
type State string

// States of an entry.
const (
	StateProposed  State = "proposed"  // waits for a person's approval
	StateApproved  State = "approved"  // to be issued
	StateIssuing   State = "issuing"   // the billing system is being asked
	StateIssued    State = "issued"    // done, with the billing system's reference
	StateUncertain State = "uncertain" // asked, no answer, and the billing system cannot repeat: a person must look
	StateInKind    State = "in_kind"   // owed in kind until recorded as done
	StateFulfilled State = "fulfilled" // in kind and done
	StateFailed    State = "failed"    // the billing system refused for good: a person must look
	StateNothing   State = "nothing"   // assessed, nothing to pay: kept as history
)

// Settled reports whether nothing is owed in that state any more.
func (s State) Settled() bool {
	return s == StateIssued || s == StateFulfilled || s == StateNothing
}

// Entry is one amount to be paid once, or one thing to be given.
type Entry struct {
	ID     string // "<key digest>#<n>", the idempotency key towards the billing system
	Key    Key
	N      int // counts the entries of the key from 1
	State  State
	Amount Money // the difference that this entry pays
	// Capped is what shared caps took away.
	Capped   Money
	Contract Money // of the assessment that led to this entry
	Total    Money // of that assessment
	InKind   string
	Why      []string
	Award    []byte
	By       string // whose gesture
	// ApprovedBy is the person who approved, "" where none was needed.
	ApprovedBy string
	// SettledBy is the person who last looked: who fulfilled, cleared or reissued it.
	SettledBy string
	Reference string // the billing system's
	LastErr   string
	Attempts  int // claims that asked billing, or may have
	Created   time.Time
	Changed   time.Time
	NextAt    time.Time
}

// Claimed is an approved entry under a lease, to be issued; or, without a token,
// an entry that this claim gave up: it is uncertain or failed, nobody may issue
// it, and it is returned once, so that the caller can tell a person.
type Claimed struct {
	Entry
	Token   string // "" if the claim gave the entry up
	Attempt int    // counted from 1
	Until   time.Time
}

// ClaimRequest asks for entries to issue.
type ClaimRequest struct {
	Limit int
	Lease time.Duration
	At    time.Time
	// Once says that the billing system cannot repeat by key: an entry whose
	// lease ran out becomes uncertain instead of being claimed again.
	Once bool
	// MaxAttempts bounds how often an entry is claimed: one that was claimed so
	// often and is due again becomes failed, so that an entry which ends every
	// process that issues it comes to rest. If zero, no bound.
	MaxAttempts int
}

// Outcome says what became of an entry.
type Outcome string

// Outcomes. The first five take the token of a claim; the others name a person in By.
const (
	Issued  Outcome = "issued"
	Retry   Outcome = "retry" // again at Settlement.Next
	Failed  Outcome = "failed"
	Unclear Outcome = "unclear" // asked, no answer; with ClaimRequest.Once it becomes uncertain
	Release Outcome = "release" // never asked: again at Settlement.Next, and the attempt is given back

	Approve Outcome = "approve" // a proposed one may be issued
	Fulfil  Outcome = "fulfil"  // what was owed in kind was given; Reference says how we know and is needed
	Clear   Outcome = "clear"   // an uncertain one: a person looked, it was issued; Reference says so and is needed
	Reissue Outcome = "reissue" // an uncertain or failed one: a person looked, it was not issued; attempts count anew
)

// Settlement settles one entry.
type Settlement struct {
	ID        string
	Token     string
	Outcome   Outcome
	At        time.Time
	Next      time.Time // of Retry, Unclear and Release
	Reference string
	Err       string
	By        string
}

// Settled answers one settlement.
type Settled struct {
	ID    string
	Key   Key // of the entry, so that the caller knows what it was for; zero if there is no such entry
	State State
	Err   error // ErrLeaseLost, ErrState, ErrNotFound, another for a settlement that makes no sense, or nil
}

// Query selects entries. Zero fields select all.
type Query struct {
	Space     string
	Customers []string
	Bases     []string
	States    []State
	Since     time.Time // created at or after; zero: all
	Approved  bool      // only those that a person approved
	Gestures  bool      // only gestures of staff
}

// Tally sums entries.
type Tally struct {
	Lines     []TallyLine
	Customers int64 // with at least one entry of more than nothing
}

// TallyLine sums the entries of one state and currency.
type TallyLine struct {
	State    State
	Currency string
	N        int64
	Amount   Money
}

// Ledger remembers what was owed and what was paid. Most users only pass one to
// amends.New; this contract is for those who write one. Test it with compensatetest.TestLedger.
//
// All methods may be called concurrently, also from several processes. What a
// method wrote when it returns nil survives a crash of the process.
type Ledger interface {
	// Propose compares totals with what the ledger holds for each key and adds
	// one entry for the difference, if there is any; nothing is ever reduced. It
	// applies shared caps atomically. A repeat adds nothing. It returns, for
	// each Owed in order, all entries of its key. Either the whole call is written or nothing.
	Propose(ctx context.Context, owed []Owed, at time.Time) ([][]Entry, error)

	// Claim leases approved entries for issuing, oldest first, and counts the
	// attempt. Entries that it gives up instead, as ClaimRequest.Once and
	// MaxAttempts say, come back in the same list without a token. Both together
	// are at most ClaimRequest.Limit. See [ClaimRequest.GivesUp].
	Claim(ctx context.Context, r ClaimRequest) ([]Claimed, error)

	// Settle settles entries, each on its own. The answers are in order. The
	// error is for the store itself failing; then nothing was settled.
	Settle(ctx context.Context, s []Settlement) ([]Settled, error)

	// Tally sums entries in one pass.
	Tally(ctx context.Context, q Query) (Tally, error)

	// List returns entries ordered by ID, at most limit of them (0: as many as
	// the ledger sees fit), and the cursor of the next page, "" after the last.
	List(ctx context.Context, q Query, cursor string, limit int) ([]Entry, string, error)
}

// Issuer is the host's billing system. Test it with compensatetest.TestIssuer.
//
// Issue pays one entry. It may be called again with the same Entry.ID when an
// answer was lost: pass the ID on as the billing system's idempotency key, or
// tell the desk that billing cannot repeat. It returns billing's reference. An
// error is temporary unless wrapped with [Refused].
type Issuer interface {
	Issue(ctx context.Context, e Entry) (reference string, err error)
}

// IssuerFunc is a function as an [Issuer].
type IssuerFunc func(ctx context.Context, e Entry) (string, error)

// Issue calls f.
func (f IssuerFunc) Issue(ctx context.Context, e Entry) (string, error) { return f(ctx, e) }
