package incident

import (
	"context"
	"errors"
	"time"
)

// Facts that a Store reports. Implementations wrap them; compare with errors.Is.
var (
	// ErrNotFound: no such record, or no such command.
	ErrNotFound = errors.New("not found")
	// ErrConflict: a record is not at the version, or a look not at the turn,
	// that the caller had read. Nothing of the commit stays. Read again and decide again.
	ErrConflict = errors.New("conflict: read the record again and retry")
	// ErrKeyReused: the command key was used before with another digest.
	// Nothing of the commit stays. Use a fresh key for a different command.
	ErrKeyReused = errors.New("command key reused for a different command")
)

// AnyVersion appends at whatever version the record has.
const AnyVersion int64 = -1

// Commit is what one command writes: all of it, or nothing.
type Commit struct {
	// Space of every record in the commit. Command keys are unique within it.
	Space string
	// Command is the caller's idempotency key, "" for none. A repeat changes
	// nothing and returns the first result.
	Command string
	// Digest of the command's content. A repeat with another digest is [ErrKeyReused].
	Digest string
	// Batches, one a record. A Commit without batches asks for the result of
	// its Command: [ErrNotFound] if it was never done.
	Batches []Batch
}

// Batch appends to one record.
type Batch struct {
	Record string
	// Expect is the version that the record must have; 0: it must not exist;
	// [AnyVersion]: whatever it has, but it must exist.
	Expect int64
	// Events in order. The store sets Record and Version. If there are none,
	// the version still grows by one: decisions taken on the old one then conflict.
	Events []Event
	// Head is what changes for listings, tallies and "due at". A batch that
	// creates its record must set Kind.
	Head HeadChange
	// At is the time of the commit: the record becomes due then.
	At time.Time
}

// Head is what lists, tallies and the sweep read, without reading events.
type Head struct {
	Record   string
	Space    string
	Kind     RecordKind
	Incident string // of a case: the incident it is linked to, "" if alone
	Customer string // of a case
	Title    string
	Status   Status
	Severity Severity
	Marks    []string // sorted, small closed words that tallies count, for example "unanswered"
	Version  uint64
	Opened   time.Time
	Updated  time.Time
	NextLook time.Time // when the record should be reconciled next; zero: never
	Turn     uint64    // grows with every commit and every Look
}

// HeadChange says what a batch changes of a head: nil leaves as it is.
type HeadChange struct {
	Kind     RecordKind // set when the record is created, never changed
	Incident *string
	Customer *string
	Title    *string
	Status   *Status
	Severity *Severity
	Marks    *[]string
}

// Result says where a command was written: the record of its first batch, and
// the version of that record's first event in it (or the version reached, if it had none).
type Result struct {
	Record  string
	Version uint64
	Repeat  bool // the command had been done before
}

// Page is a part of a record.
type Page struct {
	Head   Head
	Events []Event // after the asked version, in order
	More   bool
}

// Filter selects heads. Zero fields select all.
type Filter struct {
	Space     string
	Kind      RecordKind
	Incidents []string // cases linked to any of these
	Customer  string
	Statuses  []Status
	Mark      string
	// DueBy selects heads whose NextLook is set and not after it; they come
	// ordered by NextLook, then record. Otherwise the order is by record.
	DueBy time.Time
}

// Listing is a page of heads.
type Listing struct {
	Heads  []Head
	Cursor string // pass it on for the next page; "" after the last
}

// Count is one line of a tally.
type Count struct {
	Kind   RecordKind
	Status Status
	Mark   string // "" counts all with that status; otherwise those with the mark
	N      int64
}

// Store keeps records. Most users only pass one to amends.New; this contract is
// for those who write one. Test it with incidenttest.TestStore.
//
// All methods may be called concurrently, also from several processes. They
// return soon after ctx is done; a call that returned an error because of ctx
// has either written everything or nothing, and a repeat with the same Command
// tells which. Arguments are not kept and results are not shared: both sides
// may change their values afterwards. Times keep microseconds and come back in
// UTC. When Append returns nil, what it wrote survives a crash of the process.
type Store interface {
	// Append writes a commit: all batches or none. Batches name distinct records.
	// A repeated Command returns the first Result with Repeat set, whatever
	// Expect says by now. Every batch makes its record due at Batch.At.
	Append(ctx context.Context, c Commit) (Result, error)

	// Read returns the head and the events after a version, at most limit of
	// them (0: as many as the store sees fit). ErrNotFound if there is no such record.
	Read(ctx context.Context, record string, after uint64, limit int) (Page, error)

	// List returns heads, at most limit of them (0: as many as the store sees
	// fit). Paging is stable: a head that does not change is returned exactly once.
	List(ctx context.Context, f Filter, cursor string, limit int) (Listing, error)

	// Tally counts heads by kind, status and mark in one pass, without reading events.
	Tally(ctx context.Context, f Filter) ([]Count, error)

	// Look plans the next reconciliation. With turn 0 it makes the record due by
	// at: the next look becomes at unless it is earlier already, and the turn
	// always changes, so that a reconciliation that is under way does not plan
	// over it. With another turn it sets the next look to at (zero: never), or
	// fails with ErrConflict if the turn has changed since it was read. It
	// returns the new turn.
	Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error)
}

// Eraser is implemented by stores that can erase a customer's words. Erase
// removes the text and nonce of one event's [Words] and leaves hash and event.
// A repeat does nothing. ErrNotFound if there is no such event.
type Eraser interface {
	Erase(ctx context.Context, record string, version uint64) error
}
