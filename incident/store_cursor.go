package incident

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Cursor returns a cursor for the page after the one that ends with a head, in
// the order of the filter's listing. For those who write a [Store].
func (f Filter) Cursor(last Head) string {
	if f.DueBy.IsZero() {
		return "r" + last.Record
	}
	return "d" + strconv.FormatInt(last.NextLook.UnixMicro(), 10) + " " + last.Record
}

// After returns the last place of the page before, as [Filter.Cursor] was given
// it; the time is zero unless the listing is of what is due. An empty cursor is the
// place before all others. For those who write a [Store].
func (f Filter) After(cursor string) (nextLook time.Time, record string, err error) {
	if cursor == "" {
		return time.Time{}, "", nil
	}
	if id, ok := strings.CutPrefix(cursor, "r"); ok && f.DueBy.IsZero() {
		return time.Time{}, id, nil
	}
	if rest, ok := strings.CutPrefix(cursor, "d"); ok && !f.DueBy.IsZero() {
		at, id, _ := strings.Cut(rest, " ")
		if micro, err := strconv.ParseInt(at, 10, 64); err == nil {
			return time.UnixMicro(micro).UTC(), id, nil
		}
	}
	return time.Time{}, "", errors.New("the cursor is not of this listing: begin with an empty one")
}
