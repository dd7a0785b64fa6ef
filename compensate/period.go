package compensate

import (
	"fmt"
	"time"
)

// Window is a stretch of time from Start up to, but not including, End.
type Window struct {
	Start time.Time `json:"start" yaml:"start"`
	End   time.Time `json:"end" yaml:"end"`
}

// Impact is a window in which a customer was affected.
type Impact struct {
	Window `yaml:",inline"`
	// Share of the customer's service that was affected, above 0 and up to 1;
	// zero means all of it. How it counts is the scheme's [Measure.Degraded].
	Share Ratio `json:"share,omitzero" yaml:"share,omitempty"`
}

// Period is what a fee is for: a stretch of time whose ends a contract names by
// civil dates, and so with the zone in which they were dates. Its length is
// real: a month in which clocks change is an hour shorter or longer.
type Period struct {
	Window `yaml:",inline"`
	Zone   string `json:"zone,omitempty" yaml:"zone,omitempty"` // IANA name; "" is UTC
}

// Length is how long the period really lasts.
func (p Period) Length() time.Duration { return p.End.Sub(p.Start) }

// String names the civil dates, the last day included, and the zone.
func (p Period) String() string {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		loc = time.UTC
	}
	name := p.Zone
	if name == "" || err != nil {
		name = "UTC"
	}
	last := p.End.Add(-1).In(loc)
	return fmt.Sprintf("%s to %s (%s)", p.Start.In(loc).Format(time.DateOnly), last.Format(time.DateOnly), name)
}

// CalendarMonth returns the calendar month that holds t in a zone.
func CalendarMonth(t time.Time, zone string) (Period, error) {
	return civil(t, zone, func(y int, m time.Month) (time.Month, int) { return m, 1 })
}

// CalendarQuarter returns the calendar quarter that holds t in a zone.
func CalendarQuarter(t time.Time, zone string) (Period, error) {
	return civil(t, zone, func(_ int, m time.Month) (time.Month, int) { return m - (m-1)%3, 3 })
}

// CalendarYear returns the calendar year that holds t in a zone.
func CalendarYear(t time.Time, zone string) (Period, error) {
	return civil(t, zone, func(int, time.Month) (time.Month, int) { return time.January, 12 })
}

func civil(t time.Time, zone string, of func(int, time.Month) (time.Month, int)) (Period, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return Period{}, fmt.Errorf("compensate: finding the period of %s: %w", t.Format(time.RFC3339), err)
	}
	y, m, _ := t.In(loc).Date()
	first, months := of(y, m)
	return Period{
		Window: Window{
			Start: time.Date(y, first, 1, 0, 0, 0, 0, loc).UTC(),
			End:   time.Date(y, first+time.Month(months), 1, 0, 0, 0, 0, loc).UTC(),
		},
		Zone: zone,
	}, nil
}
