package crash_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
	"github.com/amends-dev/amends/notify/sqloutbox"
	"github.com/amends-dev/amends/notify/webhooknotify"
	"github.com/amends-dev/amends/policy"
)

const (
	space  = "acme"
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // of the tests' webhooks

	// workers of a channel, and how many deliveries it holds at most: what a
	// process that is killed may have sent without having written it down.
	workers = 4
	held    = 8
	// askedAtOnce is how many credits Desk.Run holds at most.
	askedAtOnce = 64
)

var errNotPaid = errors.New("billing has not paid it")

// open opens the stores, and brings them to the present version. Every process does.
func (o *orders) open(ctx context.Context) (amends.Stores, func() error, error) {
	if o.Driver == "sqlite" {
		f, err := sqlitefile.Open(ctx, o.DSN, nil)
		if err != nil {
			return amends.Stores{}, nil, err
		}
		return amends.Stores{Records: f.Records, Outbox: f.Outbox, Ledger: f.Ledger}, f.Close, nil
	}
	db, err := sql.Open(o.Driver, o.DSN)
	if err != nil {
		return amends.Stores{}, nil, err
	}
	db.SetMaxOpenConns(12)
	db.SetMaxIdleConns(12)
	records, outbox, ledger := sqlstore.New(db, nil), sqloutbox.New(db, &sqloutbox.Options{LeaseClock: sqloutbox.CallerClock}), sqlledger.New(db, &sqlledger.Options{LeaseClock: sqlledger.CallerClock})
	for _, migrate := range []func(context.Context) error{records.Migrate, outbox.Migrate, ledger.Migrate} {
		if err := migrate(ctx); err != nil {
			return amends.Stores{}, nil, errors.Join(err, db.Close())
		}
	}
	return amends.Stores{Records: records, Outbox: outbox, Ledger: ledger}, db.Close, nil
}

// desk makes the company.
func (o *orders) desk(s amends.Stores, now func() time.Time) (*amends.Desk, error) {
	mail, err := smtpnotify.New(o.Mail, "support@acme.example", &smtpnotify.Options{
		Security: smtpnotify.SecurityLoopbackPlaintext, Hello: fmt.Sprintf("p%d.acme.example", o.Number), Now: now,
	})
	if err != nil {
		return nil, err
	}
	hook := webhooknotify.New(func(context.Context, notify.Recipient) ([]string, error) { return []string{secret}, nil },
		&webhooknotify.Options{PlainHTTP: true, Conn: notify.HTTPOptions{Internal: true}, Payload: payload})
	opts := amends.Options{
		Stores: s, Directory: directory{o}, Issuer: o.issuer(), IssueOnce: o.Once, Now: now,
		Channels: map[string]notify.Channel{
			"mail":    {Notifier: mail, RepeatUncertain: true, Workers: workers},
			"webhook": {Notifier: hook, Independent: true, RepeatUncertain: true, Workers: workers},
			"page":    {Notifier: hook, Public: true, Passive: true, RepeatUncertain: true, Workers: workers},
		},
		Links:    func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender:   amends.Sender{Brand: "Acme", Name: "Ada", Contact: "reply to this mail"},
		PageSize: 10,
		Logger:   slog.New(&complaints{Handler: slog.DiscardHandler, o: o}),
	}
	for name, c := range opts.Channels {
		c.Timeout = o.Timeout
		if opts.Channels[name] = c; o.Only != "" && name != o.Only {
			c.Notifier = nil // served by others
			opts.Channels[name] = c
		}
	}
	opts.Dispatch = &notify.DispatcherOptions{
		Batch: held, Poll: 50 * time.Millisecond, Logger: opts.Logger, Lease: o.Lease,
		MaxAttempts: cmp.Or(o.MaxAttempts, 1<<20), // a process that dies with a delivery has tried it, and many die with the same one here
	}
	return amends.New(opts)
}

// complaints is a log of which everything that warns is written down: a child
// that is killed again and again gives an operator nothing to look at.
type complaints struct {
	slog.Handler
	o *orders
}

func (*complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	c.o.complain(text)
	return nil
}

// event is what a webhook gets.
type event struct {
	ID, Kind, To, Subject, Text string
}

func payload(d *notify.Delivery) ([]byte, error) {
	return json.Marshal(event{ID: d.ID, Kind: d.Message.Kind, To: d.To.ID, Subject: d.Message.Subject, Text: d.Message.Text})
}

// payment is what billing is asked for.
type payment struct {
	ID, Customer, Currency string
	Minor                  int64
}

// issuer asks billing.
func (o *orders) issuer() compensate.Issuer {
	return compensate.IssuerFunc(func(ctx context.Context, e compensate.Entry) (string, error) {
		body, err := json.Marshal(payment{e.ID, e.Key.Customer, e.Amount.Currency(), e.Amount.Minor()})
		if err != nil {
			return "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Billing, bytes.NewReader(body))
		if err != nil {
			return "", err
		}
		req.Header.Set("Idempotency-Key", e.ID)
		return o.ask(req)
	})
}

// paid looks up at billing whether it has paid an entry, as a person would.
func (o *orders) paid(ctx context.Context, entry string) (reference string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.Billing, http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Idempotency-Key", entry)
	return o.ask(req)
}

func (o *orders) ask(req *http.Request) (string, error) {
	req.Header.Set("User-Agent", strconv.Itoa(o.Number))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", compensate.Unanswered(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	var answer struct{ Reference string }
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return "", errNotPaid
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("billing answered %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", compensate.Unanswered(err)
	}
	return answer.Reference, nil
}

// directory is what the company knows of its customers: each incident hits all of
// them. Those with even numbers read mail, the others have a webhook.
type directory struct{ o *orders }

func customerID(n int) string { return fmt.Sprintf("c%05d", n) }

func (d directory) number(id string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "c"))
	return n, err == nil && id == customerID(n) && n < d.o.Customers
}

func (d directory) contact(n int) amends.Contact {
	c := amends.Contact{ID: customerID(n) + "-tech", Customer: customerID(n), Name: "Customer " + strconv.Itoa(n), Locale: "en", Zone: "Europe/Berlin"}
	if c.Channel, c.Address = "mail", customerID(n)+"@customer.example"; n%2 == 1 {
		// Whom it comes from is part of the address, not of the message.
		c.Channel, c.Address = "webhook", fmt.Sprintf("%s/p%d/%s", d.o.Hooks, d.o.Number, customerID(n))
	}
	return c
}

func (d directory) public() amends.Contact {
	return amends.Contact{ID: "status", Channel: "page", Address: fmt.Sprintf("%s/p%d/status", d.o.Hooks, d.o.Number)}
}

func (directory) duty() amends.Contact {
	return amends.Contact{ID: "duty", Channel: "mail", Address: "duty@acme.example"}
}

// page is the customers after a cursor.
func (d directory) page(cursor string, limit int) (from, to int, next string) {
	if n, ok := d.number(cursor); ok {
		from = n + 1
	}
	if to = d.o.Customers; limit > 0 && from+limit < to {
		to = from + limit
		next = customerID(to - 1)
	}
	return from, to, next
}

// Expand implements [amends.Directory].
func (d directory) Expand(_ context.Context, r amends.ExpandRequest) (amends.Expanded, error) {
	one := func(c amends.Contact) (amends.Expanded, error) {
		return amends.Expanded{Contacts: []amends.Contact{c}, Done: true}, nil
	}
	customer, personal := strings.CutPrefix(string(r.Audience), string(incident.CustomerAudience("")))
	n, known := d.number(customer)
	switch {
	case r.Audience == incident.AudienceAffected:
		from, to, next := d.page(r.Cursor, r.Limit)
		out := amends.Expanded{Next: next, Done: next == ""}
		for i := from; i < to; i++ {
			out.Contacts = append(out.Contacts, d.contact(i))
		}
		return out, nil
	case r.Audience == incident.AudiencePublic:
		return one(d.public())
	case r.Audience == incident.AudienceStaff:
		return one(d.duty())
	case personal && known:
		return one(d.contact(n))
	}
	return amends.Expanded{}, amends.ErrUnknownAudience
}

// Affected implements [amends.Directory].
func (d directory) Affected(_ context.Context, r amends.ExpandRequest) (amends.AffectedPage, error) {
	from, to, next := d.page(r.Cursor, r.Limit)
	out := amends.AffectedPage{Next: next, Done: next == ""}
	for i := from; i < to; i++ {
		out.Customers = append(out.Customers, d.facts(i))
	}
	return out, nil
}

// Contacts implements [amends.Directory].
func (d directory) Contacts(_ context.Context, _ string, ids []string) ([]amends.Contact, error) {
	var out []amends.Contact
	for _, id := range ids {
		n, ok := d.number(strings.TrimSuffix(id, "-tech"))
		switch {
		case id == d.public().ID:
			out = append(out, d.public())
		case id == d.duty().ID:
			out = append(out, d.duty())
		case ok:
			out = append(out, d.contact(n))
		}
	}
	return out, nil
}

// Customers implements [amends.Directory].
func (d directory) Customers(_ context.Context, _ string, _, ids []string) ([]policy.CustomerFacts, error) {
	var out []policy.CustomerFacts
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if n, ok := d.number(id); ok {
			out = append(out, d.facts(n))
		}
	}
	return out, nil
}

func (d directory) facts(n int) policy.CustomerFacts {
	from := d.o.Epoch.Add(-3 * time.Hour)
	return policy.CustomerFacts{
		Customer: customerID(n), Plan: "team", Currency: "EUR", Zone: "Europe/Berlin", Degree: incident.DegreeDown,
		Windows: []incident.Window{{From: from, To: from.Add(2 * time.Hour)}}, Components: []string{"restore"},
		Fees:   map[string]compensate.Money{"": compensate.FromMinor(10_000, "EUR")},
		Period: incident.Window{From: from.AddDate(0, 0, -15), To: from.AddDate(0, 0, 15)},
	}
}
