package notify

import (
	"strconv"
	"strings"
	"time"
)

// dateLayouts are the three forms of a date in HTTP (RFC 9110 5.6.7).
//
//nolint:gochecknoglobals // a table, never written
var dateLayouts = [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC}

// ParseRetryAfter reads the value of an HTTP Retry-After header (RFC 9110
// 10.2.3): seconds or a date. now is the time of the answer. A date that has
// passed is a wait of zero, and a wait of more than a day is a day, whatever the
// number of digits. It returns false for anything else; then the schedule decides.
func ParseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxAfter/time.Second) { // the error: more digits than an integer holds
			return maxAfter, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, value); err == nil {
			return bounded(at.Sub(now)), true
		}
	}
	return 0, false
}
