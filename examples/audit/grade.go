package main

import (
	"fmt"

	"github.com/amends-dev/amends/policy"
	"github.com/amends-dev/amends/policy/candor"
)

const (
	good    = "good"
	fair    = "fair"
	poor    = "poor"
	unknown = "unknown"
)

// untimed is the reason why what depends on times is unknown.
const untimed = "an update has no time: it may have been the first word, or have kept a promise"

// grade gives the four grades, each with its reasons.
func (c *card) grade(i seen, words []word) {
	c.Reasons = map[string][]string{}
	c.Grades.Quick, c.Reasons["quick"] = c.quick(i)
	c.Grades.Transparent, c.Reasons["transparent"] = c.transparent(i, words)
	c.Grades.Proactive, c.Reasons["proactive"] = c.proactive()
	c.Grades.Beyond, c.Reasons["beyond"] = unknown, beyond(words)
}

// quick: the first word came before the policy wants it (R33, R34).
func (c *card) quick(i seen) (string, []string) {
	if c.Untimed > 0 {
		return unknown, []string{untimed}
	}
	if c.FirstPublic == nil {
		return unknown, []string{"the export holds no update with a time"}
	}
	if c.Maintenance {
		return c.announced(i)
	}
	if over(i.Updates[0].Status) {
		return poor, []string{"the first public word came when it was over"}
	}
	if c.FirstWord == nil {
		return unknown, []string{"when it started is not known"}
	}
	reasons := []string{fmt.Sprintf("first public word %s min after the start", number(*c.FirstWord))}
	grade := unknown
	for _, r := range c.Requirements {
		if r.act != policy.ActFirstNotice || r.Due == nil {
			continue
		}
		allowed := r.Due.Sub(i.Started)
		took := i.First().Sub(i.Started)
		mark := good
		switch {
		case took > 2*allowed:
			mark = poor
		case took > allowed:
			mark = fair
		}
		reasons = append(reasons, fmt.Sprintf("rule %s allows %s", r.Rule, number(allowed.Minutes())))
		grade = worse(grade, mark)
	}
	if grade == unknown {
		reasons = append(reasons, "the policy has no rule for it")
	}
	return grade, reasons
}

// announced: planned work is announced before it begins.
func (c *card) announced(i seen) (string, []string) {
	if i.Planned.From.IsZero() {
		return unknown, []string{"when the work was planned for is not known"}
	}
	ahead := i.Planned.From.Sub(i.First())
	if ahead <= 0 {
		return poor, []string{fmt.Sprintf("announced %s min after it was planned for", number(-ahead.Minutes()))}
	}
	grade, reasons := good, []string{fmt.Sprintf("announced %s min before it was planned for", number(ahead.Minutes()))}
	for _, r := range c.Requirements {
		if r.act == policy.ActFirstNotice && r.Status == "breached" {
			grade = fair
			reasons = append(reasons, "rule "+r.Rule+" wants it earlier")
		}
	}
	return grade, reasons
}

// transparent: what happened, why, and what was done, without minimising or blaming (R2 to R7, R20 to R26).
func (c *card) transparent(i seen, words []word) (string, []string) {
	if len(words) == 0 {
		return unknown, []string{"the export holds no words"}
	}
	unread := ""
	if c.Untimed > 0 {
		unread = "an update without a time was not reviewed"
	}
	for _, w := range words {
		if unread == "" {
			unread = w.unread
		}
	}
	var reasons []string
	grade := good
	for _, e := range []struct {
		element candor.Element
		lack    string
	}{
		{candor.ElementImpact, "no update says what customers lived through"},
		{candor.ElementCause, "no update says why it happened"},
		{candor.ElementDone, "no update says what was done"},
	} {
		if unread != "" || c.Maintenance || e.element != candor.ElementImpact && !over(i.Updates[len(i.Updates)-1].Status) {
			break // of planned work there is no harm to tell, and of a running incident not yet why
		}
		if !hasAny(words, e.element) {
			reasons = append(reasons, e.lack)
			grade = worse(grade, fair)
		}
	}
	if len(reasons) > 1 {
		grade = poor
	}
	for _, w := range words {
		for _, b := range w.blocks {
			grade = poor
			reasons = append(reasons, b)
		}
	}
	if len(c.Skipped) > 0 {
		grade = worse(grade, fair)
		reasons = append(reasons, fmt.Sprintf("statuses skipped: %v", c.Skipped))
	}
	if unread != "" && grade != poor { // what stands in the others is known all the same
		return unknown, append([]string{unread}, reasons...)
	}
	if len(reasons) == 0 {
		reasons = []string{"says what is to be said so far, without minimising or blaming"}
	}
	return grade, reasons
}

// proactive: words keep coming, at the times that were given (R42, R45, R53, R75).
func (c *card) proactive() (string, []string) {
	if c.Updates == 0 {
		return unknown, []string{"the export holds no updates"}
	}
	if c.Untimed > 0 {
		return unknown, []string{untimed}
	}
	var reasons []string
	late, judged := 0, 0
	for _, r := range c.Requirements {
		if r.act != policy.ActUpdate && r.act != policy.ActStatusChange || r.Status == "waiting" || r.Status == "open" {
			continue
		}
		judged++
		if r.Late {
			late++
		}
	}
	grade := good
	switch {
	case late > 0 && late*2 > judged:
		grade = poor
	case late > 0:
		grade = fair
	}
	if late > 0 {
		reasons = append(reasons, fmt.Sprintf("%d of %d updates that the policy wants came late or not at all; the longest silence was %s min", late, judged, number(*c.Silence)))
	}
	switch {
	case c.Promises.Broken > 0 && c.Promises.Broken*2 > c.Promises.Made:
		grade = poor
	case c.Promises.Broken > 0:
		grade = worse(grade, fair)
	}
	if c.Promises.Broken > 0 {
		reasons = append(reasons, fmt.Sprintf("%d of %d promised next updates broken", c.Promises.Broken, c.Promises.Made))
	}
	if c.Promises.Made == 0 && c.count("missing_next_update") > 0 {
		grade = worse(grade, fair)
		reasons = append(reasons, "no update says when the next one comes")
	}
	if len(reasons) == 0 {
		reasons = []string{fmt.Sprintf("longest silence %s min, promises kept: %d of %d", number(*c.Silence), c.Promises.Kept, c.Promises.Made)}
	}
	return grade, reasons
}

// beyond: an export shows no credits, so this is never known from it (R80).
func beyond(words []word) []string {
	if hasAny(words, candor.ElementCompensation) {
		return []string{"an update mentions compensation; whether it goes beyond the contract the export does not show"}
	}
	return []string{"a public export shows no credits"}
}

func (c *card) count(rule string) int {
	n := 0
	for _, f := range c.Findings {
		if f.Rule == rule {
			n++
		}
	}
	return n
}

// worse returns the worse of two grades; unknown gives way.
func worse(a, b string) string {
	rank := map[string]int{unknown: 0, good: 1, fair: 2, poor: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
