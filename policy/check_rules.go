package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amends-dev/amends/incident"
)

func (c *checker) checkCalendars() {
	c.calendars = map[string]*calendar{}
	for _, name := range sortedKeys(c.policy.Calendars) {
		cal, err := compileCalendar(c.policy.Calendars[name])
		if err != nil {
			c.addf("calendars."+name, "%s", err)
			continue
		}
		c.calendars[name] = cal
	}
}

func (c *checker) checkRules() {
	seen := map[string]int{}
	for n := range c.policy.Communication {
		r, path := &c.policy.Communication[n], "communication["+strconv.Itoa(n)+"]"
		switch first, twice := seen[r.ID]; {
		case r.ID == "":
			c.addf(path, "the rule has no id: records and waivers refer to it by its id")
		case twice:
			c.addf(path+".id", "rule %q stands here a second time: the first is communication[%d]", shorten(r.ID), first)
		case r.ID == rulePromise || !plainName(r.ID):
			c.addf(path+".id", "%q cannot name a rule: want small letters, digits and hyphens, and not %q", shorten(r.ID), rulePromise)
		}
		c.checkRule(r, path, seen)
		if _, twice := seen[r.ID]; !twice {
			seen[r.ID] = n
		}
	}
	if conditions := c.countConditions(); conditions > maxConditions {
		c.addf("communication", "the rules have %d different conditions: at most %d fit", conditions, maxConditions)
	}
}

func (c *checker) countConditions() int {
	if upTo := len(c.policy.Communication) * kindsOfConditions; upTo <= maxConditions && len(c.policy.Facts) == 0 {
		return upTo // they cannot be too many
	}
	distinct := map[string]bool{}
	for n := range c.policy.Communication {
		r := rule{Rule: c.policy.Communication[n]}
		for _, cond := range r.conditions() {
			distinct[cond.key] = true
		}
	}
	return len(distinct)
}

// kindsOfConditions is how many conditions a rule without facts of the host has at most.
const kindsOfConditions = 16

func (c *checker) checkRule(r *Rule, path string, earlier map[string]int) {
	if r.Act == "" {
		c.addf(path, "the rule has no act: want %s", oneOf(acts()))
		return
	}
	if !contains(acts(), string(r.Act)) {
		c.suggest(path+".act", nearest(string(r.Act), acts()), "act %q is unknown: want %s", shorten(string(r.Act)), oneOf(acts()))
		return
	}
	c.checkTimes(r, path)
	c.checkFrom(r, path, earlier)
	c.checkTo(r, path)
	c.checkWhen(r, path+".when")
	for n, e := range r.Contains {
		if !contains(Elements(), e) {
			c.suggest(fmt.Sprintf("%s.contains[%d]", path, n), nearest(e, Elements()), "element %q is unknown: want some of %s", shorten(e), all(Elements()))
		}
	}
	if _, ok := c.policy.Prepared[r.Prepared]; r.Prepared != "" && !ok {
		c.suggest(path+".prepared", nearest(r.Prepared, sortedKeys(c.policy.Prepared)), "there is no prepared text %q", shorten(r.Prepared))
	}
	for n, w := range r.Wake {
		at := fmt.Sprintf("%s.wake[%d]", path, n)
		if w.Who == "" {
			c.addf(at, "who is to be woken?")
		}
		if !w.Before.IsZero() && !w.After.IsZero() {
			c.addf(at, "before and after exclude each other: want two entries")
		}
		c.plainSpan(at+".before", w.Before)
		c.plainSpan(at+".after", w.After)
	}
	if n := r.Channels; n.AtLeast < 0 || n.Public < 0 || n.Private < 0 {
		c.addf(path+".channels", "a number of channels cannot be below zero")
	}
}

// checkTimes checks that there is a deadline, or a cadence.
func (c *checker) checkTimes(r *Rule, path string) {
	timed := !r.Within.IsZero() || !r.Before.IsZero() || len(r.Also) > 0
	switch {
	case r.Act == ActKeepPromise && timed:
		c.addf(path, "a promise brings its own time: want neither within, before nor also")
	case r.Act == ActUpdate && (timed || len(r.Cadence) == 0):
		c.addf(path, "an update rule has a cadence, for example \"cadence: 30m\", and neither within, before nor also")
	case r.Act != ActUpdate && len(r.Cadence) > 0:
		c.addf(path+".cadence", "only rules of act update have a cadence")
	case r.Act != ActUpdate && r.Act != ActKeepPromise && !timed:
		c.addf(path, "the rule has no deadline: want for example \"within: 30m\"")
	case !r.Within.IsZero() && !r.Before.IsZero():
		c.addf(path+".before", "within and before exclude each other")
	}
	if r.Until != "" && r.Act != ActUpdate {
		c.addf(path+".until", "only rules of act update have an end")
	}
	c.plainSpan(path+".before", r.Before)
	c.span(path+".within", r.Within)
	for n, d := range r.Also {
		at := fmt.Sprintf("%s.also[%d]", path, n)
		c.span(at+".within", d.Within)
		if d.Within.IsZero() || len(d.From) == 0 {
			c.addf(at, "a further deadline needs both from and within")
		}
	}
	for n, p := range r.Cadence {
		at := fmt.Sprintf("%s.cadence[%d]", path, n)
		c.span(at+".every", p.Every)
		c.plainSpan(at+".for", p.For)
		if p.Every.IsZero() {
			c.addf(at, "how often? want for example \"every: 30m\"")
		}
		if last := n == len(r.Cadence)-1; last != p.For.IsZero() {
			c.addf(at, "every phase but the last has \"for\", so that the cadence never stops before its end")
		}
	}
}

// span checks that a span has its calendar.
func (c *checker) span(path string, s Span) {
	switch {
	case s.BusinessDays == 0 && s.Months == 0:
	case s.Calendar == "" && len(c.policy.Calendars) != 1:
		c.addf(path, "%q goes by a calendar, and there are %d: want %q", s, len(c.policy.Calendars), s.String()+" in <calendar>")
	case s.Calendar != "":
		if _, ok := c.policy.Calendars[s.Calendar]; !ok {
			c.suggest(path, nearest(s.Calendar, sortedKeys(c.policy.Calendars)), "there is no calendar %q", shorten(s.Calendar))
		}
	}
}

// plainSpan checks that a span is a duration.
func (c *checker) plainSpan(path string, s Span) {
	if s.BusinessDays > 0 || s.Months > 0 {
		c.addf(path, "%q cannot stand here: want a duration, for example 36h or 3d", s)
	}
}

func (c *checker) checkFrom(r *Rule, path string, earlier map[string]int) {
	for n, t := range r.From {
		c.checkTrigger(r, t, fmt.Sprintf("%s.from[%d]", path, n), earlier)
	}
	if r.Act.ownClock() && len(r.From) > 0 {
		c.addf(path+".from", "act %s counts from what it is about: leave from out", r.Act)
	}
	for n, d := range r.Also {
		for m, t := range d.From {
			c.checkTrigger(r, t, fmt.Sprintf("%s.also[%d].from[%d]", path, n, m), earlier)
		}
	}
	if (r.Act.ownClock() || r.Act.onCase()) && len(r.Also) > 0 {
		c.addf(path+".also", "act %s has one clock only", r.Act)
	}
}

func (c *checker) checkTrigger(r *Rule, t Trigger, path string, earlier map[string]int) {
	known := append(append(triggers(), texts(clocks()...)...), texts(c.policy.Clocks...)...)
	if s, ok := t.status(); ok {
		if !slices.Contains(statuses(), s) {
			c.suggest(path, nearest(string(s), texts(statuses()...)), "status %q is unknown", shorten(string(s)))
		}
		return
	}
	if id, ok := t.rule(); ok {
		if _, before := earlier[id]; !before {
			c.suggest(path, nearest(id, sortedKeys(earlier)), "rule %q does not stand above this one", shorten(id))
		}
		return
	}
	onCase := t == TriggerReport || t == TriggerReply
	switch {
	case !contains(known, string(t)):
		c.suggest(path, nearest(string(t), known), "clock %q is unknown: want one of %s, status:<status>, rule:<id>, or declare it under clocks", shorten(string(t)), oneOf(known))
	case onCase != r.Act.onCase():
		c.addf(path, "clock %q does not go with act %s", t, r.Act)
	}
}

func (c *checker) checkTo(r *Rule, path string) {
	known := append(texts(audiences()...), texts(c.policy.Audiences...)...)
	for n, a := range r.To {
		if !contains(known, string(a)) {
			c.suggest(fmt.Sprintf("%s.to[%d]", path, n), nearest(string(a), known), "audience %q is unknown: want some of %s, or declare it under audiences", shorten(string(a)), all(known))
		}
	}
	if len(r.To) == 0 && !r.Act.wordless() {
		c.addf(path, "the rule has no audience: want for example \"to: [affected, public]\"")
	}
	if need := r.Channels.Public; need > 0 && len(r.To) > 0 && !slices.Contains(r.To, incident.AudiencePublic) {
		c.addf(path+".channels.public", "a public channel is wanted, but the public is not among the audiences")
	}
}

func plainName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) < 0
}
