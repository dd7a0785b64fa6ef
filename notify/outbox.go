package notify

import (
	"context"
	"time"
)

// Item is a delivery as the outbox keeps it: keys only, never addresses or
// bodies, which are resolved and rendered when it is sent.
type Item struct {
	// Key is made of IDs and is unique for ever: it becomes Delivery.ID.
	Key       string
	Notice    string // the notice that it belongs to
	Space     string
	Record    string // the incident or case that it is about
	Kind      string // kind of notice
	Subject   string // what it is about within the notice: a statement, a report, a ledger entry
	Recipient string // the directory's ID of the contact
	Customer  string // "" for the public and for people of ours
	Channel   string
	Thread    string
	Seq       uint64 // order within (recipient, channel, thread)
	// Priority orders claims: higher first, then the earlier DueAt.
	Priority int
	// NotBefore delays the first attempt; zero: at once.
	NotBefore time.Time
	// DueAt is when it should have arrived, for order among equals and for "oldest due".
	DueAt time.Time
	// Supersedable items give way to a newer one of their (recipient, channel,
	// thread): updates do, acknowledgements, answers and awards never.
	Supersedable bool
	// Task marks a channel that is a person: the item is never claimed, but
	// waits until somebody records proof with [MarkDone].
	Task bool
	// Fallback lists channels to try, in order, when this one gives up.
	Fallback []Fallback
}

// Fallback is another way to the same recipient.
type Fallback struct {
	Channel   string `json:"channel"`
	Recipient string `json:"recipient,omitempty"` // "" is the same contact
	Task      bool   `json:"task,omitempty"`
}

// State is where an item stands.
type State string

// States of an item.
const (
	StatePending    State = "pending" // waits for its time, its turn, or its next attempt
	StateLeased     State = "leased"
	StateTask       State = "task" // waits for a person
	StateSent       State = "sent" // accepted by the channel, or done by a person
	StateDead       State = "dead" // given up; visible, can be revived
	StateSuperseded State = "superseded"
	StateSuppressed State = "suppressed" // the recipient lawfully does not want it
	StateBounced    State = "bounced"    // accepted first, and came back later
)

// Expansion is how far a notice was turned into items.
type Expansion struct {
	Notice string
	Cursor string // where the next page starts
	Done   bool
	Items  int64 // added so far
}

// Page adds items of one notice together with the cursor that follows them.
type Page struct {
	Notice string
	// From is the cursor that this page was read at: "" for the first. If the
	// expansion has moved on, Add fails with [ErrCursor] and adds nothing.
	From string
	// Next is the cursor after this page; Done says that it was the last.
	Next  string
	Done  bool
	Items []Item
	At    time.Time
}

// ClaimRequest asks for due items of one channel.
type ClaimRequest struct {
	Channel string
	Limit   int
	Lease   time.Duration
	At      time.Time
	// MaxAttempts buries an item at its claim when it was claimed as often
	// already, so that one that kills its process dies too.
	MaxAttempts int
	// Cap bounds the items sent per recipient within Window; further ones wait.
	// Items of Priority at or above Urgent ignore it. 0: no cap.
	Cap    int
	Window time.Duration
	Urgent int
}

// Claimed is an item under a lease.
type Claimed struct {
	Item
	Token   string // fresh with every claim
	Attempt int    // this one, from 1
	Until   time.Time
	Prior   *Receipt // of the last sent item of the same (recipient, channel, thread)
}

// Outcome says what became of a claimed item, or what somebody says of one later.
type Outcome string

// Outcomes. The first five take the token of a claim; the others need none.
const (
	Done    Outcome = "done"
	Retry   Outcome = "retry"   // again at Settlement.At
	Bury    Outcome = "bury"    // dead: add the next fallback in the same step
	Release Outcome = "release" // give it back untried: the attempt does not count
	Extend  Outcome = "extend"  // keep the lease until Settlement.At
	Skip    Outcome = "skip"    // suppressed: the recipient lawfully does not want it

	MarkDone    Outcome = "mark_done"    // a person did the task; Proof says how we know
	MarkBounced Outcome = "mark_bounced" // it came back: add the next fallback
	MarkRead    Outcome = "mark_read"    // it was read
	Revive      Outcome = "revive"       // a dead one is to be tried again
)

// Settlement settles one item.
type Settlement struct {
	Key     string
	Token   string
	Outcome Outcome
	At      time.Time // now; of Retry and Extend: the time until then
	Now     time.Time
	Receipt *Receipt
	Hash    string // hex SHA-256 of what was sent
	Err     string // redacted error, for operators
	Class   Class
	Proof   string // of MarkDone: who called when, filing number
	By      string // of the Mark outcomes and Revive: the person
}

// Settled answers one settlement.
type Settled struct {
	Key   string
	State State
	Added string // key of the fallback item that was added, "" if none
	Err   error  // ErrLeaseLost, ErrNotFound, or nil
}

// Query selects items.
type Query struct {
	Space     string
	Record    string
	Notice    string
	Recipient string
	Customer  string
	Channel   string
	States    []State
}

// Tally counts items without listing them.
type Tally struct {
	Expansions []Expansion // of the queried notice, or of all of the record
	Counts     []TallyLine
	OldestDue  time.Time // DueAt of the oldest unsettled item
}

// TallyLine counts the items of one notice on one channel in one state.
type TallyLine struct {
	Notice  string
	Kind    string
	Channel string
	State   State
	N       int64
	Retried int64     // how many of N took more than one attempt
	First   time.Time // when the first of them got into this state
	Last    time.Time
}

// Stored is an item with all that is known of it.
type Stored struct {
	Item
	State    State
	Attempts int
	Added    time.Time
	Changed  time.Time
	NextAt   time.Time
	Receipt  *Receipt
	Hash     string
	LastErr  string
	Class    Class
	Proof    string
	By       string
	ReadAt   time.Time
	Origin   string // key of the item that this is a fallback of
}

// Outbox keeps what is to be delivered until it is. Most users only pass one to
// amends.New; this contract is for those who write one. Test it with notifytest.TestOutbox.
//
// All methods may be called concurrently, also from several processes. What a
// method wrote when it returns nil survives a crash of the process. A call that
// returned an error because ctx was done wrote everything or nothing.
type Outbox interface {
	// Add adds a page and moves its notice's cursor, in one step. An item whose
	// key exists with the same content is ignored; with other content the page
	// fails with ErrKeyReused and nothing of it stays. Content is what derives
	// from the record: not Priority, NotBefore, DueAt, Fallback or Task, which
	// come from directory and clock. A newer supersedable item supersedes older
	// unsent supersedable ones of its (recipient, channel, thread). It returns
	// how many items are new.
	Add(ctx context.Context, p Page) (int, error)

	// Claim leases due items of a channel, most urgent first. Of each
	// (recipient, channel, thread) only the one with the lowest Seq, and only
	// while none is in flight. Items whose lease ran out are claimed again.
	Claim(ctx context.Context, r ClaimRequest) ([]Claimed, error)

	// Settle settles items, each on its own: one that lost its lease does not
	// stop the others. The answers are in order. The error is for the store
	// itself failing; then nothing was settled.
	Settle(ctx context.Context, s []Settlement) ([]Settled, error)

	// Tally counts in one pass.
	Tally(ctx context.Context, q Query) (Tally, error)

	// List returns items ordered by key, at most limit of them, and the cursor
	// of the next page, "" after the last.
	List(ctx context.Context, q Query, cursor string, limit int) ([]Stored, string, error)
}
