package statuspage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/prose"
)

// content is everything that the page says, as of one moment. It is immutable
// but for the documents made of it, which are made once each.
type content struct {
	*config
	at      time.Time // what is late, and which day it is, is said as of then
	until   time.Time // when it would say something else, though nothing was recorded
	stale   time.Time // the store could not be read since; zero: it could
	catalog Catalog
	records map[string]*record
	stories []*story          // newest first
	byID    map[string]*story // also by the IDs of those that live on in them
	months  []month           // newest first
	groups  []group
	updated time.Time
	state   state
	docs    *documents
}

// state is how all of it is.
type state struct {
	indicator   string // none, minor, major, critical, maintenance
	description string
}

// group is a heading with its components; components without one stand in groups of their own.
type group struct {
	Group
	heading bool
	parts   []component
}

// condition of a group is that of its worst component.
func (g *group) condition() condition {
	c := operational
	for _, p := range g.parts {
		c = worst(c, p.condition)
	}
	return c
}

// component is a component with how it is.
type component struct {
	Component
	condition condition
	changed   time.Time
}

// month is a month of the history, in the page's zone.
type month struct {
	name    string // 2026-03
	begin   time.Time
	stories []*story
}

// recentDays is how many days the first page looks back.
const recentDays = 7

// newContent tells what there is to say. Stories of prev whose records are the
// same are taken over.
func newContent(c *config, records map[string]*record, catalog Catalog, at, stale time.Time, prev *content) *content {
	n := &content{
		config: c, at: at.In(c.zone), stale: stale, catalog: catalog, records: records, updated: c.opts.Since,
		byID: make(map[string]*story, len(records)), docs: newDocuments(),
	}
	for id, of := range families(records) {
		var s *story
		if prev != nil {
			if was := prev.byID[id]; was != nil && was.id == id && slices.Equal(was.of, of) {
				s = was
			}
		}
		if s == nil {
			s = newStory(of)
		}
		n.stories = append(n.stories, s)
		for _, r := range of {
			n.byID[r.id] = s
		}
		n.updated = later(n.updated, s.changed)
	}
	slices.SortFunc(n.stories, func(a, b *story) int {
		return cmp.Or(b.created.Compare(a.created), strings.Compare(a.id, b.id))
	})
	n.setMonths()
	n.setComponents()
	n.setState()
	n.setUntil()
	return n
}

func (c *content) setMonths() {
	by := map[string]*month{}
	for _, s := range c.stories {
		if s.upcoming() {
			continue
		}
		t := s.dated().In(c.zone)
		name := t.Format("2006-01")
		m := by[name]
		if m == nil {
			m = &month{name: name, begin: time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, c.zone)}
			by[name] = m
		}
		m.stories = append(m.stories, s)
	}
	for _, m := range by {
		slices.SortStableFunc(m.stories, func(a, b *story) int { return b.dated().Compare(a.dated()) })
		c.months = append(c.months, *m)
	}
	slices.SortFunc(c.months, func(a, b month) int { return b.begin.Compare(a.begin) })
}

// setComponents lists the components of the catalog, and those besides them that
// something names: anything without a catalog, otherwise what is open.
func (c *content) setComponents() {
	list := c.catalog.clone().Components
	index := make(map[string]int, len(list))
	for i, p := range list {
		index[p.ID] = i
	}
	known := len(list)
	conditions, changed := map[string]condition{}, map[string]time.Time{}
	for _, s := range c.stories {
		for _, p := range s.parts {
			now := operational
			if s.running() {
				now = p.now
			}
			conditions[p.id] = worst(conditions[p.id], now)
			changed[p.id] = later(changed[p.id], s.changed)
			i, ok := index[p.id]
			switch {
			case ok:
				list[i].Core = list[i].Core || s.running() && p.core
			case known == 0 || now != operational:
				index[p.id] = len(list)
				list = append(list, Component{ID: p.id, Name: p.name, Core: p.core})
			}
		}
	}
	slices.SortStableFunc(list[known:], func(a, b Component) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	at := map[string]int{}
	for _, p := range list {
		one := component{Component: p, condition: cmp.Or(conditions[p.ID], operational), changed: changed[p.ID]}
		one.Name, one.Description = shownAs(p.Name, p.ID), prose.OneLine(p.Description)
		i, ok := at[p.Group]
		if p.Group == "" || !ok {
			i = len(c.groups)
			at[p.Group] = i
			g := group{heading: p.Group != ""}
			if k := slices.IndexFunc(c.catalog.Groups, func(g Group) bool { return g.ID == p.Group }); k >= 0 {
				g.Group = c.catalog.Groups[k]
				g.Name, g.Description = shownAs(g.Name, g.ID), prose.OneLine(g.Description)
			}
			c.groups = append(c.groups, g)
		}
		c.groups[i].parts = append(c.groups[i].parts, one)
	}
}

// setState sums up: the worst open incident says how it is, and a core function that is out is critical.
func (c *content) setState() {
	rank, work := 0, false
	for _, s := range c.stories {
		switch {
		case !s.running():
		case s.maintenance:
			work = true
		default:
			rank = max(rank, s.severity.Rank(), 1)
		}
	}
	for _, g := range c.groups {
		for _, p := range g.parts {
			switch {
			case !p.Core:
			case p.condition == majorOutage:
				rank = max(rank, incident.SeverityCritical.Rank())
			case p.condition == partialOutage:
				rank = max(rank, incident.SeverityMajor.Rank())
			}
		}
	}
	switch {
	case rank == incident.SeverityCritical.Rank():
		c.state = state{"critical", "Major Service Outage"}
	case rank == incident.SeverityMajor.Rank():
		c.state = state{"major", "Partial System Outage"}
	case rank > 0:
		c.state = state{"minor", "Minor Service Outage"}
	case work:
		c.state = state{"maintenance", "Service Under Maintenance"}
	default:
		c.state = state{"none", "All Systems Operational"}
	}
}

// setUntil finds when time alone changes what is said: the next day begins, or a
// promise becomes late.
func (c *content) setUntil() {
	c.until = time.Date(c.at.Year(), c.at.Month(), c.at.Day()+1, 0, 0, 0, 0, c.zone)
	sooner := func(due time.Time) {
		if due = due.Add(time.Nanosecond); due.After(c.at) && due.Before(c.until) {
			c.until = due
		}
	}
	for _, s := range c.stories {
		if s.next != nil {
			sooner(s.next.due)
		}
		for _, p := range s.promises {
			if p.kept.IsZero() {
				sooner(p.due)
			}
		}
	}
}
