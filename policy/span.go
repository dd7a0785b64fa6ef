package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is a length of time in a policy. As text it is "10m", "36h", "3d", "2w",
// combinations such as "1d12h", or "2 business days", "1 business day in berlin"
// and "1 month". A day is 24 hours and a week seven days; months and business
// days go by a calendar. The zero Span is no time at all and counts as not given.
type Span struct {
	Duration time.Duration
	// BusinessDays: until the close of business on the n-th business day after.
	BusinessDays int
	// Months: the same day and hour n months later, or the last day of that month.
	Months int
	// Calendar names the calendar of business days and months. If "", the
	// policy's only one.
	Calendar string
}

// IsZero reports whether no time was given.
func (s Span) IsZero() bool { return s == Span{} }

// String returns the text form, which [ParseSpan] reads.
func (s Span) String() string {
	switch {
	case s.BusinessDays > 0:
		return plural(s.BusinessDays, "business day") + s.in()
	case s.Months > 0:
		return plural(s.Months, "month") + s.in()
	default:
		return durationText(s.Duration)
	}
}

func (s Span) in() string {
	if s.Calendar == "" {
		return ""
	}
	return " in " + s.Calendar
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// durationText writes a duration as policies do: "1d12h", "30m", "0s".
func durationText(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = -d
	}
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if n := int64(d / u.size); n > 0 {
			b.WriteString(strconv.FormatInt(n, 10) + u.name)
			d %= u.size
		}
	}
	if d > 0 {
		b.WriteString(d.String())
	}
	return b.String()
}

const maxSpan = 10 * 366 * 24 * time.Hour

// ParseSpan reads the text form of a [Span]. Negative spans, spans over ten
// years and other units are errors.
func ParseSpan(text string) (Span, error) {
	words := strings.Fields(text)
	if len(words) == 1 {
		d, err := parseDuration(words[0])
		return Span{Duration: d}, err
	}
	s, rest, err := parseUnits(text, words)
	if err != nil {
		return Span{}, err
	}
	if len(rest) == 2 && rest[0] == "in" {
		s.Calendar = rest[1]
	} else if len(rest) != 0 {
		return Span{}, fmt.Errorf("%q after the time: want \"in <calendar>\"", strings.Join(rest, " "))
	}
	return s, nil
}

func parseUnits(text string, words []string) (Span, []string, error) {
	if len(words) < 2 {
		return Span{}, nil, fmt.Errorf("%q is no time: want for example 10m, 36h, 3d or 2 business days", text)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 {
		return Span{}, nil, fmt.Errorf("%q is no time: want for example 10m, 36h, 3d or 2 business days", text)
	}
	switch {
	case strings.TrimSuffix(words[1], "s") == "month" && n <= 120:
		return Span{Months: n}, words[2:], nil
	case words[1] == "business" && len(words) > 2 && strings.TrimSuffix(words[2], "s") == "day" && n <= 2600:
		return Span{BusinessDays: n}, words[3:], nil
	default:
		return Span{}, nil, fmt.Errorf("%q is no time: want for example 10m, 36h, 3d, 2 business days or 1 month, at most ten years", text)
	}
}

func parseDuration(text string) (time.Duration, error) {
	if text == "0" || text == "0s" {
		return 0, nil
	}
	rest, total := text, time.Duration(0)
	last := time.Duration(1<<63 - 1)
	for rest != "" {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		j := i
		for j < len(rest) && (rest[j] < '0' || rest[j] > '9') {
			j++
		}
		unit, ok := durationUnit(rest[i:j])
		n, err := strconv.ParseInt(rest[:i], 10, 32)
		if !ok || err != nil || unit >= last {
			return 0, fmt.Errorf("%q is no time: want for example 30s, 10m, 1h30m, 3d or 2w", text)
		}
		if n > int64(maxSpan/unit) {
			return 0, fmt.Errorf("%q is longer than ten years", text)
		}
		total += time.Duration(n) * unit
		last, rest = unit, rest[j:]
	}
	if total > maxSpan {
		return 0, fmt.Errorf("%q is longer than ten years", text)
	}
	if total == 0 {
		return 0, fmt.Errorf("%q is no time: want for example 30s, 10m, 1h30m, 3d or 2w", text)
	}
	return total, nil
}

func durationUnit(name string) (time.Duration, bool) {
	switch name {
	case "w":
		return 7 * 24 * time.Hour, true
	case "d":
		return 24 * time.Hour, true
	case "h":
		return time.Hour, true
	case "m":
		return time.Minute, true
	case "s":
		return time.Second, true
	default:
		return 0, false
	}
}

// MarshalText writes the text form.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the text form.
func (s *Span) UnmarshalText(text []byte) error {
	v, err := ParseSpan(string(text))
	if err != nil {
		return err
	}
	*s = v
	return nil
}
