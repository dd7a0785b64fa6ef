package notify_test

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

func ExampleNewDispatcher() {
	ctx := context.Background()
	var box memoutbox.Outbox
	_, err := box.Add(ctx, notify.Page{Notice: "stmt-1", Done: true, At: time.Now(), Items: []notify.Item{
		{Key: "stmt-1/ana@mail", Notice: "stmt-1", Record: "inc-1", Kind: "update", Recipient: "ana", Channel: "mail", Thread: "inc-1", Seq: 1},
		{Key: "stmt-1/bo@mail", Notice: "stmt-1", Record: "inc-1", Kind: "update", Recipient: "bo", Channel: "mail", Thread: "inc-1", Seq: 1},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}

	mail := notify.NotifierFunc(func(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
		fmt.Printf("%s: %s\n", d.To.Address, d.Message.Subject)
		return notify.Receipt{ProviderID: d.ID}, nil
	})
	words := &notify.Message{Thread: "inc-1", Seq: 1, Kind: "update", Subject: "Backups are late", Text: "We found the cause."}
	resolver := notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		out := make([]notify.Resolved, len(items))
		for i, it := range items {
			out[i] = notify.Resolved{To: notify.Recipient{ID: it.Recipient, Address: it.Recipient + "@example.org"}, Message: words}
		}
		return out, nil
	})

	d, err := notify.NewDispatcher(&box, resolver, map[string]notify.Channel{"mail": {Notifier: mail, Workers: 1}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	done, err := d.Deliver(ctx, 0)
	fmt.Println("sent", done.Sent, "of", done.Records, err)
	// Output:
	// ana@example.org: Backups are late
	// bo@example.org: Backups are late
	// sent 2 of [inc-1] <nil>
}

func ExampleSchedule() {
	s := notify.DefaultSchedule()
	for _, attempt := range []int{1, 2, 3, 9, 400} {
		fmt.Println("after attempt", attempt, "wait", s.Wait(attempt, 0))
	}
	// Output:
	// after attempt 1 wait 5s
	// after attempt 2 wait 5m0s
	// after attempt 3 wait 30m0s
	// after attempt 9 wait 24h0m0s
	// after attempt 400 wait 24h0m0s
}
