package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// spread is what several repetitions gave.
type spread struct{ median, least, most float64 }

// measured is one of the two things that are measured.
type measured struct {
	title string
	of    func(figure) float64
}

func speed() measured {
	return measured{"Rows a second", func(f figure) float64 { return f.rate }}
}

func cost() measured {
	return measured{"Microseconds of the processors a row, the server's included", func(f figure) float64 { return f.cost }}
}

func spreadOf(runs []run, what measured, of string) (s spread, ok bool) {
	var v []float64
	for _, r := range runs {
		v = append(v, what.of(r[of]))
	}
	if len(v) == 0 {
		return s, false
	}
	slices.Sort(v)
	return spread{(v[(len(v)-1)/2] + v[len(v)/2]) / 2, v[0], v[len(v)-1]}, true
}

func (s spread) String() string {
	return fmt.Sprintf("%s [%s..%s]", thousands(s.median), thousands(s.least), thousands(s.most))
}

// thousands writes a number with gaps, a small one with a decimal.
func thousands(f float64) string {
	if f < 100 {
		return fmt.Sprintf("%.1f", f)
	}
	text := fmt.Sprintf("%.0f", f)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + " " + text[i:]
	}
	return text
}

// table writes what came out, in Markdown.
func table(w io.Writer, what measured, who []contestant, results map[contestantID][]run, n int) {
	_, _ = fmt.Fprintf(w, "%s:\n\n| database | | rows | %s | %s | %s | ÷ raw | ÷ River, tuned |\n|---|---|---|---|---|---|---|---|\n", what.title, caseAdd, caseWork, caseAll)
	for _, c := range who {
		_, _ = fmt.Fprintf(w, "| %s | %s | %s |", c.db, c.name, fmt.Sprint(c.rows(n)))
		for _, of := range []string{caseAdd, caseWork, caseAll} {
			s, _ := spreadOf(results[c.id()], what, of)
			_, _ = fmt.Fprintf(w, " %s |", s)
		}
		for _, to := range []string{"raw SQL", "River, tuned"} {
			_, _ = fmt.Fprintf(w, " %s |", ratios(what, results[c.id()], results[contestantID{c.db, to}]))
		}
		_, _ = fmt.Fprintln(w)
	}
}

// ratios are those of the medians, case by case.
func ratios(m measured, of, to []run) string {
	var parts []string
	for _, what := range []string{caseAdd, caseWork, caseAll} {
		a, ok := spreadOf(of, m, what)
		b, also := spreadOf(to, m, what)
		if !ok || !also || b.median == 0 {
			parts = append(parts, "–")
			continue
		}
		parts = append(parts, fmt.Sprintf("%.2f", a.median/b.median))
	}
	return strings.Join(parts, " · ")
}
