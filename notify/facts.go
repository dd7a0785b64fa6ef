package notify

import (
	"encoding/json"
	"fmt"
	"time"
)

// Keys of [Message].Data with a meaning of their own: facts for channels that send
// structures rather than text. Whoever renders the message fills them from the record. A key
// that is missing or empty says that nobody knows; adapters guess nothing in its place. Times
// are written by [FormatDataTime], lists by [FormatDataList].
const (
	DataRecord      = "record"    // ID of the incident, maintenance or case
	DataStatement   = "statement" // ID of these words
	DataTitle       = "title"     // of the incident, maintenance or case
	DataBody        = "body"      // the words alone, without what a template puts around them
	DataStatus      = "status"    // of the record when this was said, in the words of package incident: "identified"
	DataSeverity    = "severity"  // "minor", "major" or "critical"
	DataLink        = "link"      // where to read more
	DataSaid        = "said_at"   // when these words were published
	DataOpened      = "opened_at" // when the record was opened
	DataBegan       = "began_at"  // when it began for customers
	DataMonitoring  = "monitoring_at"
	DataFixed       = "fixed_at"     // when it was fixed; of planned work, when that was completed
	DataPlannedFrom = "planned_from" // the window of planned work; only planned work has one
	DataPlannedTill = "planned_till"
	DataComponents  = "components" // a list of DataComponent: the parts concerned
	DataUpdates     = "updates"    // a list of DataUpdate: what was said before in the same thread, the newest first

	// DataPageIndicator is the state of everything together ("none", "minor",
	// "major", "critical" or "maintenance"), DataPageStatus says it in a sentence.
	DataPageIndicator = "page_indicator"
	DataPageStatus    = "page_status"
)

// DataComponent is a part of the product as customers know it.
type DataComponent struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Degree is how hard it is hit, in the words of package incident: "down",
	// "degraded", "exposed" or "unknown"; "" if nobody said.
	Degree string `json:"degree,omitempty"`
	// Status is how it is now, in the words that status pages share: "operational",
	// "degraded_performance", "partial_outage", "major_outage", "under_maintenance". It counts more
	// than Degree; "" if nobody said. Was is how it was before this message.
	Status string `json:"status,omitempty"`
	Was    string `json:"was,omitempty"`
}

// DataUpdate is something that was said.
type DataUpdate struct {
	ID     string    `json:"id"`
	Status string    `json:"status"` // of the record at that time, as DataStatus
	Kind   string    `json:"kind,omitempty"`
	Body   string    `json:"body"`
	Said   time.Time `json:"said"`
}

// FormatDataTime writes a time for [Message].Data: RFC 3339 in UTC, "" for the zero time.
func FormatDataTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// ParseDataTime reads what [FormatDataTime] wrote: the zero time for "".
func ParseDataTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil { // its text repeats what may be a customer's
		return time.Time{}, fmt.Errorf("notify: reading a time of a message's data: %w", &quiet{"it is not of RFC 3339", err})
	}
	return t.UTC(), nil
}

// FormatDataList writes a list for [Message].Data, as JSON: "" for an empty one.
func FormatDataList[T DataComponent | DataUpdate](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	text, err := json.Marshal(list)
	if err != nil { // a year beyond 9999
		return "", fmt.Errorf("notify: writing a list of a message's data: %w", err)
	}
	return string(text), nil
}

// ParseDataList reads what [FormatDataList] wrote.
func ParseDataList[T DataComponent | DataUpdate](text string) ([]T, error) {
	if text == "" {
		return nil, nil
	}
	var list []T
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("notify: reading a list of a message's data: %w", &quiet{"it is not what FormatDataList writes", err})
	}
	return list, nil
}
