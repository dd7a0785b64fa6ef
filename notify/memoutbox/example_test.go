package memoutbox_test

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

func ExampleOutbox() {
	var box memoutbox.Outbox
	ctx := context.Background()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

	page := notify.Page{Notice: "stmt-1", Done: true, At: at, Items: []notify.Item{{
		Key: "stmt-1/ana@mail", Notice: "stmt-1", Record: "inc-1", Kind: "update",
		Recipient: "ana", Channel: "mail", Thread: "inc-1", Seq: 1, Supersedable: true,
	}}}
	n, err := box.Add(ctx, page)
	fmt.Println("added", n, err)

	claimed, err := box.Claim(ctx, notify.ClaimRequest{Channel: "mail", Limit: 10, Lease: time.Minute, At: at})
	fmt.Println("claimed", claimed[0].Key, "attempt", claimed[0].Attempt, err)

	settled, err := box.Settle(ctx, []notify.Settlement{{
		Key: claimed[0].Key, Token: claimed[0].Token, Outcome: notify.Done, Now: at.Add(time.Second),
		Receipt: &notify.Receipt{ProviderID: "mail-77"},
	}})
	fmt.Println("settled", settled[0].State, settled[0].Err, err)
	// Output:
	// added 1 <nil>
	// claimed stmt-1/ana@mail attempt 1 <nil>
	// settled sent <nil> <nil>
}
