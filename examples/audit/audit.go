package main

import (
	"runtime"
	"slices"
	"sync"

	"github.com/amends-dev/amends/incident/statuspage"
)

// audit makes the cards of all incidents, in the order in which they were read.
func audit(s settings, in input) *document {
	pin := s.policy.Pin()
	doc := &document{
		Policy:    policyName{pin.Name, pin.Version, pin.Hash},
		Incidents: make([]*card, len(in.incidents)),
		Problems:  make([]problem, 0, len(in.problems)),
	}
	extra := make([][]statuspage.Problem, len(in.incidents))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := range next {
				doc.Incidents[n], extra[n] = judge(s, in.incidents[n])
			}
		})
	}
	for n := range in.incidents {
		next <- n
	}
	close(next)
	wg.Wait()
	for _, p := range slices.Concat(in.problems, slices.Concat(extra...)) {
		doc.Problems = append(doc.Problems, problem{p.File, p.Incident, p.Path, p.Line, p.Col, p.Text})
	}
	doc.sum()
	return doc
}

func (d *document) sum() {
	t := totals{
		Incidents: len(d.Incidents), Problems: len(d.Problems), Findings: map[string]int{}, Requirements: map[string]int{},
		Grades: map[string]map[string]int{"quick": {}, "transparent": {}, "proactive": {}, "beyond": {}},
	}
	var first []float64
	for _, c := range d.Incidents {
		t.Updates += c.Updates
		t.Promises.Made += c.Promises.Made
		t.Promises.Kept += c.Promises.Kept
		t.Promises.Broken += c.Promises.Broken
		t.Promises.Open += c.Promises.Open
		t.Promises.Unknown += c.Promises.Unknown
		if len(c.Skipped) > 0 {
			t.SkippedStatuses++
		}
		if c.Silence != nil && (t.Silence == nil || *c.Silence > *t.Silence) {
			t.Silence = c.Silence
		}
		if c.FirstWord != nil {
			first = append(first, *c.FirstWord)
		}
		for _, f := range c.Findings {
			t.Findings[f.Rule]++
		}
		for _, r := range c.Requirements {
			t.Requirements[r.Status]++
		}
		t.Grades["quick"][c.Grades.Quick]++
		t.Grades["transparent"][c.Grades.Transparent]++
		t.Grades["proactive"][c.Grades.Proactive]++
		t.Grades["beyond"][c.Grades.Beyond]++
	}
	if n := len(first); n > 0 {
		slices.Sort(first)
		m := (first[(n-1)/2] + first[n/2]) / 2
		t.FirstWord = &m
	}
	d.Totals = t
}
