package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Calendar says which days and hours are business.
type Calendar struct {
	// Zone is the IANA zone of its days, for example Europe/Berlin.
	Zone string `yaml:"zone"`
	// Days of the week on which business is done. If empty, Monday to Friday.
	Days []Weekday `yaml:"days,omitempty"`
	// Opens and Closes are times of day as "09:00". If "", 09:00 and 17:00.
	Opens  string `yaml:"opens,omitempty"`
	Closes string `yaml:"closes,omitempty"`
	// Holidays as "2026-12-25": no business on these.
	Holidays []string `yaml:"holidays,omitempty"`
	// Roll, as "12:00": a deadline in months that falls on a day without
	// business moves forward to this time on the next business day. If "", it stays.
	Roll string `yaml:"roll,omitempty"`
}

// Weekday is a day of the week as policies write it.
type Weekday string

// Days of the week.
const (
	Monday    Weekday = "mon"
	Tuesday   Weekday = "tue"
	Wednesday Weekday = "wed"
	Thursday  Weekday = "thu"
	Friday    Weekday = "fri"
	Saturday  Weekday = "sat"
	Sunday    Weekday = "sun"
)

func weekdays() []Weekday {
	return []Weekday{Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday}
}

// calendar is a compiled [Calendar].
type calendar struct {
	loc      *time.Location
	days     [7]bool
	closes   int // minutes of the day
	roll     int // minutes of the day, -1: none
	holidays map[string]bool
}

func compileCalendar(c Calendar) (*calendar, error) {
	if c.Zone == "" || c.Zone == "Local" {
		return nil, fmt.Errorf("zone is missing: want an IANA zone, for example Europe/Berlin or UTC")
	}
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone %q is unknown: want an IANA zone, for example Europe/Berlin or UTC", c.Zone)
	}
	out := &calendar{loc: loc, roll: -1, closes: 17 * 60, holidays: map[string]bool{}}
	days := c.Days
	if len(days) == 0 {
		days = []Weekday{Monday, Tuesday, Wednesday, Thursday, Friday}
	}
	for _, d := range days {
		i := slices.Index(weekdays(), d)
		if i < 0 {
			return nil, fmt.Errorf("day %q is unknown: want mon, tue, wed, thu, fri, sat or sun", d)
		}
		out.days[i] = true
	}
	opens := 9 * 60
	for _, m := range []struct {
		text string
		to   *int
	}{{c.Opens, &opens}, {c.Closes, &out.closes}, {c.Roll, &out.roll}} {
		if m.text == "" {
			continue
		}
		if *m.to, err = parseTimeOfDay(m.text); err != nil {
			return nil, err
		}
	}
	if opens >= out.closes {
		return nil, fmt.Errorf("business opens at or after it closes")
	}
	for _, h := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, h); err != nil {
			return nil, fmt.Errorf("holiday %q is no date: want for example 2026-12-25", h)
		}
		out.holidays[h] = true
	}
	return out, nil
}

func parseTimeOfDay(text string) (int, error) {
	h, m, ok := strings.Cut(text, ":")
	hours, err1 := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	if !ok || len(h) != 2 || len(m) != 2 || err1 != nil || err2 != nil || hours < 0 || minutes < 0 || minutes > 59 || hours > 23 {
		return 0, fmt.Errorf("%q is no time of day: want for example 09:00", text)
	}
	return hours*60 + minutes, nil
}

func (c *calendar) business(day time.Time) bool {
	return c.days[day.Weekday()] && !c.holidays[day.Format(time.DateOnly)]
}

// farthest bounds the search for a business day: a calendar of holidays only has none.
const farthest = 3660

// addBusinessDays returns the close of business on the n-th business day after
// the day of t.
func (c *calendar) addBusinessDays(t time.Time, n int) time.Time {
	day := t.In(c.loc)
	for i := 0; i < farthest && n > 0; i++ {
		day = time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, c.loc)
		if c.business(day) {
			n--
		}
	}
	return c.at(day, c.closes)
}

// addMonths returns the same time n months later, clamped to the end of the
// month and rolled forward where the calendar says so.
func (c *calendar) addMonths(t time.Time, n int) time.Time {
	l := t.In(c.loc)
	first := time.Date(l.Year(), l.Month()+time.Month(n), 1, 12, 0, 0, 0, c.loc)
	last := time.Date(first.Year(), first.Month()+1, 0, 12, 0, 0, 0, c.loc).Day()
	due := time.Date(first.Year(), first.Month(), min(l.Day(), last), l.Hour(), l.Minute(), l.Second(), l.Nanosecond(), c.loc)
	if c.roll < 0 || c.business(due) {
		return due.UTC()
	}
	day := due
	for i := 0; i < farthest && !c.business(day); i++ {
		day = time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, c.loc)
	}
	return c.at(day, c.roll)
}

func (c *calendar) at(day time.Time, minutes int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, c.loc).UTC()
}
