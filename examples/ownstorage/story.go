package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/examples/ownstorage/boltfile"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// What the story is about.
const (
	space  = "acme"
	broken = "restores-hang"
	kim    = "kim"
)

// process is one process: it opens the file and a desk on it, does its part, and ends.
func process(ctx context.Context, path string, out io.Writer, name string, part func(context.Context, *host) error) error {
	file, err := boltfile.Open(path, nil)
	if err != nil {
		return err
	}
	h := &host{file: file, out: out}
	h.say("The %s process opens the file.", name)
	if h.desk, err = h.open(); err == nil {
		err = part(ctx, h)
	}
	if err == nil {
		err = h.count(ctx)
	}
	h.say("The %s process ends.", name)
	return errors.Join(err, file.Close())
}

// host is a company: its desk on the file, its customers, its mail and its billing.
type host struct {
	file *boltfile.File
	desk *amends.Desk
	mu   sync.Mutex
	out  io.Writer
}

// say prints a line; channels and billing work side by side.
func (h *host) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = fmt.Fprintf(h.out, format+"\n", args...)
}

// now is when the story happens.
func now() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func (h *host) open() (*amends.Desk, error) {
	customers := new(amends.MemDirectory)
	customers.AddCustomer(space, policy.CustomerFacts{Customer: kim, Currency: "EUR"},
		amends.Contact{ID: "kim-mail", Channel: "mail", Name: "Kim", Address: "kim@customer.example"})
	return amends.New(amends.Options{
		Stores:    amends.Stores{Records: h.file.Records, Outbox: h.file.Outbox, Ledger: h.file.Ledger},
		Directory: customers, Now: now,
		Channels: map[string]notify.Channel{"mail": {Notifier: notify.NotifierFunc(h.mail), RepeatUncertain: true, Workers: 1}}, // one by one, to be read in order
		Issuer:   compensate.IssuerFunc(h.bill),
		Links:    func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender:   amends.Sender{Brand: "Acme", Name: "Ada of Acme", Contact: "reply to this mail"},
	})
}

func (h *host) mail(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
	h.say("  mail to %s: %s", d.To.Name, d.Message.Subject)
	return notify.Receipt{ProviderID: d.ID}, nil
}

func (h *host) bill(_ context.Context, e compensate.Entry) (string, error) {
	h.say("  %s credited to %s", e.Amount, e.Key.Customer)
	return "bill-" + e.ID, nil
}

// takeIn takes in what happened and plans what follows, but neither sends nor pays.
func takeIn(ctx context.Context, h *host) error {
	ada := incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}
	who := amends.Customer{Space: space, Incident: broken, Customer: kim}
	_, err := h.desk.Declare(ctx, amends.Declare{
		Command: amends.Command{Key: "declare", By: ada}, Space: space, ID: broken, Title: "Restores hang at 0 %", Severity: incident.SeverityMajor,
	})
	if err != nil {
		return err
	}
	report, err := h.desk.Report(ctx, amends.Report{
		Command:  amends.Command{Key: "form-17", By: incident.Actor{Kind: incident.ActorCustomer, ID: kim}},
		Customer: who, Kind: incident.ReportFailure, Words: "My restore has stood at 0 % for an hour.",
	})
	if err != nil {
		return err
	}
	_, err = h.desk.Gesture(ctx, amends.Gesture{
		Command: amends.Command{Key: "gesture-1", By: ada}, Customer: who, Reason: "for the hour that you sat there",
		Amount: compensate.FromMinor(1500, "EUR"), Limit: compensate.FromMinor(5000, "EUR"),
	})
	if err != nil {
		return err
	}
	if report.Repeat {
		h.say("  All of that is in the file already: nothing is written twice.")
	} else {
		h.say("  A failure, Kim's report and a gesture are written down.")
	}
	return errors.Join(h.desk.Reconcile(ctx, broken), h.desk.Reconcile(ctx, report.Record))
}

// goOn does what is due.
func goOn(ctx context.Context, h *host) error { return h.desk.Settle(ctx) }

// count says what the file holds.
func (h *host) count(ctx context.Context) error {
	view, head, err := incident.LoadIncident(ctx, h.file.Records, broken)
	if err != nil {
		return err
	}
	h.say("  Records: “%s” is %s, %d events.", view.Title, view.Status, head.Version)
	told, err := h.file.Outbox.Tally(ctx, notify.Query{Space: space})
	if err != nil {
		return err
	}
	for _, l := range told.Counts {
		h.say("  Outbox: %d %s on channel %s, %s.", l.N, l.Kind, l.Channel, l.State)
	}
	owed, err := h.file.Ledger.Tally(ctx, compensate.Query{Space: space})
	if err != nil {
		return err
	}
	for _, l := range owed.Lines {
		h.say("  Ledger: %s %s.", l.Amount, l.State)
	}
	return nil
}
