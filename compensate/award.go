package compensate

// Input is what [Assess] needs to know of one customer. Assess neither keeps nor changes it.
type Input struct {
	Period Period
	// Impact says when the customer was affected: in any order, overlapping as
	// they may. Where windows overlap, the largest share counts. A window
	// without an end is undecided.
	Impact      []Impact
	Maintenance []Window
	// Good and Total count events in the period, for lines on [GoodShare].
	Good, Total int64
	// Fee is what the customer pays for the period.
	Fee Money
	// Bases are other sums that percentages are of, by name.
	Bases map[string]Money
	// Numbers that lines look at by name, for example "delay" in minutes.
	Numbers map[string]Ratio
	// Flags that exclusions and reductions ask for. One that is missing is not "no": it is undecided.
	Flags map[string]bool
}

// Award is what one customer is owed under one scheme, with every step of the sum.
type Award struct {
	Scheme  string `json:"scheme"`
	Version string `json:"version,omitempty"`
	Period  Period `json:"period,omitzero"`
	// On and Value are the number that the last line looked at, after its rounding.
	On     On    `json:"on,omitempty"`
	Value  Ratio `json:"value,omitzero"`
	Amount Money `json:"amount"`
	// Days of service owed, in kind.
	Days   int64    `json:"days,omitempty"`
	InKind []string `json:"in_kind,omitempty"` // besides days
	// Caps are shared with other awards: for the ledger, once a scope is put before the ID.
	Caps  []Cap  `json:"caps,omitempty"`
	Steps []Step `json:"steps"`
	// Undecided says why nothing could be decided, "" if it could. Amount then
	// is zero and a person must decide.
	Undecided string `json:"undecided,omitempty"`
}

// Nothing reports whether it was decided that nothing at all is owed.
func (a *Award) Nothing() bool {
	return a.Undecided == "" && a.Amount.Sign() <= 0 && a.Days == 0 && len(a.InKind) == 0
}

// Why returns the sentences of all steps, fit for the customer.
func (a *Award) Why() []string { return sentences(a.Steps) }
