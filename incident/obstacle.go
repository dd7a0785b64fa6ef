package incident

// obstacle is a set of facts that stand in the way of steps, a bit each. Whether
// a step may be taken is asked far more often than it is taken: guards that ask
// for nothing but facts are answered together, by one look at the set.
type obstacle uint8

const (
	unasked obstacle = 1 << iota
	disputed
	unreconciled
	demanded
	unanswered
	unassessed
	unpaid
	untold
)

// obstacles returns what stands in the way.
func (f *Facts) obstacles() obstacle {
	var found obstacle
	if !f.Asked {
		found |= unasked
	}
	if f.Disputed != 0 {
		found |= disputed
	}
	if f.Unreconciled {
		found |= unreconciled
	}
	if f.OpenRequirements != 0 {
		found |= demanded
	}
	if f.Unanswered != 0 {
		found |= unanswered
	}
	if f.Unassessed {
		found |= unassessed
	}
	if f.UnpaidCredits != 0 {
		found |= unpaid
	}
	if f.Untold != 0 {
		found |= untold
	}
	return found
}

// without is a guard that holds while facts have none of a set of obstacles.
func without(o obstacle, id, sentence string) Guard {
	return Guard{
		ID: id, Sentence: sentence, without: o,
		Holds: func(_ *Incident, f *Facts) bool { return f.obstacles()&o == 0 },
	}
}
