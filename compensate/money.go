package compensate

// Money is an exact amount in minor units of an ISO 4217 currency. The zero
// value is no money of no currency.
type Money struct {
	minor    int64
	currency string
}

// Minor returns the amount in minor units.
func (m Money) Minor() int64 { return m.minor }

// Currency returns the ISO 4217 code.
func (m Money) Currency() string { return m.currency }

// FromMinor makes money of minor units: FromMinor(1999, "EUR") is EUR 19.99.
func FromMinor(minor int64, currency string) Money { return Money{minor, currency} }
