package compensate

// Scheme is a published rule for what is owed, as data: an SLA's credit table,
// a statute, a house rule. It is plain data to read from YAML or JSON; [Compile]
// checks it and makes it ready for [Assess]. Whatever the file says is carried
// out in one fixed order: exclude, measure, round the measure, amount of every
// line, combine, reduce, cap, round, minimum, form of the remedy.
type Scheme struct {
	Name    string `json:"name" yaml:"name"`                           // key in the ledger; stays the same over versions
	Version string `json:"version,omitempty" yaml:"version,omitempty"` // of the text
	Title   string `json:"title,omitempty" yaml:"title,omitempty"`     // what customers call it; "" means Name
	Source  string `json:"source,omitempty" yaml:"source,omitempty"`   // where it is published

	// Exclude names flags of the input under which nothing is owed, for example "customer_cause".
	Exclude []string `json:"exclude,omitempty" yaml:"exclude,omitempty"`
	Measure Measure  `json:"measure,omitzero" yaml:"measure,omitempty"`
	Lines   []Line   `json:"lines" yaml:"lines"`
	// Combine says what several lines make; "" means [Add].
	Combine Combine     `json:"combine,omitempty" yaml:"combine,omitempty"`
	Reduce  []Reduction `json:"reduce,omitempty" yaml:"reduce,omitempty"`
	Caps    []Limit     `json:"caps,omitempty" yaml:"caps,omitempty"`
	// Round is how the amount is rounded; the zero value is half up to the currency's decimals, at the end.
	Round   AmountRounding `json:"round,omitzero" yaml:"round,omitempty"`
	Minimum *Minimum       `json:"minimum,omitempty" yaml:"minimum,omitempty"`
}

// Measure says how time or events become a number.
type Measure struct {
	// MinRun drops runs of impact shorter than this, and with Longer those of exactly this length too.
	MinRun Duration `json:"min_run,omitempty" yaml:"min_run,omitempty"`
	Longer bool     `json:"longer,omitempty" yaml:"longer,omitempty"`
	// WholeMinutes drops the partial minute of each run.
	WholeMinutes bool `json:"whole_minutes,omitempty" yaml:"whole_minutes,omitempty"`
	// Maintenance says what planned work changes; "" means [MaintenanceExcused].
	Maintenance Maintenance `json:"maintenance,omitempty" yaml:"maintenance,omitempty"`
	// Degraded says how windows with a share below 1 count; "" means [DegradedFull].
	Degraded Degraded `json:"degraded,omitempty" yaml:"degraded,omitempty"`
	// Grace is taken off the downtime, all told: only what is beyond counts. It
	// changes "downtime" and what is made of it, never "availability".
	Grace Duration `json:"grace,omitempty" yaml:"grace,omitempty"`
	// Round rounds the measured number before it is looked up; nil keeps it exact.
	Round *MetricRounding `json:"round,omitempty" yaml:"round,omitempty"`
}

// Maintenance says what planned work changes in the measure.
type Maintenance string

// Ways to treat planned work.
const (
	MaintenanceExcused Maintenance = "excused" // impact in it does not count, the period stays as long
	MaintenanceShrinks Maintenance = "shrinks" // and the period is shorter by it
	MaintenanceCounts  Maintenance = "counts"  // impact in it counts as any other
)

// Degraded says how impact with a share below 1 counts.
type Degraded string

// Ways to count degraded windows.
const (
	DegradedFull   Degraded = "full"   // like being down
	DegradedShare  Degraded = "share"  // by the share affected
	DegradedIgnore Degraded = "ignore" // not at all
)

// On names the number that a line looks at.
type On string

// Numbers that a line can look at. Any other name is one of [Input.Numbers].
const (
	Availability On = "availability" // percent of the period that was good, 0 to 100
	Downtime     On = "downtime"     // minutes
	GoodShare    On = "good_share"   // percent of counted events that were good, 0 to 100
)

// Line is one amount of a scheme: a table, a rate per interval, or one payment
// for each of a number. Exactly one of Tiers, Every and Pay is set.
type Line struct {
	ID string `json:"id" yaml:"id"` // for staff: names the line in steps
	// On is the number looked at; "" means [Availability] for tiers and [Downtime] for intervals.
	On On `json:"on,omitempty" yaml:"on,omitempty"`
	// Tiers is a table. Beyond the best end of it nothing is owed; a number in a
	// gap, or in two rows of it, is undecided unless Pick says which row wins.
	Tiers []Tier `json:"tiers,omitempty" yaml:"tiers,omitempty"`
	Pick  Pick   `json:"pick,omitempty" yaml:"pick,omitempty"`
	Every *Every `json:"every,omitempty" yaml:"every,omitempty"`
	// Pay is owed once, or, if On names a number of the input, that many times.
	Pay *Pay `json:"pay,omitempty" yaml:"pay,omitempty"`
}

// Tier is one row: a range of the measured number and what it pays. Each bound
// says by its name whether it belongs to the row.
type Tier struct {
	From  *Ratio `json:"from,omitempty" yaml:"from,omitempty"`   // this or more
	Above *Ratio `json:"above,omitempty" yaml:"above,omitempty"` // more than this
	To    *Ratio `json:"to,omitempty" yaml:"to,omitempty"`       // this or less
	Below *Ratio `json:"below,omitempty" yaml:"below,omitempty"` // less than this
	Pay   Pay    `json:"pay" yaml:"pay"`
}

// Pick says which row wins where several hold the number.
type Pick string

// Ways to pick.
const (
	PickOnly  Pick = ""      // rows must not overlap; where they do it is undecided
	PickFirst Pick = "first" // the first in the file
	PickLast  Pick = "last"  // the last in the file
)

// Every pays per elapsed interval.
type Every struct {
	Interval Duration `json:"interval" yaml:"interval"` // of the number in minutes that the line looks at
	// Started counts an interval as soon as it begins ("or part thereof"); otherwise it must be completed.
	Started bool `json:"started,omitempty" yaml:"started,omitempty"`
	Pay     Pay  `json:"pay" yaml:"pay"`
}

// Pay says what is owed: at most one of Percent, LostTime, Amount, and, besides
// or alone, service days or a thing in kind. All empty means nothing is owed.
type Pay struct {
	// Percent of a fee.
	Percent *Ratio `json:"percent,omitempty" yaml:"percent,omitempty"`
	// LostTime pays the fee of the time lost, times this: 1 is pro rata, 100 a hundredfold.
	LostTime *Ratio `json:"lost_time,omitempty" yaml:"lost_time,omitempty"`
	// Of names the base in [Input.Bases] for Percent and LostTime; "" is [Input.Fee].
	Of     string `json:"of,omitempty" yaml:"of,omitempty"`
	Amount *Money `json:"amount,omitempty" yaml:"amount,omitempty"`
	Days   int64  `json:"days,omitempty" yaml:"days,omitempty"` // service days
	InKind string `json:"in_kind,omitempty" yaml:"in_kind,omitempty"`
}

// Combine says what the lines of a scheme make together.
type Combine string

// Ways to combine.
const (
	Add      Combine = "add"      // all of them
	Greatest Combine = "greatest" // only the most favourable amount of money
	First    Combine = "first"    // only the first that pays anything
)

// Reduction takes a part away under a condition.
type Reduction struct {
	ID      string `json:"id" yaml:"id"`
	Percent Ratio  `json:"percent" yaml:"percent"` // what is taken away
	When    string `json:"when" yaml:"when"`       // flag of the input
}

// Limit bounds the amount: by an amount or by a percentage of a base.
type Limit struct {
	ID      string `json:"id" yaml:"id"`
	Percent *Ratio `json:"percent,omitempty" yaml:"percent,omitempty"`
	Of      string `json:"of,omitempty" yaml:"of,omitempty"` // base; "" is the fee
	Amount  *Money `json:"amount,omitempty" yaml:"amount,omitempty"`
	// Shared makes the cap one for many awards, for example "month" for all
	// credits of a customer in a month. Assess then only reports it, in
	// [Award.Caps] under this name: the ledger applies it.
	Shared string `json:"shared,omitempty" yaml:"shared,omitempty"`
}

// MetricRounding rounds the measured number.
type MetricRounding struct {
	Digits int  `json:"digits" yaml:"digits"`
	Mode   Mode `json:"mode,omitempty" yaml:"mode,omitempty"` // "" means half up
}

// AmountRounding rounds money.
type AmountRounding struct {
	// Digits is the number of decimals; nil means those of the currency.
	Digits *int `json:"digits,omitempty" yaml:"digits,omitempty"`
	Mode   Mode `json:"mode,omitempty" yaml:"mode,omitempty"` // "" means half up
	// EachLine rounds every line before they are combined, and the result again.
	EachLine bool `json:"each_line,omitempty" yaml:"each_line,omitempty"`
}

// Minimum is the least amount that is paid; what is below it is not owed.
type Minimum struct {
	Amount Money `json:"amount" yaml:"amount"`
	// Exclusive pays only what is more than Amount: exactly Amount pays nothing.
	Exclusive bool `json:"exclusive,omitempty" yaml:"exclusive,omitempty"`
	// BeforeRounding compares the exact amount; otherwise the rounded one.
	BeforeRounding bool `json:"before_rounding,omitempty" yaml:"before_rounding,omitempty"`
}
