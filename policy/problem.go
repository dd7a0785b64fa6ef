package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one mistake in a policy.
type Problem struct {
	File string
	// Line and Col count from 1. They are 0 if the policy was made in Go; Path then says where.
	Line, Col int
	// Path is the field, as in "communication[2].within".
	Path string
	Text string
	// Suggestion is the word that was probably meant, "" if there is none near.
	Suggestion string
}

// String returns the problem as editors understand it: "file:line:col: problem (did you mean x?)".
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
	}
	if p.Line > 0 {
		b.WriteString(strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col) + ":")
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Line == 0 && p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	if p.Suggestion != "" {
		b.WriteString(" (did you mean " + p.Suggestion + "?)")
	}
	return b.String()
}

// LoadError holds every mistake in a policy, in the order of the file.
type LoadError struct{ Problems []Problem }

// Error returns one line a problem.
func (e *LoadError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, fmt.Sprintf("policy: %s found", plural(len(e.Problems), "mistake")))
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// problems collects mistakes and knows where fields stand in the file.
type problems struct {
	file   string
	places *places
	list   []Problem
}

// places says where each field of a loaded policy stands.
type places struct{ at map[string]place }

type place struct{ line, col int }

// find returns the place of a path, or of the nearest field around it.
func (p *places) find(path string) place {
	if p == nil {
		return place{}
	}
	for {
		if at, ok := p.at[path]; ok {
			return at
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return p.at[""]
		}
		path = path[:i]
	}
}

// addf adds a mistake in the field at a path.
func (p *problems) addf(path, format string, args ...any) {
	p.suggest(path, "", format, args...)
}

func (p *problems) suggest(path, suggestion, format string, args ...any) {
	at := p.places.find(path)
	p.list = append(p.list, Problem{
		File: p.file, Line: at.line, Col: at.col, Path: path,
		Text: fmt.Sprintf(format, args...), Suggestion: suggestion,
	})
}

// err returns the mistakes, sorted by place, or nil.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return &LoadError{Problems: p.list}
}

// nearest returns the word with the smallest edit distance, if it is near
// enough to be a slip of the pen.
func nearest(word string, words []string) string {
	if len(word) > 64 {
		return ""
	}
	best, at := "", max(1, len(word)/3)+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), w); d < at {
			best, at = w, d
		}
	}
	return best
}

// distance is the edit distance in which swapping two neighbours is one edit.
func distance(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
