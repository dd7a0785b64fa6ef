package compensate_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/amends-dev/amends/compensate"
)

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, code string
		minor        int64
		ok           bool
	}{
		{"19.99", "EUR", 1999, true},
		{"19", "EUR", 1900, true},
		{"-0.5", "EUR", -50, true},
		{"1999", "JPY", 1999, true},
		{"1.5", "JPY", 0, false},
		{"1.234", "KWD", 1234, true},
		{"1.234", "EUR", 0, false},
		{"1", "XXQ", 0, false},
		{"", "EUR", 0, false},
		{".5", "EUR", 0, false},
		{"5.", "EUR", 0, false},
		{"1e3", "EUR", 0, false},
		{"+1", "EUR", 0, false},
		{"1,5", "EUR", 0, false},
		{"92233720368547758.07", "EUR", math.MaxInt64, true},
		{"92233720368547758.08", "EUR", 0, false},
		{"-92233720368547758.08", "EUR", math.MinInt64, true},
	} {
		t.Run(c.amount+c.code, func(t *testing.T) {
			t.Parallel()
			got, err := compensate.ParseMoney(c.amount, c.code)
			require.Equal(t, c.ok, err == nil, "%v", err)
			if c.ok {
				assert.Equal(t, compensate.FromMinor(c.minor, c.code), got)
			}
		})
	}
}

func TestMoneyArithmetic(t *testing.T) {
	t.Parallel()
	eur := func(n int64) compensate.Money { return compensate.FromMinor(n, "EUR") }
	sum, err := eur(1).Add(eur(2))
	require.NoError(t, err)
	assert.Equal(t, eur(3), sum)
	sum, err = compensate.Money{}.Add(eur(2))
	require.NoError(t, err)
	assert.Equal(t, eur(2), sum)
	_, err = eur(math.MaxInt64).Add(eur(1))
	require.ErrorIs(t, err, compensate.ErrOverflow)
	_, err = eur(math.MinInt64).Sub(eur(1))
	require.ErrorIs(t, err, compensate.ErrOverflow)
	_, err = eur(0).Sub(eur(math.MinInt64))
	require.ErrorIs(t, err, compensate.ErrOverflow)
	_, err = eur(math.MinInt64).Neg()
	require.ErrorIs(t, err, compensate.ErrOverflow)
	_, err = eur(1).Add(compensate.FromMinor(0, "USD"))
	require.ErrorIs(t, err, compensate.ErrCurrency)
	_, err = eur(1).Cmp(compensate.FromMinor(1, "USD"))
	require.ErrorIs(t, err, compensate.ErrCurrency)
	_, err = eur(math.MaxInt64).Mul(compensate.Whole(2), compensate.HalfUp)
	require.ErrorIs(t, err, compensate.ErrOverflow)
	// A quarter of 0.58 is 0.145: binary floats give a cent too little.
	quarter, err := eur(58).Mul(compensate.MustRatio("0.25"), compensate.HalfUp)
	require.NoError(t, err)
	assert.Equal(t, eur(15), quarter)
}

func TestRoundingModes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number string
		want   map[compensate.Mode]string
	}{
		{"2.5", map[compensate.Mode]string{"half_up": "3", "half_even": "2", "half_down": "2", "up": "3", "down": "2"}},
		{"3.5", map[compensate.Mode]string{"half_up": "4", "half_even": "4", "half_down": "3", "up": "4", "down": "3"}},
		{"-2.5", map[compensate.Mode]string{"half_up": "-3", "half_even": "-2", "half_down": "-2", "up": "-3", "down": "-2"}},
		{"2.4", map[compensate.Mode]string{"half_up": "2", "half_even": "2", "half_down": "2", "up": "3", "down": "2"}},
		{"100000000000000000000000000.5", map[compensate.Mode]string{
			"half_up": "100000000000000000000000001", "half_even": "100000000000000000000000000", "down": "100000000000000000000000000",
		}},
	} {
		for mode, want := range c.want {
			t.Run(c.number+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				assert.Equal(t, want, compensate.MustRatio(c.number).Round(0, mode).String())
			})
		}
	}
	assert.Equal(t, "99.90", compensate.Fraction(10789, 108).Decimal(2, compensate.HalfUp))
}

func TestAllocateLosesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		minor int64
		parts []int64
		want  []int64
	}{
		{"thirds", 100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{"no share", 101, []int64{0, 1, 1}, []int64{0, 51, 50}},
		{"negative", -100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{"large", math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := compensate.FromMinor(c.minor, "EUR").Allocate(c.parts...)
			require.NoError(t, err)
			var minor []int64
			for _, m := range got {
				minor = append(minor, m.Minor())
			}
			assert.Equal(t, c.want, minor)
		})
	}
	_, err := compensate.FromMinor(1, "EUR").Allocate(0, 0)
	require.Error(t, err)
	_, err = compensate.FromMinor(1, "EUR").Allocate(2, -1)
	require.Error(t, err)
}

func TestMoneyText(t *testing.T) {
	t.Parallel()
	m := compensate.MustMoney("19.99 EUR")
	b, err := json.Marshal(m)
	require.NoError(t, err)
	assert.JSONEq(t, `{"amount":"19.99","currency":"EUR"}`, string(b))
	for _, text := range []string{string(b), `"19.99 EUR"`} {
		var back compensate.Money
		require.NoError(t, json.Unmarshal([]byte(text), &back))
		assert.Equal(t, m, back)
	}
	for _, text := range []string{"19.99 EUR", "{amount: 19.99, currency: EUR}"} {
		var back compensate.Money
		require.NoError(t, yaml.Unmarshal([]byte(text), &back))
		assert.Equal(t, m, back)
	}
	for _, text := range []string{`{"amount":"1","currency":"EUR","x":1}`, `{"amount":"1"}`, `"1"`, `1`} {
		var back compensate.Money
		require.Error(t, json.Unmarshal([]byte(text), &back), text)
	}
	_, err = json.Marshal(compensate.FromMinor(1, "XXQ"))
	require.Error(t, err)
	german, err := m.Format("de")
	require.NoError(t, err)
	assert.Equal(t, "19,99\u00a0€", german)
	assert.Equal(t, "-0.05 EUR", compensate.FromMinor(-5, "EUR").String())
	assert.Equal(t, "0.005 KWD", compensate.FromMinor(5, "KWD").String())
}

func FuzzMoneyReadsBackWhatItWrites(f *testing.F) {
	f.Add("19.99", "EUR")
	f.Add("-1", "JPY")
	f.Add("00001.234", "KWD")
	f.Fuzz(func(t *testing.T, amount, code string) {
		m, err := compensate.ParseMoney(amount, code)
		if err != nil {
			return
		}
		b, err := json.Marshal(m)
		require.NoError(t, err)
		var back compensate.Money
		require.NoError(t, json.Unmarshal(b, &back))
		assert.Equal(t, m, back)
		again, err := compensate.ParseMoney(m.Decimal(), code)
		require.NoError(t, err)
		assert.Equal(t, m, again)
	})
}

func FuzzRatioIsExact(f *testing.F) {
	f.Add("99.95", "1/3")
	f.Add("-0.000000000000000001", "9223372036854775807")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := compensate.ParseRatio(a)
		if err != nil {
			return
		}
		y, err := compensate.ParseRatio(b)
		if err != nil {
			return
		}
		require.Zero(t, x.Add(y).Sub(y).Cmp(x))
		require.Equal(t, x.Cmp(y), x.Sub(y).Sign())
		require.Zero(t, x.Mul(y).Cmp(y.Mul(x)))
		back, err := compensate.ParseRatio(x.String())
		if err == nil { // the text of large results may be longer than what is read
			require.Zero(t, back.Cmp(x))
		}
	})
}
