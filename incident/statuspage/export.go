package statuspage

import (
	"time"

	"github.com/amends-dev/amends/incident"
)

// Options adjusts reading. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// File names the source in problems. If empty, problems name none.
	File string
	// Zone is what times without a zone are meant in. If nil, such a time is a problem and not used.
	Zone *time.Location
}

// Export is what was read.
type Export struct {
	Page      Page
	Incidents []*Incident // in the order of the file, planned work included
	// Seen is the latest time that the file holds: it was taken then or later,
	// so what had not been said by then is known to be missing. Zero if it holds no time.
	Seen time.Time
	// Truncated says that the rest of the file could not be read: it ended, or
	// broke, before its end. The last of the problems says where.
	Truncated bool
}

// Page is a status page: the one that an export is of, or the one that a
// [Handler] serves. In an export, fields are empty where it does not say.
type Page struct {
	ID   string // of a served page: if empty, the host of its URL
	Name string // of a served page: the brand, as in "Acme"
	// URL is where customers find it. A served page makes its links of it; it may
	// have a path, as in https://acme.example/status.
	URL string
	// TimeZone is the IANA zone in which it writes times. Of a served page: if
	// empty, "Etc/UTC".
	TimeZone string
}

// Incident is one incident, or one piece of planned work, as the page told it.
// Empty fields and zero times were not said, or could not be read.
type Incident struct {
	// ID is the page's, or the place in the file where the incident has none.
	ID          string
	Name        string
	Maintenance bool
	Impact      string // as written: none, minor, major, critical, maintenance, or unknown words
	Status      string // as written
	Started     time.Time
	Created     time.Time
	Resolved    time.Time
	Planned     incident.Window // of planned work
	Components  []incident.Component
	Updates     []Update // oldest first
	// Untimed are updates without a usable time, in the page's order turned
	// round. They were said, but when is unknown: they are in no event, and what
	// depends on the times of all updates is unknown.
	Untimed []Update
}

// Update is one public word.
type Update struct {
	ID     string
	Status string // investigating, identified, …; "" where it is not one that is known
	Body   string
	At     time.Time // when it was created or shown, whichever is later; zero in Untimed
	// Components as they stood with this update; nil if it does not say.
	Components []incident.Component
}

// First returns when the first public word with a time came, zero if there is none.
func (i *Incident) First() time.Time {
	if len(i.Updates) == 0 {
		return time.Time{}
	}
	return i.Updates[0].At
}
