package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func writeText(out io.Writer, d *document) error {
	w := bufio.NewWriter(out)
	put(w, "policy %s %s\n", d.Policy.Name, d.Policy.Version)
	for _, c := range d.Incidents {
		c.text(w)
	}
	d.Totals.text(w)
	return w.Flush()
}

func (c *card) text(w io.Writer) {
	put(w, "\n%s  %s (%s)\n", c.ID, oneLine(c.Name), c.Impact)
	put(w, "  started %s, first public word %s, resolved %s\n", when(c.StartedAt), when(c.FirstPublic), when(c.ResolvedAt))
	put(w, "  first word after %s, %d updates, longest silence %s\n", mins(c.FirstWord), c.Updates, mins(c.Silence))
	put(w, "  promised next updates: %d made, %d kept, %d broken", c.Promises.Made, c.Promises.Kept, c.Promises.Broken)
	if c.Promises.Open > 0 {
		put(w, ", %d open", c.Promises.Open)
	}
	if c.Promises.Unknown > 0 {
		put(w, ", %d unknown", c.Promises.Unknown)
	}
	put(w, "\n")
	switch {
	case c.Skipped == nil:
		put(w, "  statuses skipped: unknown\n")
	case len(c.Skipped) > 0:
		put(w, "  statuses skipped: %s\n", strings.Join(c.Skipped, ", "))
	}
	c.findings(w)
	c.requirements(w)
	for _, g := range []struct{ name, grade, key string }{
		{"quick", c.Grades.Quick, "quick"},
		{"transparent", c.Grades.Transparent, "transparent"},
		{"proactive", c.Grades.Proactive, "proactive"},
		{"beyond the contract", c.Grades.Beyond, "beyond"},
	} {
		put(w, "  %s: %s (%s)\n", g.name, g.grade, oneLine(strings.Join(c.Reasons[g.key], "; ")))
	}
}

// findings lists those with words one by one and counts those about what is missing.
func (c *card) findings(w io.Writer) {
	absent := map[string]int{}
	for _, f := range c.Findings {
		if f.Excerpt == "" {
			absent[f.Rule]++
			continue
		}
		put(w, "  %s %s in %s: %q\n", f.Severity, f.Rule, f.UpdateID, f.Excerpt)
	}
	for _, rule := range slices.Sorted(maps.Keys(absent)) {
		put(w, "  %s in %d of %d updates\n", rule, absent[rule], c.Updates)
	}
}

func (c *card) requirements(w io.Writer) {
	n := map[string]int{}
	for _, r := range c.Requirements {
		n[r.Status]++
	}
	put(w, "  requirements: %s\n", counts(n))
	for _, r := range c.Requirements {
		if r.Status == "breached" {
			put(w, "    breached %s, due %s: %s\n", r.ID, when(r.Due), r.Why)
		}
		if len(r.Missing) > 0 {
			put(w, "    %s lacks %s\n", r.ID, strings.Join(r.Missing, ", "))
		}
	}
}

func (t *totals) text(w io.Writer) {
	put(w, "\ntotals: %d incidents, %d updates, longest silence %s, first word after %s (median)\n", t.Incidents, t.Updates, mins(t.Silence), mins(t.FirstWord))
	put(w, "  promised next updates: %d made, %d kept, %d broken, %d open, %d unknown\n", t.Promises.Made, t.Promises.Kept, t.Promises.Broken, t.Promises.Open, t.Promises.Unknown)
	put(w, "  incidents that skipped statuses: %d\n", t.SkippedStatuses)
	put(w, "  findings: %s\n", counts(t.Findings))
	put(w, "  requirements: %s\n", counts(t.Requirements))
	for _, g := range []string{"quick", "transparent", "proactive", "beyond"} {
		put(w, "  %s: %s\n", g, counts(t.Grades[g]))
	}
	put(w, "  problems in the input: %d\n", t.Problems)
}

// put writes to a buffer, which keeps the first error for Flush.
func put(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

func counts(n map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprintf("%s %d", k, n[k]))
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

func when(t *time.Time) string {
	if t == nil {
		return "unknown"
	}
	return t.Format("2006-01-02 15:04 MST")
}

func mins(m *float64) string {
	if m == nil {
		return "unknown"
	}
	return number(*m) + " min"
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
