package sqlitefile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// declare writes the record of a new incident.
func declare(ctx context.Context, s incident.Store, id, title string) error {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	b, err := (&incident.Incident{ID: id}).Batch(at, incident.Event{
		At: at, Recorded: at, Actor: incident.Actor{Kind: incident.ActorStaff, ID: "ada"},
		Data: incident.Declared{Space: "acme", Title: title, Severity: incident.SeverityMajor},
	})
	if err != nil {
		return err
	}
	_, err = s.Append(ctx, incident.Commit{Space: "acme", Batches: []incident.Batch{b}})
	return err
}

// desk is the desk of a program that keeps everything in one file.
func desk(file *sqlitefile.File, customers amends.Directory) (*amends.Desk, error) {
	return amends.New(amends.Options{
		Stores:    amends.Stores{Records: file.Records, Outbox: file.Outbox, Ledger: file.Ledger},
		Directory: customers,
		Issuer:    compensate.IssuerFunc(func(_ context.Context, e compensate.Entry) (string, error) { return "bill-" + e.ID, nil }),
		Channels: map[string]notify.Channel{"mail": {Notifier: notify.NotifierFunc(func(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
			fmt.Printf("to %s: %s\n", d.To.Name, d.Message.Subject)
			return notify.Receipt{ProviderID: d.ID}, nil
		})}},
		Links:  func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender: amends.Sender{Brand: "Acme", Contact: "reply to this mail"},
	})
}

// What one process recorded, the next one goes on with: the acknowledgement is sent once.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "amends")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of the example
	customers := new(amends.MemDirectory)
	customers.AddCustomer("acme", policy.CustomerFacts{Customer: "c1"}, amends.Contact{ID: "c1-mail", Channel: "mail", Name: "Kim"})

	for _, process := range []string{"first", "second", "third"} {
		file, err := sqlitefile.Open(ctx, filepath.Join(dir, "amends.db"), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		d, err := desk(file, customers)
		if err != nil {
			fmt.Println(err)
			return
		}
		if process == "first" { // it ends before it has told anybody
			_, err = d.Report(ctx, amends.Report{
				Command: amends.Command{Key: "form-17"}, Customer: amends.Customer{Space: "acme", Customer: "c1"},
				Kind: incident.ReportFailure, Words: "my restore hangs",
			})
		} else {
			err = d.Settle(ctx) // a server calls Run
		}
		fmt.Println(process, err, file.Close())
	}
	// Output:
	// first <nil> <nil>
	// to Kim: We have your report: your message
	// second <nil> <nil>
	// third <nil> <nil>
}

// The host changes a table of its own and records what follows from it, together or not at all.
func ExampleFile_DB() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "amends")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of the example
	file, err := sqlitefile.Open(ctx, filepath.Join(dir, "amends.db"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close() //nolint:errcheck // at the end of the example
	if _, err := file.DB.ExecContext(ctx, "create table job (id text, failed boolean)"); err != nil {
		fmt.Println(err)
		return
	}

	tx, err := file.DB.BeginTx(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	_, err = tx.ExecContext(ctx, "insert into job values ('restore-7', true)")
	fmt.Println(err)
	fmt.Println(declare(ctx, file.Records.Bind(tx), "inc_1", "Restores hang at 0 %"))
	fmt.Println(tx.Commit())
	// Output:
	// <nil>
	// <nil>
	// <nil>
}
