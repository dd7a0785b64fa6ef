package compensate

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

// ErrOverflow: an amount does not fit into 64 bits of minor units.
var ErrOverflow = errors.New("amount overflows")

// Money is an exact amount in minor units of an ISO 4217 currency. The zero
// value is no money of no currency: it can be added to any amount, subtracted
// from it and compared with it. Amounts of different currencies never mix:
// that is ErrCurrency, even where one of them is 0.00.
//
// Money is a value, safe for concurrent use, and two are equal by == exactly if
// amount and currency are.
type Money struct {
	minor    int64
	currency string
}

// Minor returns the amount in minor units.
func (m Money) Minor() int64 { return m.minor }

// Currency returns the ISO 4217 code.
func (m Money) Currency() string { return m.currency }

// FromMinor makes money of minor units: FromMinor(1999, "EUR") is EUR 19.99.
// The code is taken as it is; what comes from outside goes through [ParseMoney].
func FromMinor(minor int64, currency string) Money { return Money{minor, currency} }

// ParseMoney reads a plain decimal amount of a currency, for example "19.99"
// and "EUR". More decimals than the currency has are an error, fewer are not:
// nothing is rounded on the way in.
func ParseMoney(amount, code string) (Money, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return Money{}, fmt.Errorf("compensate: reading amount: %q is no ISO 4217 currency", code)
	}
	body, neg := strings.CutPrefix(amount, "-")
	whole, frac, point := strings.Cut(body, ".")
	if whole == "" || point && frac == "" || !allDigits(whole) || !allDigits(frac) || len(body) > maxRatioText {
		return Money{}, fmt.Errorf("compensate: reading amount %q: want a plain decimal like 19.99", clip(amount))
	}
	if len(frac) > int(digits) {
		return Money{}, fmt.Errorf("compensate: reading amount %q: %s has %d decimals", amount, code, digits)
	}
	text := whole + frac + strings.Repeat("0", int(digits)-len(frac))
	if neg {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return Money{}, fmt.Errorf("compensate: reading amount %q: %w", amount, ErrOverflow)
	}
	return Money{n, code}, nil
}

func clip(s string) string {
	if len(s) > maxRatioText {
		return s[:maxRatioText] + "…"
	}
	return s
}

// MustMoney is [ParseMoney] of text like "19.99 EUR", for amounts in program
// text. It panics where that errs.
func MustMoney(s string) Money {
	m, err := parseMoneyText(s)
	if err != nil {
		panic(err) //nolint:forbidigo // a mistake in the program
	}
	return m
}

func parseMoneyText(s string) (Money, error) {
	amount, code, ok := strings.Cut(s, " ")
	if !ok {
		return Money{}, fmt.Errorf("compensate: reading amount %q: want an amount and a currency, like 19.99 EUR", clip(s))
	}
	return ParseMoney(amount, code)
}

// IsZero reports whether the amount is 0, of whatever currency.
func (m Money) IsZero() bool { return m.minor == 0 }

// Sign returns -1, 0 or 1 as the amount is below, at or above zero.
func (m Money) Sign() int { return sign64(m.minor) }

func (m Money) join(o Money) (string, error) {
	switch {
	case m.currency == o.currency || o == Money{}:
		return m.currency, nil
	case m == Money{}:
		return o.currency, nil
	}
	return "", fmt.Errorf("compensate: %s meets %s: %w", m, o, ErrCurrency)
}

// Add returns m + o. It errs with [ErrCurrency] or [ErrOverflow].
func (m Money) Add(o Money) (Money, error) {
	code, err := m.join(o)
	if err != nil {
		return Money{}, err
	}
	s := m.minor + o.minor
	if (s > m.minor) != (o.minor > 0) && o.minor != 0 {
		return Money{}, fmt.Errorf("compensate: adding %s and %s: %w", m, o, ErrOverflow)
	}
	return Money{s, code}, nil
}

// Sub returns m - o. It errs with [ErrCurrency] or [ErrOverflow].
func (m Money) Sub(o Money) (Money, error) {
	code, err := m.join(o)
	if err != nil {
		return Money{}, err
	}
	s := m.minor - o.minor
	if (s < m.minor) != (o.minor > 0) && o.minor != 0 {
		return Money{}, fmt.Errorf("compensate: subtracting %s from %s: %w", o, m, ErrOverflow)
	}
	return Money{s, code}, nil
}

// Neg returns -m. It errs with [ErrOverflow] for the one amount that has no opposite.
func (m Money) Neg() (Money, error) {
	if m.minor == math.MinInt64 {
		return Money{}, fmt.Errorf("compensate: negating %s: %w", m, ErrOverflow)
	}
	return Money{-m.minor, m.currency}, nil
}

// Cmp returns -1, 0 or 1 as m is less than, equal to or greater than o. It errs with [ErrCurrency].
func (m Money) Cmp(o Money) (int, error) {
	if _, err := m.join(o); err != nil {
		return 0, err
	}
	switch {
	case m.minor < o.minor:
		return -1, nil
	case m.minor > o.minor:
		return 1, nil
	}
	return 0, nil
}

// Mul returns m × r, rounded to minor units. It errs with [ErrOverflow].
func (m Money) Mul(r Ratio, mode Mode) (Money, error) {
	n, ok := Whole(m.minor).Mul(r).whole(mode)
	if !ok {
		return Money{}, fmt.Errorf("compensate: multiplying %s: %w", m, ErrOverflow)
	}
	return Money{n, m.currency}, nil
}

// Allocate splits m in proportion to the parts without losing a unit: what does
// not divide goes, a unit each, to the first parts that have a share. It errs
// if a part is negative or if none is above zero.
func (m Money) Allocate(parts ...int64) ([]Money, error) {
	sum := Ratio{}
	for _, p := range parts {
		if p < 0 {
			return nil, fmt.Errorf("compensate: allocating %s: part %d is negative", m, p)
		}
		sum = sum.Add(Whole(p))
	}
	if sum.IsZero() {
		return nil, fmt.Errorf("compensate: allocating %s: no part is above zero", m)
	}
	out := make([]Money, len(parts))
	rest := m.minor
	for i, p := range parts {
		n, _ := Whole(m.minor).Mul(Whole(p)).quo(sum).whole(Down) // no larger than m
		out[i] = Money{n, m.currency}
		rest -= n
	}
	for i := 0; rest != 0; i = (i + 1) % len(parts) {
		if parts[i] > 0 {
			out[i].minor += int64(sign64(rest))
			rest -= int64(sign64(rest))
		}
	}
	return out, nil
}
