package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
	"github.com/amends-dev/amends/policy"
	"github.com/amends-dev/amends/policy/candor"
)

// judge replays one incident and holds it against the policy.
func judge(s settings, i seen) (*card, []statuspage.Problem) {
	c := &card{
		ID: i.ID, Name: i.Name, Impact: i.Impact, Maintenance: i.Maintenance,
		StartedAt: known(i.Started), FirstPublic: known(i.First()), ResolvedAt: known(resolved(i.Incident)),
		Updates: len(i.Updates) + len(i.Untimed), Untimed: len(i.Untimed), Silence: silence(i.Incident), Skipped: skipped(i.Incident),
		Promises: promises{List: []promiseDetail{}}, Findings: []finding{}, Requirements: []requirement{},
	}
	if c.Impact == "" {
		c.Impact = "unknown"
	}
	if len(i.Untimed) > 0 {
		c.FirstPublic = nil // one of those may have been earlier
	}
	if c.FirstPublic != nil && !i.Started.IsZero() && !i.First().IsZero() && !i.First().Before(i.Started) {
		c.FirstWord = minutes(i.First().Sub(i.Started))
	}
	words := reviewAll(s, i, c)
	events := i.Events(&statuspage.EventOptions{
		Locale:   s.locale,
		Policies: []incident.PolicyPin{s.policy.Pin()},
		NextUpdate: func(body string, at time.Time) *incident.Moment {
			if p := promise(s, body, at); p != nil {
				return &incident.Moment{At: p.At.UTC()}
			}
			return nil
		},
	})
	if len(events) == 0 {
		c.grade(i, words)
		return c, nil // reading said already that it has no usable time
	}
	v, err := incident.FoldIncident(i.ID, events)
	if err != nil {
		c.grade(i, words)
		return c, []statuspage.Problem{{Incident: i.ID, Text: fmt.Sprintf("it cannot be replayed: %v; requirements stay unknown", err)}}
	}
	c.Promises = kept(s, i, v)
	at := judgedAt(s, i, v)
	c.JudgedAt = known(at)
	c.require(s, i, v, at, words)
	c.explained(i, words)
	c.grade(i, words)
	return c, nil
}

// afterwards is how long after its last update an incident is judged at least:
// explanations are due days after the resolution.
const afterwards = 14 * 24 * time.Hour

// judgedAt is some time after the last update, but not later than what the file shows.
func judgedAt(s settings, i seen, v *incident.Incident) time.Time {
	last := v.Opened
	if n := len(i.Updates); n > 0 {
		last = i.Updates[n-1].At
	}
	d := s.policy.Decide(last, &policy.Facts{Incident: v})
	at := last.Add(max(afterwards, d.VerdictWindow))
	if i.until.Before(at) {
		at = i.until
	}
	if at.Before(last) {
		at = last
	}
	return at
}

// word is what the review found in one update.
type word struct {
	elements []candor.Element
	blocks   []string // excerpts of findings that block, with their rule
	unread   string   // why the words could not be reviewed, "" where they were
}

func reviewAll(s settings, i seen, c *card) []word {
	levels := map[string]candor.Level{"missing_contact": candor.Off}
	for rule, level := range s.policy.Wording() {
		levels[rule] = candor.Level(level)
	}
	out := make([]word, len(i.Updates))
	for n, u := range i.Updates {
		m := &candor.Message{
			Body: u.Body, Locale: s.locale, Status: u.Status, Purpose: purpose(i, u), Maintenance: i.Maintenance,
		}
		switch {
		case strings.TrimSpace(u.Body) == "":
			out[n].unread = "an update without its words"
			continue
		case !candor.Supported(s.locale):
			out[n].unread = fmt.Sprintf("candor does not know the language %q", s.locale)
		}
		out[n].elements = candor.Elements(m)
		for _, f := range candor.Review(m, &candor.Options{Levels: maps.Clone(levels)}) {
			c.Findings = append(c.Findings, finding{u.ID, f.Rule, string(f.Level), f.Excerpt})
			if f.Level == candor.Block && f.Excerpt != "" {
				out[n].blocks = append(out[n].blocks, fmt.Sprintf("%s: %q", f.Rule, f.Excerpt))
			}
		}
	}
	return out
}

func purpose(i seen, u statuspage.Update) string {
	switch {
	case i.Maintenance:
		return string(incident.PurposeAnnouncement)
	case u.Status == "resolved":
		return string(incident.PurposeResolution)
	case u.Status == "postmortem":
		return string(incident.PurposeExplanation)
	}
	return string(incident.PurposeUpdate)
}

// hasAny reports whether an update holds an element.
func hasAny(words []word, e candor.Element) bool {
	return slices.ContainsFunc(words, func(w word) bool { return slices.Contains(w.elements, e) })
}
