package compensate

import (
	"fmt"
	"slices"
	"strings"
)

// Compiled is a scheme that was checked and is ready to assess by. It never
// changes and is safe for concurrent use.
type Compiled struct {
	name, version, title string
	exclude              []string
	measure              Measure
	lines                []line
	combine              Combine
	reduce               []Reduction
	caps                 []limit
	digits               int // -1: those of the currency
	mode                 Mode
	eachLine             bool
	minimum              Minimum
	hasMinimum           bool
	warnings             []Problem
	scheme               Scheme
}

type line struct {
	id       string
	on       On
	tiers    []tier
	pick     Pick
	interval Ratio // minutes; zero: no intervals
	started  bool
	pay      payment // of every interval, or of the line
}

type tier struct {
	span
	id  string
	pay payment
}

type payment struct {
	percent  Ratio
	lostTime Ratio
	of       string
	amount   Money
	days     int64
	inKind   string
	form     payForm
}

type payForm uint8

const (
	payNothing payForm = iota
	payPercent
	payLostTime
	payAmount
)

type limit struct {
	id      string
	percent Ratio
	of      string
	amount  Money
	isPart  bool // percent of a base
	shared  string
}

// Compile checks a scheme and makes it ready for [Assess]. The error names all
// mistakes at once. Gaps and overlaps are no mistakes of whoever writes down
// what a text says: they are in Warnings. Compile keeps nothing of s.
func Compile(s *Scheme) (*Compiled, error) {
	var wrong []string
	c := &Compiled{
		name: s.Name, version: s.Version, title: s.Title,
		exclude: slices.Clone(s.Exclude), measure: s.Measure, combine: s.Combine,
		reduce: slices.Clone(s.Reduce), digits: -1, mode: s.Round.Mode, eachLine: s.Round.EachLine,
		scheme: s.clone(),
	}
	for _, p := range s.Validate() {
		if p.Warning {
			c.warnings = append(c.warnings, p)
		} else {
			wrong = append(wrong, p.String())
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("compensate: scheme %q: %s", s.Name, strings.Join(wrong, "; "))
	}
	if s.Measure.Round != nil {
		r := *s.Measure.Round
		c.measure.Round = &r
	}
	if s.Round.Digits != nil {
		c.digits = *s.Round.Digits
	}
	if s.Minimum != nil {
		c.minimum, c.hasMinimum = *s.Minimum, true
	}
	for i := range s.Lines {
		c.lines = append(c.lines, compileLine(&s.Lines[i]))
	}
	for i := range s.Caps {
		l := limit{id: s.Caps[i].ID, of: s.Caps[i].Of, shared: s.Caps[i].Shared}
		if p := s.Caps[i].Percent; p != nil {
			l.percent, l.isPart = *p, true
		} else {
			l.amount = *s.Caps[i].Amount
		}
		c.caps = append(c.caps, l)
	}
	return c, nil
}

func compileLine(l *Line) line {
	out := line{id: l.ID, on: l.On, pick: l.Pick}
	for i := range l.Tiers {
		t := &l.Tiers[i]
		out.tiers = append(out.tiers, tier{span: rangeOf(t), id: fmt.Sprintf("%s.tiers[%d]", l.ID, i), pay: compilePay(&t.Pay)})
	}
	switch {
	case len(l.Tiers) > 0:
		if out.on == "" {
			out.on = Availability
		}
	case l.Every != nil:
		out.interval = Fraction(int64(l.Every.Interval), minute)
		out.started, out.pay = l.Every.Started, compilePay(&l.Every.Pay)
		if out.on == "" {
			out.on = Downtime
		}
	default:
		out.pay = compilePay(l.Pay)
	}
	return out
}

func compilePay(p *Pay) payment {
	out := payment{of: p.Of, days: p.Days, inKind: p.InKind}
	switch {
	case p.Percent != nil:
		out.form, out.percent = payPercent, *p.Percent
	case p.LostTime != nil:
		out.form, out.lostTime = payLostTime, *p.LostTime
	case p.Amount != nil:
		out.form, out.amount = payAmount, *p.Amount
	}
	return out
}

// Name returns the scheme's name, its key in the ledger.
func (c *Compiled) Name() string { return c.name }

// Version returns the version of the scheme's text.
func (c *Compiled) Version() string { return c.version }

// Title returns what customers call the scheme.
func (c *Compiled) Title() string {
	if c.title == "" {
		return c.name
	}
	return c.title
}

// Scheme returns the scheme as it was compiled: a copy.
func (c *Compiled) Scheme() Scheme { return c.scheme.clone() }

// Warnings returns the places that the scheme's text leaves undecided.
func (c *Compiled) Warnings() []Problem { return slices.Clone(c.warnings) }
