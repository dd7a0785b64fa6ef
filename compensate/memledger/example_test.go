package memledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
)

func ExampleLedger() {
	ctx := context.Background()
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	var ledger memledger.Ledger
	for _, total := range []string{"10.00 EUR", "10.00 EUR", "17.00 EUR", "5.00 EUR"} {
		entries, err := ledger.Propose(ctx, []compensate.Owed{{
			Key:   compensate.Key{Scheme: "uptime", Customer: "acme", Basis: "outage-7"},
			Total: compensate.MustMoney(total),
		}}, at)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(total, ":")
		for _, e := range entries[0] {
			fmt.Print(" ", e.Amount)
		}
		fmt.Println()
	}
	// Output:
	// 10.00 EUR: 10.00 EUR
	// 10.00 EUR: 10.00 EUR
	// 17.00 EUR: 10.00 EUR 7.00 EUR
	// 5.00 EUR: 10.00 EUR 7.00 EUR
}

func BenchmarkPropose(b *testing.B) {
	const page = 500
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	var ledger memledger.Ledger
	owed := make([]compensate.Owed, page)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for i := range owed {
			n++
			owed[i] = compensate.Owed{
				Key:   compensate.Key{Scheme: "uptime", Customer: fmt.Sprintf("c%d", n), Basis: "outage-7"},
				Total: compensate.FromMinor(500, "EUR"),
			}
		}
		if _, err := ledger.Propose(b.Context(), owed, at); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/entry")
}

func BenchmarkListPagesOfAMillion(b *testing.B) {
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	var ledger memledger.Ledger
	owed := make([]compensate.Owed, 1_000_000)
	for i := range owed {
		owed[i] = compensate.Owed{
			Key:   compensate.Key{Scheme: "uptime", Customer: fmt.Sprintf("c%d", i), Basis: "outage-7"},
			Total: compensate.FromMinor(500, "EUR"),
		}
	}
	if _, err := ledger.Propose(b.Context(), owed, at); err != nil {
		b.Fatal(err)
	}
	cursor := ""
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if _, cursor, err = ledger.List(b.Context(), compensate.Query{Bases: []string{"outage-7"}}, cursor, 100); err != nil {
			b.Fatal(err)
		}
	}
}
