package amends_test

import (
	"context"
	"fmt"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/policy"
)

func Example() {
	ctx, customers := context.Background(), new(amends.MemDirectory)
	customers.AddCustomer("acme", policy.CustomerFacts{Customer: "c1"}, amends.Contact{ID: "c1-mail", Channel: "mail", Name: "Kim"})
	desk, err := amends.New(amends.Options{
		Stores:    amends.Stores{Records: new(memstore.Store), Outbox: new(memoutbox.Outbox), Ledger: new(memledger.Ledger)},
		Directory: customers, Issuer: compensate.IssuerFunc(bill), Channels: map[string]notify.Channel{"mail": {Notifier: notify.NotifierFunc(mail)}},
		Links: link, Sender: amends.Sender{Brand: "Acme", Contact: "reply to this mail"},
	})
	fmt.Println(err)
	in, _ := desk.Declare(ctx, amends.Declare{Space: "acme", Title: "Restores hang at 0 %", Severity: incident.SeverityMajor})
	_, _ = desk.Report(ctx, amends.Report{Customer: amends.Customer{Incident: in.ID, Customer: "c1"}, Kind: incident.ReportFailure, Words: "my restore hangs"})
	fmt.Println(desk.Settle(ctx)) // a server calls desk.Run instead
	// Output:
	// <nil>
	// to Kim: We have your report: Restores hang at 0 %
	// <nil>
}

func mail(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
	fmt.Printf("to %s: %s\n", d.To.Name, d.Message.Subject)
	return notify.Receipt{ProviderID: d.ID}, nil
}

func bill(_ context.Context, e compensate.Entry) (string, error) { return "bill-" + e.ID, nil }

func link(_, record, customer string) string {
	return "https://acme.example/c/" + record + "/" + customer
}
