package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/amends-dev/amends/policy"
)

// document is what -format json prints. A null is "unknown" everywhere.
type document struct {
	Policy    policyName `json:"policy"`
	Incidents []*card    `json:"incidents"`
	Totals    totals     `json:"totals"`
	Problems  []problem  `json:"problems"`
}

type policyName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Hash    string `json:"hash"`
}

// card is the scorecard of one incident.
type card struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Impact      string     `json:"impact"` // as the page says it, "unknown" where it does not
	Maintenance bool       `json:"maintenance"`
	StartedAt   *time.Time `json:"started_at"`
	FirstPublic *time.Time `json:"first_public_at"`
	ResolvedAt  *time.Time `json:"resolved_at"`
	// FirstWord is the minutes from the start to the first public word.
	FirstWord *float64 `json:"first_word_minutes"`
	Updates   int      `json:"updates"`
	// Untimed is how many of the updates have no usable time.
	Untimed int `json:"updates_without_time"`
	// Silence is the longest gap in minutes; 0 if there is no such gap.
	Silence  *float64 `json:"longest_silence_minutes"`
	Promises promises `json:"promises"`
	// Skipped lists statuses that were passed over, null where updates with unknown statuses hide them.
	Skipped      []string            `json:"skipped"`
	Findings     []finding           `json:"findings"`
	Requirements []requirement       `json:"requirements"`
	Grades       grades              `json:"grades"`
	Reasons      map[string][]string `json:"reasons"` // by grade
	JudgedAt     *time.Time          `json:"judged_at"`
}

// promises counts the next updates that were promised. Open ones were due after
// the export was taken; unknown ones may have been kept by an update without a time.
type promises struct {
	Made    int             `json:"made"`
	Kept    int             `json:"kept"`
	Broken  int             `json:"broken"`
	Open    int             `json:"open"`
	Unknown int             `json:"unknown"`
	List    []promiseDetail `json:"list"`
}

type promiseDetail struct {
	UpdateID string    `json:"update_id"`
	Words    string    `json:"words"`
	Due      time.Time `json:"due"`
	// Late is how many minutes after the due time the next update came; null if none came, 0 if in time.
	Late   *float64 `json:"late_minutes"`
	Status string   `json:"status"` // kept, broken, open or unknown
}

type finding struct {
	UpdateID string `json:"update_id"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // warn or block
	Excerpt  string `json:"excerpt"`  // "" if something is missing
}

type requirement struct {
	ID     string     `json:"id"`
	Rule   string     `json:"rule"`
	Due    *time.Time `json:"due"`
	MetAt  *time.Time `json:"met_at"`
	Status string     `json:"status"` // met, breached, open, waiting or unknown
	Late   bool       `json:"late"`
	Why    string     `json:"why"`
	// Missing lists elements that the policy asks for and the words do not have.
	Missing []string `json:"missing,omitempty"`
	Cites   []string `json:"cites,omitempty"`

	act        policy.Act
	publicOnly bool
}

// grades are good, fair, poor or unknown.
type grades struct {
	Quick       string `json:"quick"`
	Transparent string `json:"transparent"`
	Proactive   string `json:"proactive"`
	Beyond      string `json:"beyond"`
}

type totals struct {
	Incidents       int                       `json:"incidents"`
	Updates         int                       `json:"updates"`
	Promises        promiseTotals             `json:"promises"`
	Silence         *float64                  `json:"longest_silence_minutes"`
	FirstWord       *float64                  `json:"median_first_word_minutes"`
	SkippedStatuses int                       `json:"incidents_that_skipped_statuses"`
	Findings        map[string]int            `json:"findings"`     // by rule
	Requirements    map[string]int            `json:"requirements"` // by status
	Grades          map[string]map[string]int `json:"grades"`       // by grade and mark
	Problems        int                       `json:"problems"`
}

type promiseTotals struct {
	Made    int `json:"made"`
	Kept    int `json:"kept"`
	Broken  int `json:"broken"`
	Open    int `json:"open"`
	Unknown int `json:"unknown"`
}

type problem struct {
	File     string `json:"file"`
	Incident string `json:"incident"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Text     string `json:"text"`
}

func writeJSON(w io.Writer, d *document) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// known returns a time, or nil for the zero time.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
