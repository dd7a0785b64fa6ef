package memledger

import (
	"maps"

	"github.com/amends-dev/amends/compensate"
)

// sums keep, for what one basis has, what a tally asks for, so that a tally
// costs the same for ten customers and for a million.
type sums struct {
	lines     map[line]*compensate.TallyLine
	customers map[string]int // entries of more than nothing, by customer
	err       error          // a sum too large for Money: said when somebody asks
}

type basisID struct{ space, basis string }

type line struct {
	state    compensate.State
	currency string
}

// move takes a record out of the sums of the state that it had ("": it is new) and into those of the state that it has.
func (l *Ledger) move(r *record, was compensate.State) {
	if was == r.State {
		return
	}
	if l.sums == nil {
		l.sums = map[basisID]*sums{}
	}
	id := basisID{r.Key.Space, r.Key.Basis}
	s := l.sums[id]
	if s == nil {
		s = &sums{lines: map[line]*compensate.TallyLine{}, customers: map[string]int{}}
		l.sums[id] = s
	}
	if was == "" {
		if r.State != compensate.StateNothing {
			s.customers[r.Key.Customer]++
		}
	} else {
		s.add(r, was, -1)
	}
	s.add(r, r.State, 1)
}

func (s *sums) add(r *record, state compensate.State, n int64) {
	at := line{state, r.Amount.Currency()}
	sum := s.lines[at]
	if sum == nil {
		sum = &compensate.TallyLine{State: at.state, Currency: at.currency}
		s.lines[at] = sum
	}
	amount, err := r.Amount, error(nil)
	if n < 0 {
		amount, err = r.Amount.Neg()
	}
	if err == nil {
		amount, err = sum.Amount.Add(amount)
	}
	if err != nil {
		s.err = err
		return
	}
	sum.N, sum.Amount = sum.N+n, amount
	if sum.N == 0 {
		delete(s.lines, at)
	}
}

// summed reports whether the sums hold the answer to a query.
func summed(q *compensate.Query) bool {
	return q.Space != "" && len(q.Bases) > 0 && len(q.Customers) == 0 && len(q.States) == 0 && q.Since.IsZero() && !q.Approved && !q.Gestures
}

// sum adds up what some bases hold.
func (l *Ledger) sum(q *compensate.Query, lines map[line]*compensate.TallyLine) (customers int64, err error) {
	seen := map[string]bool{}
	var all map[string]int
	for _, basis := range q.Bases {
		s := l.sums[basisID{q.Space, basis}]
		if s == nil || seen[basis] {
			continue
		}
		seen[basis] = true
		if s.err != nil {
			return 0, s.err
		}
		for at, part := range s.lines {
			if err := addLine(lines, at, part.N, part.Amount); err != nil {
				return 0, err
			}
		}
		if all == nil {
			all = s.customers
		} else { // a customer of two merged incidents is one
			all = maps.Clone(all)
			maps.Copy(all, s.customers)
		}
	}
	return int64(len(all)), nil
}

func addLine(lines map[line]*compensate.TallyLine, at line, n int64, amount compensate.Money) error {
	sum := lines[at]
	if sum == nil {
		sum = &compensate.TallyLine{State: at.state, Currency: at.currency}
		lines[at] = sum
	}
	total, err := sum.Amount.Add(amount)
	if err != nil {
		return err
	}
	sum.N, sum.Amount = sum.N+n, total
	return nil
}
