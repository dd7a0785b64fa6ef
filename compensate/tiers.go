package compensate

import "slices"

// span is a range of numbers; a missing bound is open to infinity.
type span struct {
	low, high       Ratio
	hasLow, hasHigh bool
	withLow         bool // the bound itself belongs to the range
	withHigh        bool
}

func rangeOf(t *Tier) span {
	var s span
	switch {
	case t.From != nil:
		s.low, s.hasLow, s.withLow = *t.From, true, true
	case t.Above != nil:
		s.low, s.hasLow = *t.Above, true
	}
	switch {
	case t.To != nil:
		s.high, s.hasHigh, s.withHigh = *t.To, true, true
	case t.Below != nil:
		s.high, s.hasHigh = *t.Below, true
	}
	return s
}

func (s *span) empty() bool {
	if !s.hasLow || !s.hasHigh {
		return false
	}
	c := s.low.Cmp(s.high)
	return c > 0 || c == 0 && !(s.withLow && s.withHigh)
}

func (s *span) under(v Ratio) bool { // v lies above the range
	if !s.hasHigh {
		return false
	}
	c := v.Cmp(s.high)
	return c > 0 || c == 0 && !s.withHigh
}

func (s *span) over(v Ratio) bool { // v lies below the range
	if !s.hasLow {
		return false
	}
	c := v.Cmp(s.low)
	return c < 0 || c == 0 && !s.withLow
}

func (s *span) holds(v Ratio) bool { return !s.under(v) && !s.over(v) }

// highIsGood says at which end of a table nothing is owed.
func highIsGood(on On) bool { return on == "" || on == Availability || on == GoodShare }

// table looks for numbers that no row holds, or several do.
func (v *validator) table(path string, l *Line) {
	rows := make([]span, len(l.Tiers))
	for i := range l.Tiers {
		if rows[i] = rangeOf(&l.Tiers[i]); rows[i].empty() {
			return // said already
		}
	}
	slices.SortStableFunc(rows, compareLow)
	zero, worstLow := Ratio{}, rows[0]
	if highIsGood(l.On) && worstLow.over(zero) {
		v.warn(path, "no row holds numbers below %s: what is owed there is undecided", worstLow.low)
	}
	reach := rows[0]
	for _, row := range rows[1:] {
		switch c := meet(&reach, &row); {
		case c < 0 && reach.high.Cmp(row.low) == 0:
			v.warn(path, "no row holds exactly %s: what is owed there is undecided", row.low)
		case c < 0:
			v.warn(path, "no row holds numbers between %s and %s: what is owed there is undecided", reach.high, row.low)
		case c > 0 && l.Pick == PickOnly && reach.hasHigh && row.hasLow && reach.high.Cmp(row.low) == 0:
			v.warn(path, "two rows hold exactly %s: what is owed there is undecided, unless pick says which row wins", row.low)
		case c > 0 && l.Pick == PickOnly:
			v.warn(path, "rows overlap from %s on: what is owed there is undecided, unless pick says which row wins", row.lowText())
		}
		if compareHigh(&row, &reach) > 0 {
			reach = row
		}
	}
	if !highIsGood(l.On) && reach.hasHigh {
		v.warn(path, "no row holds numbers above %s: what is owed there is undecided", reach.high)
	}
}

func (s *span) lowText() string {
	if !s.hasLow {
		return "the lowest number"
	}
	return s.low.String()
}

func compareLow(a, b span) int {
	switch {
	case !a.hasLow || !b.hasLow:
		return flag(a.hasLow) - flag(b.hasLow)
	case a.low.Cmp(b.low) != 0:
		return a.low.Cmp(b.low)
	}
	return flag(b.withLow) - flag(a.withLow)
}

func compareHigh(a, b *span) int {
	switch {
	case !a.hasHigh || !b.hasHigh:
		return flag(b.hasHigh) - flag(a.hasHigh)
	case a.high.Cmp(b.high) != 0:
		return a.high.Cmp(b.high)
	}
	return flag(a.withHigh) - flag(b.withHigh)
}

// meet compares where a ends with where b begins: -1 leaves a gap, 0 fits, 1 overlaps.
func meet(a, b *span) int {
	if !a.hasHigh || !b.hasLow {
		return 1
	}
	if c := a.high.Cmp(b.low); c != 0 {
		return c
	}
	return flag(a.withHigh) + flag(b.withLow) - 1
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
