package sqlstore

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// headColumns are the columns of a head in the order of scanHead and addHead, as [sqlkit.NewRows] takes them.
const headColumns = "record text, space text, kind text, incident text, customer text, title text, status text, severity text, " +
	"marks text, version bigint, opened bigint, updated bigint, next_look bigint, turn bigint"

// headNames are the same without their types.
const headNames = "record, space, kind, incident, customer, title, status, severity, marks, version, opened, updated, next_look, turn"

// DamagedError names a row that cannot be what this package wrote.
type DamagedError struct {
	Record  string
	Version uint64 // of the event; 0 if it is the record's head
	Err     error
}

// Error names the place and the cause.
func (e *DamagedError) Error() string {
	if e.Version == 0 {
		return fmt.Sprintf("the head of %q is damaged, restore it from a copy: %v", e.Record, e.Err)
	}
	return fmt.Sprintf("event %s is damaged, restore it from a copy: %v", incident.InnerID(e.Record, e.Version), e.Err)
}

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

// scanHead reads a head and what else a row has.
func scanHead(rows *sql.Rows, more ...any) (incident.Head, error) {
	var h incident.Head
	var marks string
	var linked, customer *string
	var version, opened, updated, turn int64
	var next *int64
	err := rows.Scan(append([]any{
		&h.Record, &h.Space, &h.Kind, &linked, &customer, &h.Title, &h.Status, &h.Severity,
		&marks, &version, &opened, &updated, &next, &turn,
	}, more...)...)
	if err != nil {
		return h, &DamagedError{Record: h.Record, Err: err} // the ID comes first
	}
	h.Incident, h.Customer = orEmpty(linked), orEmpty(customer)
	h.Version, h.Turn = uint64(version), uint64(turn)
	h.Opened, h.Updated, h.NextLook = sqlkit.Time(opened), sqlkit.Time(updated), sqlkit.TimeOrZero(next)
	h.Marks = splitMarks(marks)
	return h, nil
}

// addHead adds a head to rows of headColumns and more.
func addHead(rows *sqlkit.Rows, h incident.Head, more ...any) {
	rows.Add(append([]any{
		h.Record, h.Space, string(h.Kind), orNull(h.Incident), orNull(h.Customer), h.Title, string(h.Status), string(h.Severity),
		joinMarks(h.Marks), int64(h.Version), sqlkit.Micros(h.Opened), sqlkit.Micros(h.Updated),
		sqlkit.MicrosOrNull(h.NextLook), int64(h.Turn),
	}, more...)...)
}

// orNull keeps what is empty out of partial indexes: a planner sees that what is
// equal to something is not null.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// joinMarks puts every mark between line feeds, so that one is found without reading the others.
func joinMarks(marks []string) string {
	if len(marks) == 0 {
		return ""
	}
	return "\n" + strings.Join(marks, "\n") + "\n"
}

func splitMarks(joined string) []string {
	if joined = strings.Trim(joined, "\n"); joined == "" {
		return nil
	}
	return strings.Split(joined, "\n")
}

// Longest values, in bytes: PostgreSQL cannot index rows of more than 2700.
const (
	maxID    = 1000 // of a record or a command
	maxName  = 500  // of a space, an incident or a customer
	maxMarks = 800  // of a head together
)

// checkCommand refuses what the tables cannot hold.
func checkCommand(c incident.Commit) error {
	switch {
	case len(c.Space) > maxName:
		return fmt.Errorf("the space has %d bytes: at most %d", len(c.Space), maxName)
	case len(c.Command) > maxID:
		return fmt.Errorf("the command key has %d bytes: at most %d", len(c.Command), maxID)
	}
	return nil
}

// checkHead refuses what the tables cannot hold.
func checkHead(h incident.Head) error {
	for _, v := range []struct {
		what, value string
		most        int
	}{
		{"its ID", h.Record, maxID},
		{"its incident", h.Incident, maxName},
		{"its customer", h.Customer, maxName},
		{"its kind", string(h.Kind), 50},
		{"its status", string(h.Status), 50},
		{"the list of its marks", joinMarks(h.Marks), maxMarks},
	} {
		if len(v.value) > v.most {
			return fmt.Errorf("%s has %d bytes: at most %d", v.what, len(v.value), v.most)
		}
	}
	for _, mark := range h.Marks {
		if mark == "" || strings.Contains(mark, "\n") {
			return fmt.Errorf("mark %q: want a word", mark)
		}
	}
	return nil
}
