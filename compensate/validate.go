package compensate

import (
	"fmt"
	"slices"
)

// Problem is a mistake in a scheme, or, as a warning, a place that its text leaves undecided.
type Problem struct {
	Path    string // where, for example `lines[0].tiers[2].from`
	Text    string // what is wrong, and what to do
	Warning bool   // a gap or overlap: the scheme works, but numbers there are undecided
}

// String returns path and text.
func (p Problem) String() string { return p.Path + ": " + p.Text }

// Validate returns all problems of the scheme at once, in the order of the file; none if it is right.
func (s *Scheme) Validate() []Problem {
	var v validator
	if s.Name == "" {
		v.add("name", "is missing: the ledger tells schemes apart by it")
	}
	for i, flag := range s.Exclude {
		if flag == "" {
			v.add(fmt.Sprintf("exclude[%d]", i), "names no flag")
		}
	}
	v.measure("measure", &s.Measure)
	if len(s.Lines) == 0 {
		v.add("lines", "are missing: nothing would ever be owed")
	}
	for i := range s.Lines {
		v.line(fmt.Sprintf("lines[%d]", i), &s.Lines[i], s.Lines[:i])
	}
	v.oneOf("combine", string(s.Combine), string(Add), string(Greatest), string(First))
	for i, r := range s.Reduce {
		path := fmt.Sprintf("reduce[%d]", i)
		if r.When == "" {
			v.add(path+".when", "names no flag")
		}
		if r.Percent.Sign() <= 0 || r.Percent.Cmp(Whole(100)) > 0 {
			v.add(path+".percent", "must be above 0 and at most 100")
		}
	}
	for i := range s.Caps {
		v.limit(fmt.Sprintf("caps[%d]", i), &s.Caps[i])
	}
	if d := s.Round.Digits; d != nil && (*d < 0 || *d > maxDigits) {
		v.add("round.digits", "must be 0 to %d", maxDigits)
	}
	v.mode("round.mode", s.Round.Mode)
	if m := s.Minimum; m != nil && (m.Amount.Sign() < 0 || m.Amount.currency == "") {
		v.add("minimum.amount", "must be an amount with a currency, not below zero")
	}
	return v.problems
}

type validator struct{ problems []Problem }

func (v *validator) add(path, format string, args ...any) {
	v.problems = append(v.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

func (v *validator) warn(path, format string, args ...any) {
	v.problems = append(v.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...), Warning: true})
}

func (v *validator) oneOf(path, got string, want ...string) {
	if got != "" && !slices.Contains(want, got) {
		v.add(path, "%q is not known: want one of %q", clip(got), want)
	}
}

func (v *validator) mode(path string, m Mode) {
	if !m.valid() {
		v.add(path, "%q is no mode of rounding: want half_up, half_even, half_down, up or down", clip(string(m)))
	}
}

func (v *validator) measure(path string, m *Measure) {
	if m.MinRun < 0 {
		v.add(path+".min_run", "must not be negative")
	}
	if m.Grace < 0 {
		v.add(path+".grace", "must not be negative")
	}
	if m.Longer && m.MinRun == 0 {
		v.add(path+".longer", "says nothing without min_run")
	}
	v.oneOf(path+".maintenance", string(m.Maintenance), string(MaintenanceExcused), string(MaintenanceShrinks), string(MaintenanceCounts))
	v.oneOf(path+".degraded", string(m.Degraded), string(DegradedFull), string(DegradedShare), string(DegradedIgnore))
	if r := m.Round; r != nil {
		if r.Digits < 0 || r.Digits > maxDigits {
			v.add(path+".round.digits", "must be 0 to %d", maxDigits)
		}
		v.mode(path+".round.mode", r.Mode)
	}
}

func (v *validator) line(path string, l *Line, before []Line) {
	if l.ID == "" {
		v.add(path+".id", "is missing: steps name the line by it")
	} else if slices.ContainsFunc(before, func(b Line) bool { return b.ID == l.ID }) {
		v.add(path+".id", "%q is used by another line", clip(l.ID))
	}
	forms := 0
	for _, set := range []bool{len(l.Tiers) > 0, l.Every != nil, l.Pay != nil} {
		if set {
			forms++
		}
	}
	if forms != 1 {
		v.add(path, "has %d of tiers, every and pay: want exactly one", forms)
	}
	v.oneOf(path+".pick", string(l.Pick), string(PickFirst), string(PickLast))
	for i := range l.Tiers {
		v.tier(fmt.Sprintf("%s.tiers[%d]", path, i), &l.Tiers[i])
	}
	if len(l.Tiers) > 0 {
		v.table(path+".tiers", l)
	}
	if l.Every != nil {
		if l.Every.Interval <= 0 {
			v.add(path+".every.interval", "must be above zero")
		}
		if l.On == Availability || l.On == GoodShare {
			v.add(path+".on", "%s is a percentage: intervals need minutes", l.On)
		}
		v.pay(path+".every.pay", &l.Every.Pay)
	}
	if l.Pay != nil {
		if l.On == Availability || l.On == GoodShare || l.On == Downtime {
			v.add(path+".on", "%s is no count: pay takes a number of the input, or nothing", l.On)
		}
		v.pay(path+".pay", l.Pay)
	}
}

func (v *validator) tier(path string, t *Tier) {
	if t.From != nil && t.Above != nil {
		v.add(path, "has from and above: want one lower bound")
	}
	if t.To != nil && t.Below != nil {
		v.add(path, "has to and below: want one upper bound")
	}
	if r := rangeOf(t); r.empty() {
		v.add(path, "holds no number: its lower bound is above its upper")
	}
	v.pay(path+".pay", &t.Pay)
}

func (v *validator) pay(path string, p *Pay) {
	forms := 0
	for _, set := range []bool{p.Percent != nil, p.LostTime != nil, p.Amount != nil} {
		if set {
			forms++
		}
	}
	if forms > 1 {
		v.add(path, "has %d of percent, lost_time and amount: want at most one", forms)
	}
	if p.Percent != nil && p.Percent.Sign() < 0 {
		v.add(path+".percent", "must not be negative")
	}
	if p.LostTime != nil && p.LostTime.Sign() < 0 {
		v.add(path+".lost_time", "must not be negative")
	}
	if p.Amount != nil && (p.Amount.Sign() < 0 || p.Amount.currency == "") {
		v.add(path+".amount", "must be an amount with a currency, not below zero")
	}
	if p.Days < 0 {
		v.add(path+".days", "must not be negative")
	}
	if p.Of != "" && p.Percent == nil && p.LostTime == nil {
		v.add(path+".of", "names a base, but nothing is a part of it")
	}
}

func (v *validator) limit(path string, l *Limit) {
	if l.ID == "" {
		v.add(path+".id", "is missing: steps name the cap by it")
	}
	if (l.Percent == nil) == (l.Amount == nil) {
		v.add(path, "wants exactly one of percent and amount")
	}
	if l.Percent != nil && l.Percent.Sign() < 0 {
		v.add(path+".percent", "must not be negative")
	}
	if l.Amount != nil && (l.Amount.Sign() < 0 || l.Amount.currency == "") {
		v.add(path+".amount", "must be an amount with a currency, not below zero")
	}
}
