package policy

import (
	"github.com/amends-dev/amends/compensate"
)

// Compensation is what customers get: the contract's scheme as the floor, then
// goodwill. The operations are a closed list, and whatever the file's order, they
// are taken in the order of the fields below: the sums of Repeat to
// BrokenPromises are combined with the contract's amount, and AboveContract,
// AtLeast and Cap then work on the result, which never falls below the contract.
type Compensation struct {
	// Schemes by the name that contracts use.
	Schemes map[string]compensate.Scheme `yaml:"schemes"`
	// Default names the scheme of customers whose contract names none. If "", the only one.
	Default string `yaml:"default,omitempty"`
	// Combine says how the contract and the operations up to BrokenPromises make one sum. It must be given.
	Combine Combination `yaml:"combine"`

	Repeat         *RepeatGoodwill  `yaml:"repeat,omitempty"`
	CoreFunction   *Goodwill        `yaml:"core_function,omitempty"`
	DataLoss       *Goodwill        `yaml:"data_loss,omitempty"`
	HoursLost      *HoursGoodwill   `yaml:"hours_lost,omitempty"`
	CostsLost      *CostsGoodwill   `yaml:"costs_lost,omitempty"`
	BrokenPromises *PromiseGoodwill `yaml:"broken_promises,omitempty"`
	AboveContract  *Goodwill        `yaml:"above_contract,omitempty"`
	AtLeast        *Goodwill        `yaml:"at_least,omitempty"`
	Cap            *Goodwill        `yaml:"cap,omitempty"`

	// Approval is the sum above which a person must approve, one a currency. If
	// empty, no sum needs approval.
	Approval []compensate.Money `yaml:"approval,omitempty"`
	Because  string             `yaml:"because,omitempty"`
}

// Combination says how several sums make one.
type Combination string

// Combinations.
const (
	CombineAdd      Combination = "add"      // all of them together
	CombineGreatest Combination = "greatest" // only the largest
	CombineFirst    Combination = "first"    // only the first that is more than nothing, in the documented order
)

// Goodwill is a sum: a part of the fee, a part of what the contract gives, or an
// amount, one a currency. If several are given, the largest counts; of a cap, the smallest.
type Goodwill struct {
	PercentOfFee      *compensate.Ratio  `yaml:"percent_of_fee,omitempty"`
	PercentOfContract *compensate.Ratio  `yaml:"percent_of_contract,omitempty"`
	Amounts           []compensate.Money `yaml:"amounts,omitempty"`
	Cites             []string           `yaml:"cites,omitempty"`
	// Because is said to customers and must be fit for them.
	Because string `yaml:"because,omitempty"`
}

// RepeatGoodwill is given if it happened to the same customer before, not long ago (R64).
type RepeatGoodwill struct {
	Within  Span     `yaml:"within"`
	AtLeast int      `yaml:"at_least,omitempty"` // earlier incidents; if zero, one
	Give    Goodwill `yaml:"give"`
}

// HoursGoodwill is given for the customer's own working time (R82), by the minute.
type HoursGoodwill struct {
	PerHour []compensate.Money `yaml:"per_hour"`          // one a currency
	AtMost  int64              `yaml:"at_most,omitempty"` // hours; if zero, all
	Cites   []string           `yaml:"cites,omitempty"`
	Because string             `yaml:"because,omitempty"`
}

// CostsGoodwill is given for what the customer had to spend (R83).
type CostsGoodwill struct {
	Percent compensate.Ratio   `yaml:"percent"`
	AtMost  []compensate.Money `yaml:"at_most,omitempty"` // one a currency; if empty, all
	Cites   []string           `yaml:"cites,omitempty"`
	Because string             `yaml:"because,omitempty"`
}

// PromiseGoodwill is given for each promise that we broke (R75).
type PromiseGoodwill struct {
	Each    []compensate.Money `yaml:"each"`              // one a currency
	AtMost  int                `yaml:"at_most,omitempty"` // promises; if zero, all
	Cites   []string           `yaml:"cites,omitempty"`
	Because string             `yaml:"because,omitempty"`
}
