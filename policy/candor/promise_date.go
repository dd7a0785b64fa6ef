package candor

import (
	"strconv"
	"strings"
	"time"
)

// date reads the date of a match; without a year it is the nearest one to now.
func date(g func(int) string, now time.Time) (int, time.Month, int, bool) {
	if g(2) != "" {
		y, _ := strconv.Atoi(g(2))
		m, _ := strconv.Atoi(g(3))
		d, _ := strconv.Atoi(g(4))
		return y, time.Month(m), d, m >= 1 && m <= 12 && d >= 1 && d <= 31
	}
	day, name, year := g(5), g(6), g(7)
	if day == "" {
		day, name, year = g(9), g(8), g(10)
	}
	d, _ := strconv.Atoi(day)
	m := month(name)
	if m == 0 || d < 1 || d > 31 {
		return 0, 0, 0, false
	}
	if year != "" {
		y, _ := strconv.Atoi(year)
		return y, m, d, true
	}
	best := now.Year()
	for _, y := range []int{now.Year() - 1, now.Year() + 1} {
		if apart(y, m, d, now) < apart(best, m, d, now) {
			best = y
		}
	}
	return best, m, d, true
}

func apart(y int, m time.Month, d int, now time.Time) time.Duration {
	return time.Date(y, m, d, 0, 0, 0, 0, now.Location()).Sub(now).Abs()
}

func month(name string) time.Month {
	for i, p := range []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"} {
		if strings.HasPrefix(name, p) {
			return time.Month(i + 1)
		}
	}
	switch {
	case name == "mai":
		return time.May
	case strings.HasPrefix(name, "m"):
		return time.March
	case strings.HasPrefix(name, "okt"):
		return time.October
	case strings.HasPrefix(name, "dez"):
		return time.December
	}
	return 0
}

// dayNamed returns the day that a word means: a weekday is the next one, today included.
func dayNamed(word string, now time.Time) time.Time {
	switch word {
	case "today", "tonight", "heute":
		return now
	case "tomorrow", "morgen":
		return now.AddDate(0, 0, 1)
	}
	prefixes := []string{"sun sonntag", "mon montag", "tue dienstag", "wed mittwoch", "thu donnerstag", "fri freitag", "sat samstag"}
	for i, p := range prefixes {
		en, de, _ := strings.Cut(p, " ")
		if strings.HasPrefix(word, en) || word == de {
			return now.AddDate(0, 0, (i-int(now.Weekday())+7)%7)
		}
	}
	return now
}

// named returns the end of the span that a name means.
func named(word string, now time.Time) time.Time {
	y, m, d := now.Date()
	toMonday := (8 - int(now.Weekday())) % 7
	if toMonday == 0 {
		toMonday = 7
	}
	switch word {
	case "day":
		return time.Date(y, m, d+1, 0, 0, 0, 0, now.Location())
	case "week":
		return time.Date(y, m, d+toMonday, 0, 0, 0, 0, now.Location())
	case "hour":
		return now.Add(time.Hour)
	}
	return time.Date(y, m, d+toMonday+7, 0, 0, 0, 0, now.Location())
}

// zoneAfter reads a zone or an offset right after a clock time.
func zoneAfter(line string, end int, loc *time.Location) (*time.Location, int) {
	if r := offset.FindStringSubmatch(line[end:]); r != nil {
		h, _ := strconv.Atoi(r[2])
		m, _ := strconv.Atoi(r[3])
		if h <= 14 && m < 60 {
			secs := h*3600 + m*60
			if r[1] == "-" {
				secs = -secs
			}
			return time.FixedZone("", secs), end + len(r[0])
		}
	}
	r := zone.FindStringSubmatch(line[end:])
	if r == nil {
		return loc, end
	}
	z := location(r[1])
	if z == nil {
		return loc, end
	}
	return z, end + len(r[0])
}

// location resolves a zone as people write it. Letters that mean several zones
// are read as most status pages use them: IST is India, BST is Britain, CST the
// United States.
func location(name string) *time.Location {
	const hour = 3600
	fixed := map[string]int{
		"utc": 0, "gmt": 0, "z": 0,
		"pst": -8 * hour, "pdt": -7 * hour, "mst": -7 * hour, "mdt": -6 * hour,
		"cst": -6 * hour, "cdt": -5 * hour, "est": -5 * hour, "edt": -4 * hour,
		"cet": hour, "mez": hour, "cest": 2 * hour, "mesz": 2 * hour, "bst": hour,
		"ist": 5*hour + hour/2, "jst": 9 * hour, "aest": 10 * hour,
	}
	if secs, ok := fixed[name]; ok {
		if secs == 0 {
			return time.UTC
		}
		return time.FixedZone(strings.ToUpper(name), secs)
	}
	iana := strings.ReplaceAll(name, " ", "")
	switch iana {
	case "pt", "pacific", "us/pacific":
		iana = "America/Los_Angeles"
	case "et", "eastern", "us/eastern":
		iana = "America/New_York"
	case "ct", "us/central":
		iana = "America/Chicago"
	case "mt", "us/mountain":
		iana = "America/Denver"
	default:
		iana = capitals(iana)
	}
	loc, err := time.LoadLocation(iana)
	if err != nil {
		return nil
	}
	return loc
}

// capitals gives the words of an IANA name their capital letters back.
func capitals(name string) string {
	up := true
	return strings.Map(func(r rune) rune {
		if up && r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		up = r == '/' || r == '_' || r == '-' || r < 0
		return r
	}, name)
}
