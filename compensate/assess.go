package compensate

import (
	"errors"
	"fmt"
	"time"
)

const minute = int64(time.Minute)

// Assess applies a scheme to what happened to one customer. It returns the
// total owed, not a difference: what was paid before is the ledger's matter.
//
// Where the scheme's text or the input does not decide, [Award.Undecided] says
// why, and nothing is guessed. The error is for input that cannot be true, such
// as a window that ends before it starts, and for [ErrOverflow]. Assess is a
// pure function and safe for concurrent use.
func Assess(c *Compiled, in *Input) (Award, error) {
	a := assessment{c: c, in: in}
	a.award = Award{Scheme: c.name, Version: c.version, Period: in.Period, Steps: make([]Step, 0, 4+2*len(c.lines))}
	err := a.run()
	if errors.Is(err, errUndecided) {
		a.award.Undecided = a.why
		a.award.Amount, a.award.Days, a.award.InKind, a.award.Caps = Money{}, 0, nil, nil
		a.step(Step{Rule: "undecided", kind: stepUndecided, detail: a.why})
		return a.award, nil
	}
	if err != nil {
		return Award{}, fmt.Errorf("compensate: assessing by %q: %w", c.name, err)
	}
	return a.award, nil
}

type assessment struct {
	c        *Compiled
	in       *Input
	award    Award
	why      string // it is undecided
	code     string // currency, once there is money
	sum      Ratio  // minor units
	measured bool
	time     measured
}

func (a *assessment) undecided(format string, args ...any) error {
	a.why = fmt.Sprintf(format, args...)
	return errUndecided
}

func (a *assessment) step(s Step) {
	s.Currency = a.code
	a.award.Steps = append(a.award.Steps, s)
}

func (a *assessment) run() error {
	if a.in.Fee.Sign() < 0 {
		return fmt.Errorf("the fee %s is below zero", a.in.Fee)
	}
	a.code = a.in.Fee.currency
	for _, name := range a.c.exclude {
		on, err := a.flag(name)
		if err != nil {
			return err
		}
		if on {
			a.award.Amount = Money{0, a.code}
			a.step(Step{Rule: "exclude." + name, kind: stepExcluded, detail: name})
			return nil
		}
	}
	if err := a.combine(); err != nil {
		return err
	}
	return a.finish()
}

func (a *assessment) flag(name string) (bool, error) {
	on, known := a.in.Flags[name]
	if !known {
		return false, a.undecided("it is not known whether %q holds", name)
	}
	return on, nil
}

// earned is what one line pays.
type earned struct {
	money  Ratio
	days   int64
	inKind string
	times  int64 // of the thing in kind
}

func (e *earned) any() bool { return e.money.Sign() > 0 || e.days > 0 || e.times > 0 }

func (a *assessment) combine() error {
	var best earned
	for i := range a.c.lines {
		l := &a.c.lines[i]
		e, err := a.line(l)
		if err != nil {
			return err
		}
		if a.c.eachLine {
			rounded, err := a.round(e.money)
			if err != nil {
				return err
			}
			if rounded.Cmp(e.money) != 0 {
				e.money = rounded
				a.step(Step{Rule: l.id + ".round", Result: rounded, kind: stepRound})
			}
		}
		switch a.c.combine {
		case Greatest:
			if c := e.money.Cmp(best.money); c > 0 || c == 0 && !best.any() {
				best = e
			}
		case First:
			if !best.any() {
				best = e
			}
		default:
			a.sum = a.sum.Add(e.money)
			a.give(&e)
		}
	}
	if a.c.combine == Greatest || a.c.combine == First {
		a.sum = best.money
		a.give(&best)
	}
	if len(a.c.lines) > 1 {
		a.step(Step{Rule: "combine", Result: a.sum, kind: stepCombine, detail: string(a.c.combine)})
	}
	return nil
}

func (a *assessment) give(e *earned) {
	a.award.Days += e.days
	for range e.times {
		a.award.InKind = append(a.award.InKind, e.inKind)
	}
}

func (a *assessment) finish() error {
	for i := range a.c.reduce {
		r := &a.c.reduce[i]
		on, err := a.flag(r.When)
		if err != nil {
			return err
		}
		if on {
			a.sum = a.sum.Mul(Whole(100).Sub(r.Percent)).quo(Whole(100))
			a.step(Step{Rule: r.ID, Value: r.Percent, Result: a.sum, kind: stepReduce, detail: r.When})
		}
	}
	for i := range a.c.caps {
		if err := a.limit(&a.c.caps[i]); err != nil {
			return err
		}
	}
	exact := a.sum
	rounded, err := a.round(exact)
	if err != nil {
		return err
	}
	if rounded.Cmp(exact) != 0 {
		a.sum = rounded
		a.step(Step{Rule: "round", Result: rounded, kind: stepRound})
	}
	if a.c.hasMinimum && exact.Sign() > 0 {
		if err := a.minimum(exact); err != nil {
			return err
		}
	}
	n, _ := a.sum.whole(Down) // whole since it was rounded
	a.award.Amount = Money{n, a.code}
	return nil
}

func (a *assessment) minimum(exact Ratio) error {
	m := &a.c.minimum
	if err := a.meet(m.Amount); err != nil {
		return err
	}
	v := a.sum
	if m.BeforeRounding {
		v = exact
	}
	if c := v.Cmp(Whole(m.Amount.minor)); c < 0 || c == 0 && m.Exclusive {
		a.sum = Ratio{}
		s := Step{Rule: "minimum", Value: v, a: Whole(m.Amount.minor), kind: stepMinimum}
		if m.Exclusive {
			s.kind = stepMinimumExclusive
		}
		a.step(s)
	}
	return nil
}

func (a *assessment) limit(l *limit) error {
	var bound Ratio
	m := l.amount
	if l.isPart {
		base, err := a.base(l.of)
		if err != nil {
			return err
		}
		bound = Whole(base.minor).Mul(l.percent).quo(Whole(100))
		n, ok := bound.whole(Down)
		if !ok {
			return fmt.Errorf("cap %q: %w", l.id, ErrOverflow)
		}
		m = Money{n, base.currency}
	} else {
		if err := a.meet(m); err != nil {
			return err
		}
		bound = Whole(m.minor)
	}
	if l.shared != "" {
		a.award.Caps = append(a.award.Caps, Cap{ID: l.shared, Limit: m})
		return nil
	}
	if a.sum.Cmp(bound) > 0 {
		a.sum = bound
		a.step(Step{Rule: l.id, Value: l.percent, Result: bound, kind: stepCap})
	}
	return nil
}

// round rounds minor units to the digits of the scheme, and in any case to whole units.
func (a *assessment) round(r Ratio) (Ratio, error) {
	if a.c.digits >= 0 && r.Sign() != 0 {
		digits, err := currencyDigits(a.code)
		if err != nil {
			return r, err
		}
		scale := Whole(pow10[digits])
		r = r.quo(scale).Round(a.c.digits, a.c.mode).Mul(scale)
	}
	n, ok := r.whole(a.c.mode)
	if !ok {
		return r, ErrOverflow
	}
	return Whole(n), nil
}

// meet makes sure that all money in the sum is of one currency.
func (a *assessment) meet(m Money) error {
	if a.code == "" {
		a.code = m.currency
	}
	if m.currency != a.code {
		return a.undecided("the scheme's amount of %s cannot be joined with amounts in %s: no rate is given", m, a.code)
	}
	return nil
}

func (a *assessment) base(name string) (Money, error) {
	m := a.in.Fee
	if name != "" {
		m = a.in.Bases[name]
	}
	switch {
	case m == (Money{}) && name == "":
		return m, a.undecided("the fee is not known")
	case m == (Money{}):
		return m, a.undecided("the base %q is not known", name)
	case m.Sign() < 0:
		return m, fmt.Errorf("the base %q, %s, is below zero", name, m)
	}
	return m, a.meet(m)
}
