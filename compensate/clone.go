package compensate

import "slices"

// clone returns a copy that shares nothing with s.
func (s *Scheme) clone() Scheme {
	c := *s
	c.Exclude = slices.Clone(s.Exclude)
	c.Measure.Round = copyOf(s.Measure.Round)
	c.Lines = slices.Clone(s.Lines)
	for i := range c.Lines {
		l := &c.Lines[i]
		l.Tiers = slices.Clone(l.Tiers)
		for j := range l.Tiers {
			t := &l.Tiers[j]
			t.From, t.Above, t.To, t.Below = copyOf(t.From), copyOf(t.Above), copyOf(t.To), copyOf(t.Below)
			t.Pay = t.Pay.clone()
		}
		if l.Every = copyOf(l.Every); l.Every != nil {
			l.Every.Pay = l.Every.Pay.clone()
		}
		if l.Pay != nil {
			p := l.Pay.clone()
			l.Pay = &p
		}
	}
	c.Reduce = slices.Clone(s.Reduce)
	c.Caps = slices.Clone(s.Caps)
	for i := range c.Caps {
		c.Caps[i].Percent, c.Caps[i].Amount = copyOf(c.Caps[i].Percent), copyOf(c.Caps[i].Amount)
	}
	c.Round.Digits = copyOf(s.Round.Digits)
	c.Minimum = copyOf(s.Minimum)
	return c
}

func (p Pay) clone() Pay {
	p.Percent, p.LostTime, p.Amount = copyOf(p.Percent), copyOf(p.LostTime), copyOf(p.Amount)
	return p
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
