package incident

import (
	"encoding/json"
	"time"
)

// Kind names what an event says, for example "statement.published".
type Kind string

// Payload is the typed content of an event. The set is closed: this package
// declares all payloads; what it does not know is kept as [Unknown].
type Payload interface {
	// Kind is the event kind that carries the payload.
	Kind() Kind
}

// Event is a fact appended to a record. Events are never changed; only the
// customer's own words beside one can be erased.
type Event struct {
	Record   string    // ID of the record
	Version  uint64    // position in the record, given by the store; the first is 1
	At       time.Time // when it happened, UTC
	Recorded time.Time // when it was written down, UTC
	Actor    Actor     // who says so
	Data     Payload
	Words    *Words // the customer's own words, or nil
}

// ID is the inner ID that the event gives to what it created: "<record>.<version>".
func (e Event) ID() string { return InnerID(e.Record, e.Version) }

// Words are a customer's own words. They are stored beside the event and can be
// erased; Hash stays, so that it can be proven later which words they were.
type Words struct {
	Text   string `json:"text,omitempty"`
	Nonce  string `json:"nonce,omitempty"` // erased together with the text, so that the hash tells nothing
	Hash   string `json:"hash"`            // hex SHA-256 of nonce and text
	Erased bool   `json:"erased,omitempty"`
}

// Unknown is the payload of an event whose kind this version does not know. It
// is kept and written back as it was read.
type Unknown struct {
	Name Kind
	// Must says that views are wrong without understanding it: commands refuse
	// while a record holds such an event.
	Must bool
	Raw  json.RawMessage
}

// Kind returns the kind as read.
func (u Unknown) Kind() Kind { return u.Name }

// Moment is a time that a person named, with the IANA zone they meant it in
// ("" is UTC). At is UTC.
type Moment struct {
	At   time.Time `json:"at"`
	Zone string    `json:"zone,omitempty"`
}

// Window is a span of time. A zero To means that it still lasts.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Amount is money in minor units of an ISO 4217 currency. Arithmetic belongs to
// the packages that compute; a record only keeps it.
type Amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}
