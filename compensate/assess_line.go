package compensate

import "fmt"

func (a *assessment) line(l *line) (earned, error) {
	if l.on == "" {
		return a.pay(&l.pay, l.id, Whole(1))
	}
	v, err := a.number(l.on, l.id)
	if err != nil {
		return earned{}, err
	}
	if r := a.c.measure.Round; r != nil {
		if rounded := v.Round(r.Digits, r.Mode); rounded.Cmp(v) != 0 {
			v = rounded
			a.step(Step{Rule: "measure.round", Value: v, Result: a.sum, kind: stepRoundMetric})
		}
	}
	a.award.On, a.award.Value = l.on, v
	switch {
	case len(l.tiers) > 0:
		return a.tier(l, v)
	case !l.interval.IsZero():
		n := a.intervals(l, v)
		a.step(Step{Rule: l.id + ".every", Value: n, Result: a.sum, a: l.interval, kind: stepIntervals})
		return a.pay(&l.pay, l.id, n)
	}
	if v.Sign() < 0 {
		return earned{}, fmt.Errorf("the number %q, %s, is below zero", l.on, v)
	}
	return a.pay(&l.pay, l.id, v)
}

func (a *assessment) intervals(l *line, minutes Ratio) Ratio {
	n := minutes.quo(l.interval)
	if n.Sign() <= 0 {
		return Ratio{}
	}
	if l.started {
		return n.Round(0, Up)
	}
	return n.Round(0, Down)
}

// number finds or measures what a line looks at.
func (a *assessment) number(on On, id string) (Ratio, error) {
	switch on {
	case Availability, Downtime:
		return a.timed(on)
	case GoodShare:
		good, total := a.in.Good, a.in.Total
		if good < 0 || total < 0 || good > total {
			return Ratio{}, fmt.Errorf("%d good events of %d cannot be", good, total)
		}
		if total == 0 {
			return Ratio{}, a.undecided("there were no events to count")
		}
		v := percentage(Whole(good), Whole(total))
		a.step(Step{Rule: "measure.good_share", Value: v, a: Whole(good), b: Whole(total), kind: stepGoodShare})
		return v, nil
	}
	v, ok := a.in.Numbers[string(on)]
	if !ok {
		return Ratio{}, a.undecided("the number %q is not known", string(on))
	}
	a.step(Step{Rule: id + "." + string(on), Value: v, Result: a.sum, kind: stepNumber, detail: string(on)})
	return v, nil
}

func (a *assessment) timed(on On) (Ratio, error) {
	if err := a.measureTime(); err != nil {
		return Ratio{}, err
	}
	if on == Downtime {
		v := a.beyondGrace()
		a.step(Step{
			Rule: "measure.downtime", Value: v, kind: stepDowntime,
			a: a.time.down.quo(Whole(minute)), b: Fraction(int64(a.c.measure.Grace), minute),
		})
		return v, nil
	}
	if a.time.length == 0 {
		return Ratio{}, a.undecided("the period is not known")
	}
	length := Whole(a.time.length)
	v := percentage(length.Sub(a.time.down), length)
	a.step(Step{
		Rule: "measure.availability", Value: v, kind: stepAvailability,
		a: a.time.down.quo(Whole(minute)), b: Fraction(a.time.length, minute),
	})
	return v, nil
}

func (a *assessment) measureTime() error {
	if a.measured {
		return nil
	}
	t, why, err := a.c.measure.time(a.in)
	if err != nil {
		a.why = why
		return err
	}
	a.measured, a.time = true, t
	return nil
}

// beyondGrace is the downtime in minutes that counts.
func (a *assessment) beyondGrace() Ratio {
	v := a.time.down.Sub(Whole(int64(a.c.measure.Grace))).quo(Whole(minute))
	if v.Sign() < 0 {
		return Ratio{}
	}
	return v
}

func (a *assessment) tier(l *line, v Ratio) (earned, error) {
	found := -1
	for i := range l.tiers {
		if !l.tiers[i].holds(v) {
			continue
		}
		if found >= 0 && l.pick == PickOnly {
			return earned{}, a.undecided("%s is in two rows of %q", v.short(), l.id)
		}
		if found = i; l.pick == PickFirst {
			break
		}
	}
	if found >= 0 {
		return a.pay(&l.tiers[found].pay, l.tiers[found].id, Whole(1))
	}
	for i := range l.tiers { // some row towards the good end of v: a gap
		t := &l.tiers[i]
		if highIsGood(l.on) && t.over(v) || !highIsGood(l.on) && t.under(v) {
			return earned{}, a.undecided("%s is in no row of %q", v.short(), l.id)
		}
	}
	a.step(Step{Rule: l.id, Value: v, Result: a.sum, kind: stepKept})
	return earned{}, nil
}

// pay works out a payment that is due so many times.
func (a *assessment) pay(p *payment, rule string, times Ratio) (earned, error) {
	var e earned
	switch p.form {
	case payPercent:
		base, err := a.base(p.of)
		if err != nil {
			return e, err
		}
		part := p.percent.Mul(times)
		e.money = Whole(base.minor).Mul(part.quo(Whole(100)))
		a.step(Step{Rule: rule, Value: part, Result: e.money, a: Whole(base.minor), kind: stepPercent, detail: p.of})
	case payLostTime:
		if err := a.lostTime(p, rule, times, &e); err != nil {
			return e, err
		}
	case payAmount:
		if err := a.meet(p.amount); err != nil {
			return e, err
		}
		e.money = Whole(p.amount.minor).Mul(times)
		a.step(Step{Rule: rule, Value: times, Result: e.money, a: Whole(p.amount.minor), kind: stepAmount})
	case payNothing:
		if p.days == 0 && p.inKind == "" {
			a.step(Step{Rule: rule, Value: times, kind: stepPaysNothing})
		}
	}
	return e, a.payInKind(p, rule, times, &e)
}

func (a *assessment) lostTime(p *payment, rule string, times Ratio, e *earned) error {
	base, err := a.base(p.of)
	if err != nil {
		return err
	}
	if err := a.measureTime(); err != nil {
		return err
	}
	if a.time.length == 0 {
		return a.undecided("the period is not known")
	}
	lost := a.beyondGrace()
	part := lost.quo(Fraction(a.time.length, minute)).Mul(p.lostTime).Mul(times)
	e.money = Whole(base.minor).Mul(part)
	a.step(Step{Rule: rule, Value: lost, Result: e.money, a: Whole(base.minor), b: p.lostTime, kind: stepLostTime})
	return nil
}

// maxInKind bounds how often one thing is given at once.
const maxInKind = 1000

func (a *assessment) payInKind(p *payment, rule string, times Ratio, e *earned) error {
	if p.days == 0 && p.inKind == "" {
		return nil
	}
	n, ok := times.whole(Down)
	if !ok || n > maxInKind {
		return fmt.Errorf("%s: giving in kind %s times: more than %d", rule, times.short(), maxInKind)
	}
	if p.inKind != "" {
		e.inKind, e.times = p.inKind, n
	}
	e.days, ok = mul64(p.days, n)
	if !ok {
		return fmt.Errorf("%s: %w", rule, ErrOverflow)
	}
	if n > 0 {
		a.step(Step{Rule: rule + ".in_kind", Value: Whole(e.days), Result: e.money, kind: stepInKind, detail: p.inKind})
	}
	return nil
}
