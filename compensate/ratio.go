package compensate

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Ratio is an exact number: a percentage, a factor, a count of minutes. Nothing
// is ever lost in it; where a scheme rounds, it says so. Small numbers need no
// memory of their own, others grow as far as they must.
//
// The zero value is 0. Ratios are values, safe for concurrent use; compare them
// with Cmp, not with ==.
type Ratio struct {
	num, den int64    // lowest terms, den > 0; den 0 stands for 1
	wide     *big.Rat // instead, if num or den does not fit; never changed
}

// Mode says how a number between two others is rounded.
type Mode string

// Modes of rounding. Up and down are meant by size: -1.5 rounds up to -2.
const (
	HalfUp   Mode = "half_up"   // to the nearest, a tie away from zero; what "" means too
	HalfEven Mode = "half_even" // to the nearest, a tie to the even one
	HalfDown Mode = "half_down" // to the nearest, a tie towards zero
	Up       Mode = "up"        // away from zero
	Down     Mode = "down"      // towards zero
)

func (m Mode) valid() bool {
	switch m {
	case "", HalfUp, HalfEven, HalfDown, Up, Down:
		return true
	}
	return false
}

// Whole is n as a Ratio.
func Whole(n int64) Ratio {
	if n == math.MinInt64 {
		return Fraction(n, 1)
	}
	return Ratio{num: n, den: 1}
}

// Fraction is num/den. It panics if den is zero, which is a mistake in the program.
func Fraction(num, den int64) Ratio {
	if den == 0 {
		panic("compensate: fraction with denominator zero") //nolint:forbidigo // a mistake in the program
	}
	if num == math.MinInt64 || den == math.MinInt64 {
		return narrow(big.NewRat(num, den))
	}
	if den < 0 {
		num, den = -num, -den
	}
	g := gcd(num, den)
	return Ratio{num: num / g, den: den / g}
}

// maxRatioText bounds the text of a number, so that a file cannot ask for a huge one.
const maxRatioText = 64

// ParseRatio reads a plain decimal ("99.95", "-3") or a fraction ("1/12").
// Exponents are not read.
func ParseRatio(s string) (Ratio, error) {
	if len(s) > maxRatioText {
		return Ratio{}, fmt.Errorf("compensate: reading number: longer than %d characters", maxRatioText)
	}
	n, d, fraction := strings.Cut(s, "/")
	r, ok := parseDecimal(n)
	if ok && fraction {
		var by Ratio
		by, ok = parseDecimal(d)
		if ok = ok && by.Sign() > 0; ok {
			r = r.quo(by)
		}
	}
	if !ok {
		return Ratio{}, fmt.Errorf("compensate: reading number %q: want a decimal like 99.95 or a fraction like 1/12", s)
	}
	return r, nil
}

// MustRatio is [ParseRatio] for numbers in program text. It panics where ParseRatio errs.
func MustRatio(s string) Ratio {
	r, err := ParseRatio(s)
	if err != nil {
		panic(err) //nolint:forbidigo // a mistake in the program
	}
	return r
}

func parseDecimal(s string) (Ratio, bool) {
	digits, neg := strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(digits, ".")
	if whole == "" || point && frac == "" || !allDigits(whole) || !allDigits(frac) {
		return Ratio{}, false
	}
	if len(whole)+len(frac) <= 18 {
		n, err := strconv.ParseInt(whole+frac, 10, 64)
		if err != nil {
			return Ratio{}, false
		}
		if neg {
			n = -n
		}
		return Fraction(n, pow10[len(frac)]), true
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return Ratio{}, false
	}
	return narrow(r), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

//nolint:gochecknoglobals // a constant table
var pow10 = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// gcd returns the greatest common divisor by halving, which is faster than
// dividing; b is never 0.
func gcd(a, b int64) int64 {
	x, y := abs64(a), abs64(b)
	if x == 0 {
		return int64(max(y, 1))
	}
	if y == 0 || x == 1 || y == 1 {
		return 1
	}
	shift := bits.TrailingZeros64(x | y)
	x >>= bits.TrailingZeros64(x)
	for y != 0 {
		y >>= bits.TrailingZeros64(y)
		if x > y {
			x, y = y, x
		}
		y -= x
	}
	return int64(x << shift)
}

// narrow takes ownership of r.
func narrow(r *big.Rat) Ratio {
	if n, d := r.Num(), r.Denom(); n.IsInt64() && d.IsInt64() && n.Int64() != math.MinInt64 {
		return Ratio{num: n.Int64(), den: d.Int64()}
	}
	return Ratio{wide: r}
}

// parts returns the small form; only for ratios that are not wide.
func (r Ratio) parts() (num, den int64) {
	if r.den == 0 {
		return r.num, 1
	}
	return r.num, r.den
}

func (r Ratio) rat() *big.Rat {
	if r.wide != nil {
		return r.wide
	}
	return big.NewRat(r.parts())
}

// Add returns r + o.
func (r Ratio) Add(o Ratio) Ratio {
	if r.wide == nil && o.wide == nil {
		rn, rd := r.parts()
		on, od := o.parts()
		g := gcd(rd, od)
		a, ok1 := mul64(rn, od/g)
		b, ok2 := mul64(on, rd/g)
		d, ok3 := mul64(rd, od/g)
		if s := a + b; ok1 && ok2 && ok3 && (s > a) == (b > 0) && s != math.MinInt64 {
			return Fraction(s, d)
		}
	}
	return narrow(new(big.Rat).Add(r.rat(), o.rat()))
}

// Sub returns r - o.
func (r Ratio) Sub(o Ratio) Ratio { return r.Add(o.Neg()) }

// Neg returns -r.
func (r Ratio) Neg() Ratio {
	if r.wide != nil {
		return narrow(new(big.Rat).Neg(r.wide))
	}
	return Ratio{num: -r.num, den: r.den}
}

// Mul returns r × o.
func (r Ratio) Mul(o Ratio) Ratio {
	if r.wide == nil && o.wide == nil {
		rn, rd := r.parts()
		on, od := o.parts()
		g, h := gcd(rn, od), gcd(on, rd)
		n, ok1 := mul64(rn/g, on/h)
		d, ok2 := mul64(rd/h, od/g)
		if ok1 && ok2 {
			return Ratio{num: n, den: d}
		}
	}
	return narrow(new(big.Rat).Mul(r.rat(), o.rat()))
}

// quo returns r / o for an o that is not zero.
func (r Ratio) quo(o Ratio) Ratio {
	if o.wide != nil {
		return r.Mul(narrow(new(big.Rat).Inv(o.wide)))
	}
	n, d := o.parts()
	return r.Mul(Fraction(d, n))
}

// percentage returns part in percent of all, in one step where the numbers are whole and small enough.
func percentage(part, all Ratio) Ratio {
	if part.wide == nil && all.wide == nil && part.den <= 1 && all.den <= 1 {
		if n, ok := mul64(part.num, 100); ok {
			return Fraction(n, all.num)
		}
	}
	return part.quo(all).Mul(Whole(100))
}

func mul64(a, b int64) (int64, bool) {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if neg {
		return -int64(lo), true
	}
	return int64(lo), true
}

func abs64(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// Cmp returns -1, 0 or 1 as r is less than, equal to or greater than o.
func (r Ratio) Cmp(o Ratio) int {
	if r.wide == nil && o.wide == nil {
		rn, rd := r.parts()
		on, od := o.parts()
		if rs, os := sign64(rn), sign64(on); rs != os || rs == 0 {
			return sign64(int64(rs - os))
		}
		ah, al := bits.Mul64(abs64(rn), uint64(od))
		bh, bl := bits.Mul64(abs64(on), uint64(rd))
		c := 0
		switch {
		case ah > bh || ah == bh && al > bl:
			c = 1
		case ah < bh || al < bl:
			c = -1
		}
		return c * sign64(rn)
	}
	return r.rat().Cmp(o.rat())
}

func sign64(n int64) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

// Sign returns -1, 0 or 1 as r is below, at or above zero.
func (r Ratio) Sign() int {
	if r.wide != nil {
		return r.wide.Sign()
	}
	return sign64(r.num)
}

// IsZero reports whether r is 0.
func (r Ratio) IsZero() bool { return r.Sign() == 0 }
