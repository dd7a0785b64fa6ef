package compensatetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/memledger"
)

// The answer of the first call is lost after billing paid.
func ExampleFakeBilling() {
	var billing compensatetest.FakeBilling
	billing.FailNext(compensatetest.FaultLost)
	e := compensate.Entry{ID: "e#1", Amount: compensate.MustMoney("5.00 EUR")}
	for range 2 {
		reference, err := billing.Issue(context.Background(), e)
		fmt.Printf("%q %v\n", reference, err)
	}
	fmt.Println(len(billing.Payments()), "payment")
	// Output:
	// "" compensatetest: no answer
	// "pay-1" <nil>
	// 1 payment
}

// The process dies after the ledger has written and before it knows.
func ExampleFaultLedger() {
	ledger := compensatetest.FaultLedger{
		Ledger: new(memledger.Ledger),
		After: func(op string, n int) error {
			if n == 1 {
				return errors.New("died after " + op)
			}
			return nil
		},
	}
	owed := []compensate.Owed{{
		Key:   compensate.Key{Scheme: "uptime", Customer: "acme", Basis: "outage-7"},
		Total: compensate.MustMoney("5.00 EUR"),
	}}
	for range 2 {
		entries, err := ledger.Propose(context.Background(), owed, time.Now())
		fmt.Println(len(entries), err)
	}
	// Output:
	// 0 died after Propose
	// 1 <nil>
}
