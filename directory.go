package amends

import (
	"context"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// Directory is what the host knows of its customers. The desk keeps IDs only
// and asks the directory when it needs more. [MemDirectory] is one in memory;
// [CheckDirectory] checks one of your own.
//
// All methods may be called concurrently. Results are not changed by the desk.
type Directory interface {
	// Expand returns a page of the contacts of an audience, in an order that
	// does not change while the same audience is being expanded: the cursor of
	// one page must find the next one after a restart. An audience that the
	// directory does not know is ErrUnknownAudience; for a role of staff that
	// nobody holds ("staff:<role>") everybody on duty is asked for then.
	Expand(ctx context.Context, r ExpandRequest) (Expanded, error)

	// Affected returns a page of the affected customers with what a decision
	// about each needs, in a stable order.
	Affected(ctx context.Context, r ExpandRequest) (AffectedPage, error)

	// Contacts looks contacts up by ID, when something is sent to them. Those
	// that no longer exist are left out.
	Contacts(ctx context.Context, space string, ids []string) ([]Contact, error)

	// Customers looks customers up by ID, with how these incidents hit them.
	// Those that are not affected are returned without windows; those that do
	// not exist are left out.
	Customers(ctx context.Context, space string, incidents, ids []string) ([]policy.CustomerFacts, error)
}

// ExpandRequest asks for a page of an audience.
type ExpandRequest struct {
	Space    string
	Record   string // the incident or case
	Audience incident.Audience
	// Incidents that live on in Record, itself included.
	Incidents  []string
	Components []string
	Cursor     string // "" for the first page
	Limit      int
}

// Expanded is a page of contacts.
type Expanded struct {
	Contacts []Contact
	Next     string
	Done     bool
}

// AffectedPage is a page of affected customers.
type AffectedPage struct {
	Customers []policy.CustomerFacts
	Next      string
	Done      bool
}

// Contact is one way to reach somebody: one address on one channel.
type Contact struct {
	ID       string // the host's, stable
	Customer string // "" for the public, staff, authorities, suppliers
	Channel  string
	Address  string // personal data: never stored, never logged
	Name     string
	Role     string // technical, legal, billing, …
	Locale   string // BCP 47
	Zone     string // IANA
	Meta     map[string]string
	// Fallbacks are other contacts of the same person, in order. They are found
	// by ID, and are in no audience themselves.
	Fallbacks []Way
	// Unwanted lists kinds of notice that the person lawfully does not want.
	// Acknowledgements and answers to their own messages are always sent.
	Unwanted []string
}

// Way is a fallback: a contact and its channel.
type Way struct {
	Contact string
	Channel string
}
