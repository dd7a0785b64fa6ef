package policy

import (
	"math/bits"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
)

// matcher says which rules match given facts. Every distinct condition of all
// rules is one bit; the facts set the bits of the conditions that hold, and a
// rule matches if all of its bits are set. Conditions that many rules share are
// tested once.
type matcher struct {
	bits int
	// Of closed and open sets: the bits that a value sets.
	worst, current [4]mask
	status         map[incident.Status]mask
	components     map[string]mask
	degrees        map[incident.Degree]mask
	causes         map[incident.CauseKind]mask
	reports        map[incident.ReportKind]mask
	urgencies      map[incident.Urgency]mask
	// Of yes and no, in the order no, yes.
	core, loss, maintenance, reported [2]mask
	// Of lower bounds, ascending.
	lasts, affected []bound
	repeats         []repeatBound
	facts           []factBit

	// Needs of rule i are needs[first[i]:first[i+1]]. Bits are numbered in the
	// order of conditions, so that the lowest missing bit is the first unmet one.
	ids   []string
	first []uint32
	needs []need
	lone  []need // of rules with one need, that one; its mask is never zero
}

// need is what a rule needs of one word of the bit set.
type need struct {
	word uint32
	mask uint64
}

type mask []uint16

type bound struct {
	least int64
	bit   uint16
}

type repeatBound struct {
	within time.Duration
	least  int
	bit    uint16
}

type factBit struct {
	name string
	test FactTest
	bit  uint16
}

// message is the report or reply that a rule on cases is matched for.
type message struct {
	kind    incident.ReportKind
	urgency incident.Urgency
}

// bitset holds the conditions that hold. Up to 4096 conditions it needs no allocation.
type bitset [64]uint64

func (b *bitset) set(bits mask) {
	for _, i := range bits {
		b[i>>6] |= 1 << (i & 63)
	}
}

// maxConditions is how many distinct conditions a policy may have.
const maxConditions = len(bitset{}) * 64

// fill sets the bits of all conditions that hold.
func (m *matcher) fill(b *bitset, at time.Time, f *Facts, msg *message) {
	clear(b[:(m.bits+63)/64])
	if msg != nil {
		b.set(m.reports[msg.kind])
		b.set(m.urgencies[msg.urgency])
	}
	i := f.Incident
	if i == nil {
		b.set(m.maintenance[0])
		b.set(m.reported[1])
		return
	}
	b.set(m.worst[max(i.Worst.Rank(), i.Severity.Rank())])
	b.set(m.current[i.Severity.Rank()])
	b.set(m.status[i.Status])
	core := false
	for n := range i.Components {
		c := &i.Components[n]
		core = core || c.Core
		if len(m.components) > 0 {
			b.set(m.components[c.ID])
		}
		b.set(m.degrees[c.Degree])
	}
	b.set(m.core[yes(core)])
	b.set(m.loss[yes(i.DataLoss || i.Impact.DataLoss)])
	b.set(m.maintenance[yes(i.Maintenance)])
	b.set(m.reported[yes(f.Cases.Reports > 0 || !i.Clocks[incident.ClockOutsideReport].IsZero())])
	if i.Cause != nil {
		b.set(m.causes[i.Cause.Cause])
	}
	m.fillBounds(b, at, f)
}

func (m *matcher) fillBounds(b *bitset, at time.Time, f *Facts) {
	if len(m.lasts) > 0 {
		setBounds(b, m.lasts, int64(lasted(f.Incident, at)))
	}
	setBounds(b, m.affected, f.Incident.Impact.Affected)
	for _, r := range m.repeats {
		n := 0
		for _, before := range f.Repeats {
			if before >= 0 && before <= r.within {
				n++
			}
		}
		if n >= r.least {
			b[r.bit>>6] |= 1 << (r.bit & 63)
		}
	}
	for i := range m.facts {
		t := &m.facts[i]
		if v, ok := f.Host[t.name]; ok && t.test.holds(v) {
			b[t.bit>>6] |= 1 << (t.bit & 63)
		}
	}
}

func setBounds(b *bitset, bounds []bound, value int64) {
	for _, t := range bounds {
		if t.least > value {
			return
		}
		b[t.bit>>6] |= 1 << (t.bit & 63)
	}
}

func (t FactTest) holds(v Value) bool {
	switch {
	case t.Is != nil:
		return v.Bool == *t.Is
	case t.AtLeast != nil:
		return v.Number >= *t.AtLeast
	default:
		return slices.Contains(t.OneOf, v.Text)
	}
}

// unmet returns the index of a rule's first unmet condition, -1 if it matches.
func (m *matcher) unmet(rule int, b *bitset) int {
	before := 0
	for _, n := range m.needs[m.first[rule]:m.first[rule+1]] {
		if missing := n.mask &^ b[n.word%uint32(len(b))]; missing != 0 {
			return before + bits.OnesCount64(n.mask&(missing&-missing-1))
		}
		before += bits.OnesCount64(n.mask)
	}
	return -1
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Match says for every rule whether its conditions hold, and if not, which one
// is the first that does not. It appends to dst, so that a caller who gives the
// last answer back, cut to nothing, causes no allocation.
func (c *Compiled) Match(at time.Time, f *Facts, dst []RuleOutcome) []RuleOutcome {
	var b bitset
	c.match.fill(&b, at, f, nil)
	return c.outcomes(&b, dst)
}

func (c *Compiled) outcomes(b *bitset, dst []RuleOutcome) []RuleOutcome {
	m, n := &c.match, len(dst)
	dst = slices.Grow(dst, len(m.ids))[:n+len(m.ids)]
	out := dst[n:]
	for i := range out {
		l := &m.lone[i]
		if l.mask == 0 { // its conditions are in several words
			u := m.unmet(i, b)
			out[i] = RuleOutcome{Rule: m.ids[i], Matched: u < 0, Unmet: u}
			continue
		}
		// The usual case without a branch that depends on the facts.
		missing := l.mask &^ b[l.word%uint32(len(b))]
		u := bits.OnesCount64(l.mask & (missing&-missing - 1))
		if missing == 0 {
			u = -1
		}
		out[i] = RuleOutcome{Rule: m.ids[i], Matched: missing == 0, Unmet: u}
	}
	return dst
}

// began is when it began for customers, as far as known.
func began(i *incident.Incident) time.Time {
	for _, c := range [...]incident.Clock{incident.ClockOccurred, incident.ClockDetected} {
		if t := i.Clocks[c]; !t.IsZero() {
			return t
		}
	}
	return i.Opened
}

// ended is when it ended for customers, zero while it lasts.
func ended(i *incident.Incident) time.Time {
	switch i.Status {
	case incident.StatusResolved, incident.StatusConfirmed, incident.StatusClosed,
		incident.StatusCompleted, incident.StatusCancelled, incident.StatusFailed:
	default:
		return time.Time{}
	}
	since := i.RoundSince()
	if t := i.Clocks[incident.ClockMitigated]; t.After(since) {
		return t
	}
	for _, s := range slices.Backward(i.Statuses) {
		if s.Status == incident.StatusResolved || s.Status == incident.StatusCompleted {
			return s.At
		}
	}
	return i.Statuses[len(i.Statuses)-1].At
}

func lasted(i *incident.Incident, at time.Time) time.Duration {
	end := at
	if t := ended(i); !t.IsZero() && t.Before(at) {
		end = t
	}
	return end.Sub(began(i))
}
