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
	fmt.Fprintf(w, "policy %s %s\n", d.Policy.Name, d.Policy.Version)
	for _, c := range d.Incidents {
		c.text(w)
	}
	d.Totals.text(w)
	return w.Flush()
}

func (c *card) text(w io.Writer) {
	fmt.Fprintf(w, "\n%s  %s (%s)\n", c.ID, oneLine(c.Name), c.Impact)
	fmt.Fprintf(w, "  started %s, first public word %s, resolved %s\n", when(c.StartedAt), when(c.FirstPublic), when(c.ResolvedAt))
	fmt.Fprintf(w, "  first word after %s, %d updates, longest silence %s\n", mins(c.FirstWord), c.Updates, mins(c.Silence))
	fmt.Fprintf(w, "  promised next updates: %d made, %d kept, %d broken", c.Promises.Made, c.Promises.Kept, c.Promises.Broken)
	if c.Promises.Open > 0 {
		fmt.Fprintf(w, ", %d open", c.Promises.Open)
	}
	fmt.Fprintln(w)
	switch {
	case c.Skipped == nil:
		fmt.Fprintln(w, "  statuses skipped: unknown")
	case len(c.Skipped) > 0:
		fmt.Fprintf(w, "  statuses skipped: %s\n", strings.Join(c.Skipped, ", "))
	}
	c.findings(w)
	c.requirements(w)
	for _, g := range []struct{ name, grade, key string }{
		{"quick", c.Grades.Quick, "quick"},
		{"transparent", c.Grades.Transparent, "transparent"},
		{"proactive", c.Grades.Proactive, "proactive"},
		{"beyond the contract", c.Grades.Beyond, "beyond"},
	} {
		fmt.Fprintf(w, "  %s: %s (%s)\n", g.name, g.grade, oneLine(strings.Join(c.Reasons[g.key], "; ")))
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
		fmt.Fprintf(w, "  %s %s in %s: %q\n", f.Severity, f.Rule, f.UpdateID, f.Excerpt)
	}
	for _, rule := range slices.Sorted(maps.Keys(absent)) {
		fmt.Fprintf(w, "  %s in %d of %d updates\n", rule, absent[rule], c.Updates)
	}
}

func (c *card) requirements(w io.Writer) {
	n := map[string]int{}
	for _, r := range c.Requirements {
		n[r.Status]++
	}
	fmt.Fprintf(w, "  requirements: %s\n", counts(n))
	for _, r := range c.Requirements {
		if r.Status == "breached" {
			fmt.Fprintf(w, "    breached %s, due %s: %s\n", r.ID, when(r.Due), r.Why)
		}
		if len(r.Missing) > 0 {
			fmt.Fprintf(w, "    %s lacks %s\n", r.ID, strings.Join(r.Missing, ", "))
		}
	}
}

func (t *totals) text(w io.Writer) {
	fmt.Fprintf(w, "\ntotals: %d incidents, %d updates, longest silence %s, first word after %s (median)\n", t.Incidents, t.Updates, mins(t.Silence), mins(t.FirstWord))
	fmt.Fprintf(w, "  promised next updates: %d made, %d kept, %d broken, %d open\n", t.Promises.Made, t.Promises.Kept, t.Promises.Broken, t.Promises.Open)
	fmt.Fprintf(w, "  incidents that skipped statuses: %d\n", t.SkippedStatuses)
	fmt.Fprintf(w, "  findings: %s\n", counts(t.Findings))
	fmt.Fprintf(w, "  requirements: %s\n", counts(t.Requirements))
	for _, g := range []string{"quick", "transparent", "proactive", "beyond"} {
		fmt.Fprintf(w, "  %s: %s\n", g, counts(t.Grades[g]))
	}
	fmt.Fprintf(w, "  problems in the input: %d\n", t.Problems)
}

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
