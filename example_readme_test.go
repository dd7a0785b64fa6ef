package amends_test

import (
	"context"
	"fmt"

	"github.com/amends-dev/amends/notify"
)

func Example_channel() {
	chat := notify.NotifierFunc(func(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
		if d.To.Address == "" {
			return notify.Receipt{}, notify.Gone(fmt.Errorf("contact %s has no chat any more", d.To.ID))
		}
		fmt.Printf("to %s: %s\n", d.To.Address, d.Message.Subject)
		return notify.Receipt{ProviderID: d.ID}, nil
	})
	_, err := chat.Notify(context.Background(), &notify.Delivery{
		ID:      "n1/c1@chat",
		To:      notify.Recipient{ID: "c1", Address: "#acme"},
		Message: &notify.Message{Subject: "We lost the backups of 3 to 5 May. What that means for you"},
	})
	fmt.Println(err)
	// Output:
	// to #acme: We lost the backups of 3 to 5 May. What that means for you
	// <nil>
}
