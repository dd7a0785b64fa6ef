package compensate

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxDigits bounds the decimals that a number can be rounded to.
const maxDigits = 18

// Round returns r rounded to that many decimals, 0 to 18.
func (r Ratio) Round(digits int, m Mode) Ratio {
	digits = min(max(digits, 0), maxDigits)
	scale := Whole(pow10[digits])
	return narrow(new(big.Rat).SetInt(r.Mul(scale).integer(m))).quo(scale)
}

// whole returns r rounded to a whole number, if that fits.
func (r Ratio) whole(m Mode) (int64, bool) {
	if r.wide != nil {
		n := r.integer(m)
		return n.Int64(), n.IsInt64()
	}
	num, den := r.parts()
	q, rem := num/den, num%den
	if rem != 0 {
		half := 0 // compares twice the remainder with the denominator, without overflow
		switch a := int64(abs64(rem)); {
		case a > den-a:
			half = 1
		case a < den-a:
			half = -1
		}
		if awayFromZero(m, half, q&1 != 0) {
			q += int64(sign64(num))
		}
	}
	return q, true
}

func (r Ratio) integer(m Mode) *big.Int {
	if r.wide == nil {
		n, _ := r.whole(m)
		return big.NewInt(n)
	}
	num, den := r.wide.Num(), r.wide.Denom()
	q, rem := new(big.Int).QuoRem(num, den, new(big.Int))
	if rem.Sign() != 0 {
		twice := new(big.Int).Lsh(new(big.Int).Abs(rem), 1)
		if awayFromZero(m, twice.Cmp(den), q.Bit(0) == 1) {
			q.Add(q, big.NewInt(int64(num.Sign())))
		}
	}
	return q
}

// awayFromZero decides for a number that is not whole: half compares its
// fraction with one half, odd is about its whole part.
func awayFromZero(m Mode, half int, odd bool) bool {
	switch m {
	case Up:
		return true
	case Down:
		return false
	case HalfDown:
		return half > 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	default:
		return half >= 0
	}
}

// String returns a decimal where one is exact with at most 18 digits ("99.95"),
// and a fraction otherwise ("10789/108").
func (r Ratio) String() string {
	if s, ok := r.exact(); ok {
		return s
	}
	return r.rat().String()
}

func (r Ratio) exact() (string, bool) {
	if r.wide == nil {
		if n, d := r.parts(); d == 1 {
			return strconv.FormatInt(n, 10), true
		}
	}
	den := new(big.Int).Set(r.rat().Denom())
	digits := max(takeOut(den, 2), takeOut(den, 5))
	if digits > maxDigits || den.Cmp(big.NewInt(1)) != 0 {
		return "", false
	}
	return r.rat().FloatString(digits), true
}

// takeOut divides n by a prime as often as it goes, or once more than anybody asks, and returns how often.
func takeOut(n *big.Int, prime int64) int {
	p, rem := big.NewInt(prime), new(big.Int)
	for times := 0; ; times++ {
		q, _ := new(big.Int).QuoRem(n, p, rem)
		if rem.Sign() != 0 || times > maxDigits {
			return times
		}
		n.Set(q)
	}
}

// Decimal returns r with exactly that many decimals, rounded: for display.
func (r Ratio) Decimal(digits int, m Mode) string {
	digits = min(max(digits, 0), maxDigits)
	return r.Round(digits, m).rat().FloatString(digits)
}

// short is for sentences: exact if that is short, else rounded to three decimals with a sign that it is.
func (r Ratio) short() string {
	if s, ok := r.exact(); ok {
		if _, frac, _ := strings.Cut(s, "."); len(frac) <= 6 {
			return s
		}
	}
	return "about " + r.Decimal(3, HalfUp)
}

// MarshalText writes what String returns: it reads back as the same number.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [ParseRatio] reads. YAML numbers come this way, digit by digit.
func (r *Ratio) UnmarshalText(b []byte) error {
	v, err := ParseRatio(string(b))
	if err != nil {
		return err
	}
	*r = v
	return nil
}

// UnmarshalJSON reads a JSON number without an exponent, exactly as written, or a string.
func (r *Ratio) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		if string(b) == "null" {
			return nil
		}
		return r.UnmarshalText(b)
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("compensate: reading number: %w", err)
	}
	return r.UnmarshalText([]byte(s))
}
