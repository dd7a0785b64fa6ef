package statuspage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// story is an incident, or planned work, as the page tells it: the public
// part of a record and of those that live on in it. It is immutable.
type story struct {
	of []*record // who it lives on in comes first

	id          string
	title       string
	status      incident.Status
	round       int
	severity    incident.Severity
	maintenance bool
	planned     incident.Window
	successor   string

	created    time.Time // the first public word
	began      time.Time // for customers; zero: not known
	monitoring time.Time
	fixed      time.Time
	changed    time.Time

	parts     []part
	updates   []*update // newest first
	explained *update   // the explanation that stands, nil if there is none
	next      *promise
	promises  []*promise
	requests  []*request
}

// newStory tells the story of a record and those that live on in it. At least one is public.
func newStory(of []*record) *story {
	root := of[0]
	s := &story{of: of, id: root.id, status: root.status, round: root.round, successor: root.successor}
	named := root
	for _, r := range of {
		if r.public() && !named.public() {
			named = r // the survivor has said nothing yet: the page knows it by this name
		}
	}
	s.title, s.maintenance, s.planned = named.title, named.maintenance, named.planned
	s.monitoring, s.fixed = named.monitoring, named.fixed
	for _, r := range of {
		if r.public() {
			s.add(r)
		}
	}
	slices.SortStableFunc(s.updates, func(a, b *update) int { return a.at.Compare(b.at) })
	s.created = s.updates[0].at
	if s.began.After(s.created) {
		s.began = time.Time{} // words came first: it cannot be known what was meant
	}
	s.follow()
	slices.Reverse(s.updates)
	for _, u := range s.updates {
		if u.purpose == incident.PurposeExplanation && u.live() && s.explained == nil {
			s.explained = u
		}
	}
	s.promise()
	return s
}

func (s *story) add(r *record) {
	if r.severity.Rank() > s.severity.Rank() {
		s.severity = r.severity
	}
	if !r.began.IsZero() && (s.began.IsZero() || r.began.Before(s.began)) {
		s.began = r.began
	}
	s.changed = later(s.changed, r.changed)
	for _, p := range r.parts {
		i := slices.IndexFunc(s.parts, func(have part) bool { return have.id == p.id })
		if i < 0 {
			i = len(s.parts)
			s.parts = append(s.parts, p)
		}
		if have := &s.parts[i]; !s.running() {
			have.now = operational
		} else {
			have.now, have.core = worst(have.now, p.now), have.core || p.core
		}
	}
	for _, u := range r.updates {
		c := *u // what it changed depends on what stood before it, here
		s.updates = append(s.updates, &c)
	}
	s.promises = append(s.promises, r.promises...)
	s.requests = append(s.requests, r.requests...)
}

// follow says of every update what it changed of its components.
func (s *story) follow() {
	was := map[string]condition{}
	for _, u := range s.updates {
		u.parts = slices.Clone(u.parts)
		for i := range u.parts {
			p := &u.parts[i]
			p.old = cmp.Or(was[p.id], operational)
			was[p.id] = p.now
		}
	}
}

// promise finds when the next word is due: what was promised in public and not
// followed by words in public, the earliest first. Private words keep it for those who
// got them, and in the record; the public is still waiting. What a merged incident promised, words of any of
// its family keep.
func (s *story) promise() {
	slices.SortStableFunc(s.promises, func(a, b *promise) int { return a.due.Compare(b.due) })
	if s.over() {
		return
	}
	for _, r := range s.of {
		for _, p := range r.next {
			if !s.heard(p) && (s.next == nil || p.due.Before(s.next.due)) {
				s.next = p
			}
		}
	}
}

// heard reports whether the public heard something after a next update was promised.
func (s *story) heard(p *promise) bool {
	if p.said == "" {
		return s.updates[0].at.After(p.made)
	}
	return s.updates[0].id != p.said // newest first
}

// over reports whether no further word is promised: nothing is left to be said.
func (s *story) over() bool {
	switch s.status {
	case incident.StatusClosed, incident.StatusDismissed, incident.StatusCompleted, incident.StatusCancelled, incident.StatusFailed:
		return true
	default:
		return false
	}
}

// running reports whether it touches components now.
func (s *story) running() bool {
	if s.maintenance {
		return s.status == incident.StatusInProgress || s.status == incident.StatusVerifying
	}
	return fails(s.status)
}

// waits reports whether we say that it is fixed and customers have not said so yet.
func (s *story) waits() bool { return s.status == incident.StatusResolved }

// upcoming reports whether it is planned work that has not begun.
func (s *story) upcoming() bool { return s.maintenance && s.status == incident.StatusScheduled }

// confirmed reports whether customers have decided that it is fixed.
func (s *story) confirmed() bool {
	return s.status == incident.StatusConfirmed || s.status == incident.StatusClosed
}

// dated is the time by which the history lists it: the first public word, and for
// planned work its beginning, or its end where it ended before that.
func (s *story) dated() time.Time {
	switch {
	case !s.maintenance || s.planned.From.IsZero():
		return s.created
	case !s.fixed.IsZero() && s.fixed.Before(s.planned.From):
		return s.fixed
	}
	return s.planned.From
}

// latest returns the newest words that stand, or the newest update if none do.
func (s *story) latest() *update {
	for _, u := range s.updates {
		if u.live() {
			return u
		}
	}
	return s.updates[0]
}

// name returns the title in a language and which language it is in. The record
// has one title, in the page's first language. Words whose subject there is that
// title have its translation as their subject in the other.
func (s *story) name(language, first string) (string, string) {
	if language == first {
		return s.title, first
	}
	for _, u := range s.updates {
		if t, _ := u.text(first); t.Subject != s.title {
			continue
		}
		if t, l := u.text(language); t.Subject != "" && (l == language || strings.HasPrefix(language, l+"-")) {
			return t.Subject, l
		}
	}
	return s.title, first
}

// families groups records by what they live on in. Records whose survivor is
// not there stand for themselves.
func families(records map[string]*record) map[string][]*record {
	out := make(map[string][]*record, len(records))
	for _, r := range records {
		root := r
		for hops := 0; root.into != "" && hops < len(records); hops++ {
			up, ok := records[root.into]
			if !ok {
				break
			}
			root = up
		}
		if root.into != "" && records[root.into] != nil {
			root = r // a ring: nobody survived
		}
		out[root.id] = append(out[root.id], r)
	}
	for id, list := range out {
		slices.SortFunc(list, func(a, b *record) int {
			switch id {
			case a.id:
				return -1
			case b.id:
				return 1
			}
			return cmp.Compare(a.id, b.id)
		})
		if !slices.ContainsFunc(list, (*record).public) {
			delete(out, id)
		}
	}
	return out
}
