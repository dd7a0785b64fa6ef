package notifytest_test

import (
	"context"
	"fmt"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func ExampleNewRecorder() {
	rec := notifytest.NewRecorder()
	rec.ScriptFor("ada", notifytest.Gone())

	m := &notify.Message{Thread: "incident-1", Kind: notify.KindUpdate, Subject: "Restores fail", Text: "We are on it."}
	for _, id := range []string{"ada", "bert"} {
		d := &notify.Delivery{ID: "incident-1/1/" + id, Attempt: 1, To: notify.Recipient{ID: id}, Message: m}
		if _, err := rec.Notify(context.Background(), d); err != nil {
			class, _ := notify.Classify(err)
			fmt.Println(id, class)
		}
	}
	for _, d := range rec.Delivered() {
		fmt.Println(d.To.ID, d.Message.Subject)
	}
	// Output:
	// ada address_gone
	// bert Restores fail
}
