package notify

import (
	"context"
	"errors"
	"time"
)

// ErrRefused: an outcome does not fit the state that the item is in, or a
// person's outcome lacks name or proof. Nothing of that settlement was written.
var ErrRefused = errors.New("outcome refused")

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
	Recipient string // the directory's ID of the contact, unique within the space
	Customer  string // "" for the public and for people of ours
	Channel   string
	Thread    string
	Seq       uint64 // order within (space, recipient, channel, thread)
	// Priority orders claims: higher first, then the earlier DueAt.
	Priority int
	// NotBefore delays the first attempt; zero: at once.
	NotBefore time.Time
	// DueAt is when it should have arrived, for order among equals and for "oldest due".
	DueAt time.Time
	// Supersedable items give way to a newer one of their (space, recipient, channel,
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

// FallbackKey is the key of the item that an outbox adds when the item with
// this key gives up and f is the next way: made of IDs, and the same whoever
// makes it, so that a fallback is added once.
func FallbackKey(key string, f Fallback) string { return key + "(" + f.Channel + ")" }

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
	// Space and Record that the notice belongs to, for [Outbox.Tally]. If
	// empty, those of its first item; a notice without items is then found by its name only.
	Space, Record string
	// From is the cursor that this page was read at: "" for the first. If the
	// expansion has moved on or is done, Add fails with [ErrCursor] and adds nothing.
	From string
	// Next is the cursor after this page; Done says that it was the last.
	Next  string
	Done  bool
	Items []Item
	At    time.Time // now
}

// ClaimRequest asks for due items of one channel.
type ClaimRequest struct {
	Channel string
	Limit   int // if zero, nothing is claimed
	Lease   time.Duration
	At      time.Time // now
	// MaxAttempts buries an item at its claim when it was claimed as often
	// already, so that one that kills its process dies too.
	MaxAttempts int
	// Cap bounds the items sent per (space, recipient) within Window, on all channels
	// together and with those in flight; further ones wait. Items of Priority
	// at or above Urgent ignore it, but count. 0: no cap.
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
	Prior   *Receipt // of the last sent item of the same (space, recipient, channel, thread)
}

// Outcome says what became of a claimed item, or what somebody says of one later.
type Outcome string

// Outcomes. The first five take the token of a claim; the others need none.
const (
	Done    Outcome = "done"    // sent: Receipt and Hash say what
	Retry   Outcome = "retry"   // again at Settlement.At
	Bury    Outcome = "bury"    // dead: add the next fallback in the same step
	Release Outcome = "release" // give it back untried, to be claimed from Settlement.At on: the attempt does not count
	Extend  Outcome = "extend"  // keep the lease until Settlement.At
	Skip    Outcome = "skip"    // suppressed: the recipient lawfully does not want it

	MarkDone    Outcome = "mark_done"    // a person did a task, or what a dead item failed to do; Proof says how we know, By who
	MarkBounced Outcome = "mark_bounced" // a sent one came back: add the next fallback
	MarkRead    Outcome = "mark_read"    // a sent one was read; the first time counts
	// Revive tries a dead one again, with its attempts counted afresh; By says
	// who wants it. It is refused when the item's fallback, or a fallback of that, was
	// sent: the recipient has been told.
	Revive Outcome = "revive"
)

// Settlement settles one item.
type Settlement struct {
	Key     string
	Token   string
	Outcome Outcome
	At      time.Time // of Retry, Release and Extend: the time until then
	Now     time.Time // when it is settled; if zero, At
	Receipt *Receipt
	Hash    string // hex SHA-256 of what was sent
	Err     string // redacted error, for operators
	Class   Class
	Proof   string // of MarkDone: who called when, filing number
	By      string // of the Mark outcomes and Revive: the person
}

// Settled answers one settlement.
type Settled struct {
	Key    string
	Record string // that the item is about, so that the caller can have it looked at; "" if there is no such item
	State  State
	Added  string // key of the fallback item that was added, "" if none
	Err    error  // ErrLeaseLost, ErrNotFound, ErrRefused, or nil
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
	Expansions []Expansion // of the queried notice, or of all of the record, by notice
	Counts     []TallyLine // by notice, kind, channel and state
	OldestDue  time.Time   // the earliest DueAt of a pending or leased item or a task, zero if none has one
}

// TallyLine counts the items of one notice on one channel in one state.
type TallyLine struct {
	Notice  string
	Kind    string
	Channel string
	State   State
	N       int64
	Retried int64     // how many of N took more than one attempt
	First   time.Time // when the first of those N got into this state
	Last    time.Time // when the last did
}

// Stored is an item with all that is known of it.
type Stored struct {
	Item
	State    State
	Attempts int
	Added    time.Time
	Changed  time.Time // when it got into its state
	NextAt   time.Time // of a pending one, when it is tried next; of a leased one, when the lease ends
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
// returned an error because ctx was done wrote everything or nothing. Arguments
// are not kept and results are not shared: both sides may change their values
// afterwards. Times keep microseconds and come back in UTC.
//
// Recipients with the same ID in two spaces are two recipients: nothing that the
// one gets counts for the other.
//
// A thread here is all items of one (Space, Recipient, Channel, Thread). Within it:
//
//   - Items are claimed in the order of Seq, those with the same Seq in the order
//     of their keys, and one at a time: while one is leased, or waits for its
//     next attempt, those behind it wait. What is settled for good (sent, dead,
//     suppressed, superseded) holds up nobody, and a task never does.
//   - An unsent supersedable item gives way to one with a higher Seq that is
//     supersedable too and pending, leased, a task, or sent: at once if it is
//     pending or a task; when it comes back if it is leased, whether by
//     Retry, Release or the end of its lease; and on arrival if it is the later to
//     come. So what a customer reads never goes back in time.
type Outbox interface {
	// Add adds a page and moves its notice's cursor, in one step. An item whose
	// key exists with the same content is ignored; with other content the page
	// fails with ErrKeyReused and nothing of it stays. Content is what derives
	// from the record: not Priority, NotBefore, DueAt, Fallback or Task, which
	// come from directory and clock, and not Notice, since a later expansion of
	// the same words may meet the same contacts. A newer supersedable item
	// supersedes older unsent ones of its thread. It returns how many items are
	// new. A repeat of a page that was added is ErrCursor.
	Add(ctx context.Context, p Page) (int, error)

	// Claim leases due items of a channel: higher Priority first, then earlier
	// DueAt, then key. Each gets a fresh token, and its attempt is counted. Of each thread only
	// the one whose turn it is, and only while none is in flight. An item whose
	// lease ran out is claimed again; until it is, its token stays good. One
	// that was claimed MaxAttempts times already is dead instead of claimed,
	// and its next fallback is added in the same step.
	Claim(ctx context.Context, r ClaimRequest) ([]Claimed, error)

	// Settle settles items, each on its own: one that lost its lease does not
	// stop the others. The answers are in order. The error is for the store
	// itself failing; then nothing was settled, or everything: a repeat of a
	// settlement that was written answers as it did and changes nothing.
	Settle(ctx context.Context, s []Settlement) ([]Settled, error)

	// Tally counts in one pass. Counts and OldestDue are of all items that the query selects.
	Tally(ctx context.Context, q Query) (Tally, error)

	// List returns items ordered by key, at most limit of them (0: as many as
	// the outbox sees fit), and the cursor of the next page, "" after the last.
	List(ctx context.Context, q Query, cursor string, limit int) ([]Stored, string, error)
}

// Forecaster is implemented by outboxes that know when a channel has something to do.
type Forecaster interface {
	// NextDue returns when the next item of a channel can be claimed as far as
	// the clock is concerned: the earliest next attempt or end of a lease, which
	// may be past; the zero time if there is none. Order, caps and tasks may hold the item up
	// for longer: it is a hint for how long to sleep.
	NextDue(ctx context.Context, channel string) (time.Time, error)
}
