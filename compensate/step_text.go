package compensate

import (
	"fmt"
	"strings"

	"github.com/bojanz/currency"
)

type stepKind uint8

const (
	stepNote stepKind = iota
	stepUndecided
	stepExcluded
	stepAvailability
	stepDowntime
	stepGoodShare
	stepNumber
	stepRoundMetric
	stepKept
	stepPaysNothing
	stepPercent
	stepLostTime
	stepAmount
	stepIntervals
	stepInKind
	stepCombine
	stepReduce
	stepCap
	stepRound
	stepMinimum
	stepMinimumExclusive
)

// Text is the step as a sentence, fit for the customer.
func (s Step) Text() string {
	result := s.money(s.Result)
	switch s.kind {
	case stepUndecided:
		return "This is not decided: " + s.detail + "."
	case stepExcluded:
		return fmt.Sprintf("Nothing is owed, because of: %s.", words(s.detail))
	case stepAvailability:
		return fmt.Sprintf("Of %s minutes %s were lost: available %s %% of the time.", s.b.short(), s.a.short(), s.Value.short())
	case stepDowntime:
		if s.b.Sign() > 0 {
			return fmt.Sprintf("%s minutes were lost, of which %s count, after the first %s.", s.a.short(), s.Value.short(), s.b.short())
		}
		return fmt.Sprintf("%s minutes were lost.", s.a.short())
	case stepGoodShare:
		return fmt.Sprintf("Of %s requests %s succeeded: %s %%.", s.b.short(), s.a.short(), s.Value.short())
	case stepNumber:
		return fmt.Sprintf("For %s we count %s.", words(s.detail), s.Value.short())
	case stepRoundMetric:
		return fmt.Sprintf("That is rounded to %s.", s.Value.short())
	case stepKept:
		return fmt.Sprintf("At %s what was promised was kept, and nothing is owed for it.", s.Value.short())
	case stepPaysNothing:
		return "Nothing is owed for it."
	case stepPercent:
		base := "the fee"
		if s.detail != "" {
			base = words(s.detail)
		}
		return fmt.Sprintf("%s %% of %s of %s is %s.", s.Value.short(), base, s.money(s.a), result)
	case stepLostTime:
		if s.b.Cmp(Whole(1)) == 0 {
			return fmt.Sprintf("The fee for the %s minutes lost is %s.", s.Value.short(), result)
		}
		return fmt.Sprintf("%s times the fee for the %s minutes lost is %s.", s.b.short(), s.Value.short(), result)
	case stepAmount:
		if s.Value.Cmp(Whole(1)) == 0 {
			return fmt.Sprintf("%s is owed.", result)
		}
		return fmt.Sprintf("%s times %s is %s.", s.Value.short(), s.money(s.a), result)
	case stepIntervals:
		return fmt.Sprintf("That counts as %s times %s minutes.", s.Value.short(), s.a.short())
	case stepInKind:
		return s.inKindText()
	case stepCombine:
		switch Combine(s.detail) {
		case Greatest:
			return fmt.Sprintf("The most favourable of these is %s.", result)
		case First:
			return fmt.Sprintf("The first of these that applies gives %s.", result)
		default:
			return fmt.Sprintf("Together that is %s.", result)
		}
	case stepReduce:
		return fmt.Sprintf("Less %s %%, because of %s, it is %s.", s.Value.short(), words(s.detail), result)
	case stepCap:
		return fmt.Sprintf("The most that can be owed here is %s.", result)
	case stepRound:
		return fmt.Sprintf("Rounded, that is %s.", result)
	case stepMinimum:
		return fmt.Sprintf("Amounts below %s are not paid.", s.money(s.a))
	case stepMinimumExclusive:
		return fmt.Sprintf("Only amounts above %s are paid.", s.money(s.a))
	default:
		return s.detail
	}
}

func (s *Step) inKindText() string {
	var parts []string
	if !s.Value.IsZero() {
		parts = append(parts, s.Value.short()+" days of service")
	}
	if s.detail != "" {
		parts = append(parts, s.detail)
	}
	return fmt.Sprintf("You get %s.", strings.Join(parts, " and "))
}

// words makes a name from a file readable.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// money writes minor units that may not be whole.
func (s *Step) money(r Ratio) string {
	if n, ok := r.whole(Down); ok && Whole(n).Cmp(r) == 0 {
		return Money{n, s.Currency}.String()
	}
	digits, _ := currency.GetDigits(s.Currency)
	return strings.TrimSpace(r.quo(Whole(pow10[digits])).short() + " " + s.Currency)
}

func currencyDigits(code string) (uint8, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return 0, fmt.Errorf("%q is no ISO 4217 currency", code)
	}
	return digits, nil
}
