package customerpage

import (
	"context"

	"github.com/amends-dev/amends/incident"
)

// Desk is what the page needs from the library, or from a host that puts
// something of its own between them. Most hosts pass their amends.Desk to [New];
// implement it only to add to that, for example a cache or a check of one's own,
// and test it with [CheckDesk].
//
// Both methods are called concurrently, return soon after their context is done,
// and keep nothing of their arguments. Their errors are logged, never shown:
// what a customer reads is chosen by [errors.Is] alone.
type Desk interface {
	// CustomerView returns what one customer may see of a record and of their own
	// case in it: nothing of other customers, and nothing that is for our own eyes.
	// The caller owns what it gets.
	//
	// Locale is the BCP 47 tag that the reader asks for, "" if they ask for none:
	// then it is the customer's own. Texts come in the nearest that there is, and
	// the view says in which. Space, Record and Customer of the view are those that
	// were asked for, also when the record was merged into another since.
	//
	// A record or customer that is not there, is of another space, or does not
	// concern this customer is an error that wraps [incident.ErrNotFound]. Any
	// other error says that it cannot be told now.
	//
	// What Hear has taken is in every view that is asked for later.
	CustomerView(ctx context.Context, space, record, customer, locale string) (incident.CustomerView, error)

	// Hear takes what a customer says of themselves. When it returns nil, their
	// word is durably recorded: the page tells them so.
	//
	// A word with a Key that was taken before is a repeat: with the same content
	// it records nothing and returns nil, whatever has happened since, also when
	// several come at once; with other content it is an error that wraps
	// [incident.ErrKeyReused]. After any other error the caller may repeat the
	// word under the same Key, since it may have been recorded or not.
	//
	// A record, customer, report or request that is not there, or is not theirs, is
	// an error that wraps [incident.ErrNotFound], and nothing is recorded. A word that does
	// not fit how things stand now, such as a verdict where nobody says any more
	// that it is fixed, is one that wraps [incident.ErrConflict]: the customer is
	// shown how things stand, and can say it again.
	Hear(ctx context.Context, word incident.CustomerWord) error
}
