// Package timetext writes times for customers: in their zone, which it names,
// and in their language.
package timetext

import (
	"fmt"
	"strings"
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
	zone := Zone(t)
	switch language {
	case "en":
		return t.Format("Monday 2 January 2006, 15:04 (") + zone + ")"
	case "de":
		return germanDays[t.Weekday()] + ", " + germanDate(t) + t.Format(", 15:04 Uhr (") + zone + ")"
	}
	return t.Format("2006-01-02 15:04 (") + zone + ")"
}

// Zone names the zone of t and how far it is from UTC then, as in "Europe/Berlin, UTC+01:00".
func Zone(t time.Time) string {
	zone := t.Location().String()
	if zone == "UTC" || zone == "Etc/UTC" {
		return "UTC"
	}
	return zone + ", " + offset(t)
}

// Short writes t with the short name of its zone, as in "1 March 2026, 09:57 CET".
// It is for pages that say once what that zone is.
func Short(language string, t time.Time) string {
	zone := t.Format("MST")
	if strings.ContainsAny(zone, "0123456789") { // it has no name
		zone = offset(t)
	}
	switch language {
	case "en":
		return t.Format("2 January 2006, 15:04 ") + zone
	case "de":
		return germanDate(t) + t.Format(", 15:04 Uhr (") + zone + ")"
	}
	return t.Format("2006-01-02 15:04 ") + zone
}

// Day writes the day of t.
func Day(language string, t time.Time) string {
	switch language {
	case "en":
		return t.Format("Monday 2 January 2006")
	case "de":
		return germanDays[t.Weekday()] + ", " + germanDate(t)
	}
	return t.Format("2006-01-02")
}

// Month writes the month of t.
func Month(language string, t time.Time) string {
	switch language {
	case "en":
		return t.Format("January 2006")
	case "de":
		return germanMonths[t.Month()-1] + t.Format(" 2006")
	}
	return t.Format("2006-01")
}

func germanDate(t time.Time) string {
	return fmt.Sprintf("%d. %s %d", t.Day(), germanMonths[t.Month()-1], t.Year())
}

// offset is how far the zone of t is from UTC then.
func offset(t time.Time) string {
	_, seconds := t.Zone()
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, seconds/3600, seconds/60%60)
}
