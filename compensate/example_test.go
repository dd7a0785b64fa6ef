package compensate_test

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/memledger"
)

func ratio(s string) *compensate.Ratio {
	r := compensate.MustRatio(s)
	return &r
}

func Example() {
	scheme, err := compensate.Compile(&compensate.Scheme{
		Name: "uptime",
		Lines: []compensate.Line{{ID: "credit", Tiers: []compensate.Tier{
			{Below: ratio("99.9"), From: ratio("99"), Pay: compensate.Pay{Percent: ratio("10")}},
			{Below: ratio("99"), Pay: compensate.Pay{Percent: ratio("25")}},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	night := time.Date(2026, 11, 3, 1, 0, 0, 0, time.UTC)
	month, err := compensate.CalendarMonth(night, "UTC")
	if err != nil {
		fmt.Println(err)
		return
	}
	award, err := compensate.Assess(scheme, &compensate.Input{
		Period: month,
		Impact: []compensate.Impact{{Window: compensate.Window{Start: night, End: night.Add(3 * time.Hour)}}},
		Fee:    compensate.MustMoney("49.90 EUR"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sentence := range award.Why() {
		fmt.Println(sentence)
	}
	fmt.Println(award.Amount)
	// Output:
	// Of 43200 minutes 180 were lost: available about 99.583 % of the time.
	// 10 % of the fee of 49.90 EUR is 4.99 EUR.
	// 4.99 EUR
}

func ExampleIssueBatch() {
	ctx := context.Background()
	var ledger memledger.Ledger
	var billing compensatetest.FakeBilling // a host passes its own
	owed := compensate.Owed{
		Key:   compensate.Key{Scheme: "uptime", Customer: "acme", Basis: "outage-7"},
		Total: compensate.MustMoney("4.99 EUR"),
	}
	for range 2 { // the second time nothing is added and nothing paid
		if _, err := ledger.Propose(ctx, []compensate.Owed{owed}, time.Now()); err != nil {
			fmt.Println(err)
			return
		}
		report, err := compensate.IssueBatch(ctx, &ledger, &billing, nil)
		fmt.Println(report.Issued, err)
	}
	fmt.Println(len(billing.Payments()), "payment")
	// Output:
	// 1 <nil>
	// 0 <nil>
	// 1 payment
}

func ExampleCompile() {
	_, err := compensate.Compile(&compensate.Scheme{Name: "uptime"})
	fmt.Println(err)
	// Output: compensate: scheme "uptime": lines: are missing: nothing would ever be owed
}

func ExampleParseMoney() {
	m, err := compensate.ParseMoney("1234.5", "EUR")
	fmt.Println(m, err)
	text, err := m.Format("de")
	fmt.Printf("%q %v\n", text, err)
	// Output:
	// 1234.50 EUR <nil>
	// "1.234,50\u00a0€" <nil>
}

func ExampleMoney_Allocate() {
	parts, err := compensate.MustMoney("10.00 EUR").Allocate(1, 1, 1)
	fmt.Println(parts, err)
	// Output: [3.34 EUR 3.33 EUR 3.33 EUR] <nil>
}

func ExampleParseRatio() {
	r, err := compensate.ParseRatio("99.95")
	fmt.Println(r, r.Mul(compensate.Fraction(1, 3)), err)
	// Output: 99.95 1999/60 <nil>
}

func ExampleFraction() {
	fmt.Println(compensate.Fraction(1, 8), compensate.Fraction(1, 12))
	// Output: 0.125 1/12
}

func ExampleWhole() {
	fmt.Println(compensate.Whole(3).Cmp(compensate.MustRatio("2.5")))
	// Output: 1
}

func ExampleFromMinor() {
	fmt.Println(compensate.FromMinor(1999, "EUR"), compensate.FromMinor(1999, "JPY"))
	// Output: 19.99 EUR 1999 JPY
}

func ExampleCalendarMonth() {
	t := time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC)
	utc, _ := compensate.CalendarMonth(t, "UTC")
	berlin, _ := compensate.CalendarMonth(t, "Europe/Berlin")
	fmt.Println(utc)
	fmt.Println(berlin)
	// Output:
	// 2026-10-01 to 2026-10-31 (UTC)
	// 2026-11-01 to 2026-11-30 (Europe/Berlin)
}

func ExampleRefused() {
	err := compensate.Refused(fmt.Errorf("the account is closed"))
	fmt.Println(err, compensate.IsRefused(err))
	// Output: the account is closed true
}
