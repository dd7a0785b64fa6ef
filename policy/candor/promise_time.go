package candor

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	numberWord = `\d{1,4}|an?|one|two|three|four|five|six|eight|ten|twelve|fifteen|twenty|thirty|forty-five|sixty|half an|einer?|einem|zwei|drei|vier|f\S+nf|zehn|dreissig|drei\S+ig|sechs|acht`
	dayWord    = `(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow|mon|tue|wed|thu|fri|sat|sun|heute|morgen|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag`
	monthWord  = `jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|m\S+rz|apr(?:il)?|may|mai|jun[ei]?|jul[yi]?|aug(?:ust)?|sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?`
	zoneWord   = `utc|gmt|z|p[sd]?t|e[sd]?t|c[sd]?t|m[sd]?t|cest|cet|mesz|mez|bst|ist|jst|aest|pacific|eastern|us ?/ ?(?:pacific|eastern|central|mountain)|[a-z]+/[a-z_]+(?:/[a-z_]+)?`
)

var (
	// relative: "in 30 minutes", "within the next 2 hours", "every half hour", "in 20-30 min".
	relative = regexp.MustCompile(`\b(?:in|within|every|innerhalb (?:von|der)|alle) ?(?:(?:the|a|next|about|approximately|approx\.?|roughly|around|another|at most|less than|under|ca\.?|etwa|den|der|n\S+chsten) )*(?:(?:(` + numberWord + `) ?(?:(?:to|or|bis) ?(\d{1,4})|- ?(\d{1,4}))? ?-?)?(m|mins?\.?|minutes?|h|hrs?\.?|hours?|days?|half hour|minuten?|stunden?|tage?n?))\b`)
	// absolute: an optional date, a clock time or a day, and an optional zone.
	absolute = regexp.MustCompile(`(?:\b(?:by|at|before|until|till|around|about|on|in|later than|approximately|um|bis|gegen|vor|sp\S+testens|for)|[a-z]:)(?: (?:the|at|about|around|approximately|approx\.?|in|on|latest|um|zu|end of|ende|by|n\S+chsten) ?)* ?(?:(` + dayWord + `)[,.]? ?(?:at |um |by )?)?(?:(\d{4})-(\d{2})-(\d{2})[,]? ?(?:at |t)?|(\d{1,2})(?:st|nd|rd|th|\.)? (` + monthWord + `)\.?,? ?(?:(\d{4}),? ?)?(?:at |by |um )?|(` + monthWord + `)\.? (\d{1,2})(?:st|nd|rd|th)?,? ?(?:(\d{4}),? ?)?(?:at |by )?)?(?:(\d{1,2})(?:[:.h](\d{2}))(?::\d{2})?|(\d{1,2})(?: ?([ap])\.?m\b\.?| ?(?:uhr|h)\b| (?:` + zoneWord + `)\b)|(\d{4}) ?(?:utc|gmt|z)\b|(noon|midnight|mittag|mitternacht))?`)
	meridiem = regexp.MustCompile(`^ ?([ap])\.?m\b\.?`)
	oclock   = regexp.MustCompile(`^ ?uhr\b`)
	zone     = regexp.MustCompile(`^ ?\(?(` + zoneWord + `)\b`)
	// dayBefore: "tomorrow at 09:00".
	dayBefore = regexp.MustCompile(`\b(` + dayWord + `),? $`)
	offset    = regexp.MustCompile(`^ ?\(?(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?\b`)
	nextWeek  = regexp.MustCompile(`\b(?:(?:by |until |before )?(?:the )?end of (?:the |this )?(day|week)|(?:within|in|by|before) (?:the )?(hour)|(?:early |sometime |later )?(next week|n\S+chste woche))\b`)
)

// times returns all times that a line names, in order, as seen from at.
func times(line string, at time.Time, loc *time.Location) []promised {
	var out []promised
	for _, m := range relative.FindAllStringSubmatchIndex(line, -1) {
		if d, ok := length(group(line, m, 1), cmpOr(group(line, m, 2), group(line, m, 3)), group(line, m, 4)); ok {
			out = append(out, promised{span{m[0], m[1]}, at.Add(d)})
		}
	}
	for _, m := range absolute.FindAllStringSubmatchIndex(line, -1) {
		if p, ok := clockTime(line, m, at, loc); ok && !hides(out, p.span) {
			out = append(out, p)
		}
	}
	for _, m := range nextWeek.FindAllStringSubmatchIndex(line, -1) {
		p := promised{span{m[0], m[1]}, named(group(line, m, 1)+group(line, m, 2)+group(line, m, 3), at.In(loc))}
		if !hides(out, p.span) {
			out = append(out, p)
		}
	}
	return out
}

func hides(list []promised, s span) bool {
	for _, p := range list {
		if s.from < p.to && p.from < s.to {
			return true
		}
	}
	return false
}

func group(s string, m []int, n int) string {
	if m[2*n] < 0 {
		return ""
	}
	return s[m[2*n]:m[2*n+1]]
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// length is a span in words: the second number is the longer end.
func length(n, upTo, unit string) (time.Duration, bool) {
	if n == "" && unit != "half hour" && unit != "hour" && unit != "stunde" {
		return 0, false
	}
	k := 1.0
	switch {
	case upTo != "":
		k = count(upTo)
	case n != "":
		k = count(n)
	}
	var u time.Duration
	switch {
	case unit == "half hour":
		u = 30 * time.Minute
	case strings.HasPrefix(unit, "m"):
		u = time.Minute
	case strings.HasPrefix(unit, "h"), strings.HasPrefix(unit, "st"):
		u = time.Hour
	default:
		u = 24 * time.Hour
	}
	return time.Duration(k * float64(u)), k > 0
}

func count(word string) float64 {
	if n, err := strconv.Atoi(word); err == nil {
		return float64(n)
	}
	switch word {
	case "half an":
		return 0.5
	case "two", "zwei":
		return 2
	case "three", "drei":
		return 3
	case "four", "vier":
		return 4
	case "five":
		return 5
	case "six", "sechs":
		return 6
	case "eight", "acht":
		return 8
	case "ten", "zehn":
		return 10
	case "twelve":
		return 12
	case "fifteen":
		return 15
	case "twenty":
		return 20
	case "thirty", "dreissig":
		return 30
	case "forty-five":
		return 45
	case "sixty":
		return 60
	}
	switch {
	case strings.HasPrefix(word, "drei"):
		return 30
	case strings.HasPrefix(word, "f"):
		return 5
	}
	return 1
}

// clockTime reads one match of absolute and what follows it.
func clockTime(line string, m []int, at time.Time, loc *time.Location) (promised, bool) {
	g := func(n int) string { return group(line, m, n) }
	from := m[0]
	if line[from+1] == ':' {
		from += 2 // "update: 14:00" begins after the colon
		from += len(line[from:]) - len(strings.TrimLeft(line[from:], " "))
	}
	day, hasDate := g(1), g(2) != "" || g(5) != "" || g(8) != ""
	begin := from - len(tail(line[:from], 20))
	if r := dayBefore.FindStringSubmatchIndex(line[begin:from]); r != nil && day == "" && !hasDate {
		day, from = line[begin+r[2]:begin+r[3]], begin+r[0]
	}
	hour, minute, hasTime, ok := clock(g)
	if !ok || !hasTime && !hasDate && day == "" {
		return promised{}, false
	}
	end := m[1]
	if hasTime {
		// A zone that the clock's own alternative took in is read again.
		for _, n := range []int{16, 15, 13, 12, 11} {
			if m[2*n] >= 0 {
				end = m[2*n+1]
				break
			}
		}
		if r := oclock.FindStringIndex(line[end:]); r != nil {
			end += r[1]
		}
		if r := meridiem.FindStringSubmatch(line[end:]); r != nil && g(14) == "" {
			hour, ok = twelve(hour, r[1])
			end += len(r[0])
		} else if g(14) != "" {
			hour, ok = twelve(hour, g(14))
			end = m[1]
		}
		if !ok || hour > 24 || minute > 59 {
			return promised{}, false
		}
		loc, end = zoneAfter(line, end, loc)
	}
	now := at.In(loc)
	y, mo, d := now.Date()
	switch {
	case hasDate:
		if y, mo, d, ok = date(g, now); !ok {
			return promised{}, false
		}
	case day != "":
		y, mo, d = dayNamed(day, now).Date()
	}
	if !hasTime {
		return promised{span{from, trimEnd(line, from, end)}, time.Date(y, mo, d+1, 0, 0, 0, 0, loc)}, true
	}
	due := time.Date(y, mo, d, hour, minute, 0, 0, loc)
	if !hasDate && day == "" && !due.After(at.Add(-time.Hour)) {
		due = time.Date(y, mo, d+1, hour, minute, 0, 0, loc)
	}
	return promised{span{from, trimEnd(line, from, end)}, due}, true
}

func trimEnd(s string, from, to int) int {
	return from + len(strings.TrimRight(s[from:to], " ,."))
}

// clock reads the clock time of a match.
func clock(g func(int) string) (hour, minute int, has, ok bool) {
	switch {
	case g(11) != "":
		hour, _ = strconv.Atoi(g(11))
		minute, _ = strconv.Atoi(g(12))
	case g(13) != "":
		hour, _ = strconv.Atoi(g(13))
	case g(15) != "":
		n, _ := strconv.Atoi(g(15))
		hour, minute = n/100, n%100
	case g(16) == "noon", g(16) == "mittag":
		hour = 12
	case g(16) != "":
		hour = 24
	default:
		return 0, 0, false, true
	}
	return hour, minute, true, hour <= 24 && minute <= 59
}

func twelve(hour int, half string) (int, bool) {
	switch {
	case hour > 12:
		return hour, half == "p" // "15:00 pm" is clear enough
	case half == "a" && hour == 12:
		return 0, true
	case half == "p" && hour < 12:
		return hour + 12, true
	}
	return hour, true
}
