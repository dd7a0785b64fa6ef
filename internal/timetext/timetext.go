// Package timetext writes times for customers: in their zone, which it names,
// and in their language.
package timetext

import (
	"fmt"
	"sync"
	"time"
)

// Zones caches time zones by name: loading one reads a file.
type Zones struct{ byName sync.Map }

// Load returns the zone of a name, UTC if there is none of that name.
func (z *Zones) Load(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if loc, ok := z.byName.Load(name); ok {
		if loc, ok := loc.(*time.Location); ok {
			return loc
		}
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return time.UTC // not remembered: names come from outside
	}
	z.byName.Store(name, loc)
	return loc
}

// Names that package time has in English only.
//
//nolint:gochecknoglobals // tables, never written
var (
	germanDays   = [...]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"}
	germanMonths = [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
)

// Format writes t, which is in the reader's zone, in a language. Languages
// without a form of their own get the international one.
func Format(language string, t time.Time) string {
	zone := t.Location().String()
	if _, offset := t.Zone(); zone != "UTC" {
		sign := '+'
		if offset < 0 {
			sign, offset = '-', -offset
		}
		zone = fmt.Sprintf("%s, UTC%c%02d:%02d", zone, sign, offset/3600, offset/60%60)
	}
	switch language {
	case "en":
		return t.Format("Monday 2 January 2006, 15:04 (") + zone + ")"
	case "de":
		return fmt.Sprintf("%s, %d. %s %d, %02d:%02d Uhr (%s)", germanDays[t.Weekday()], t.Day(),
			germanMonths[t.Month()-1], t.Year(), t.Hour(), t.Minute(), zone)
	}
	return t.Format("2006-01-02 15:04 (") + zone + ")"
}
