package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident/customerpage"
	"github.com/amends-dev/amends/incident/statuspage"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/consolenotify"
	"github.com/amends-dev/amends/notify/smtpnotify"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// backend is the company's program.
type backend struct {
	storage   storage
	secrets   *secrets
	desk      *amends.Desk
	status    http.Handler // the status page
	customers http.Handler // customers' pages
	log       *slog.Logger
}

// open opens the storage and puts the desk and its pages on it. Nothing works yet.
func open(ctx context.Context, s settings, stdout, stderr io.Writer) (_ *backend, err error) {
	b := &backend{log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if b.secrets, err = loadSecrets(s.secrets); err != nil {
		return nil, err
	}
	mail, err := mailer(s, b.secrets, stdout)
	if err != nil {
		return nil, err
	}
	if s.postgres != "" {
		b.storage, err = openPostgres(ctx, s.postgres, b.log)
	} else {
		b.storage, err = openSQLite(ctx, s.db)
	}
	if err != nil {
		return nil, err
	}
	if err := b.furnish(s, mail); err != nil {
		return nil, errors.Join(err, b.storage.Close())
	}
	return b, nil
}

// furnish makes the desk and the pages.
func (b *backend) furnish(s settings, mail notify.Notifier) error {
	links, err := customerpage.NewLinks(s.url+"/yours/", [][]byte{b.secrets.Links}, nil)
	if err != nil {
		return err
	}
	hook, err := url.Parse(s.hook)
	if err != nil {
		return errors.New("-hook: it is no address")
	}
	hooks := &webhooknotify.Options{Page: webhooknotify.Page{ID: space}}
	if loopback(hook.Hostname()) {
		hooks.PlainHTTP, hooks.Conn.Internal = true, true
	}
	b.desk, err = amends.New(amends.Options{
		Stores: b.storage.Stores(), Directory: &directory{b.storage, s.hook}, Issuer: compensate.IssuerFunc(b.bill), Logger: b.log, Links: links.URL,
		Sender: amends.Sender{Brand: brand, Name: "Quill", Contact: contact, ReplyTo: "support@quill.example"},
		Channels: map[string]notify.Channel{
			"mail":    {Notifier: mail, Workers: 8, RepeatUncertain: true}, // a message that comes twice beats one that never came
			"webhook": {Notifier: webhooknotify.New(b.signer, hooks), Workers: 8, Independent: true, RepeatUncertain: true},
			"page":    {Notifier: notify.NotifierFunc(shown), Public: true, Passive: true, RepeatUncertain: true},
		},
	})
	if err != nil {
		return err
	}
	b.status, err = statuspage.NewHandler(b.storage.Stores().Records, space, statuspage.Page{Name: brand, URL: s.url, TimeZone: zone}, &statuspage.HandlerOptions{
		Catalog: statuspage.Catalog{Components: []statuspage.Component{{ID: component.ID, Name: component.Name, Core: true}}},
		Contact: statuspage.Link{Text: "+49 30 23125 100", URL: "tel:+493023125100"}, Logger: b.log,
	})
	if err != nil {
		return err
	}
	b.customers, err = customerpage.New(b.desk, links, &customerpage.Options{Brand: brand, Contact: contact, Logger: b.log})
	return err
}

// shown is the channel of the status page, which reads the records: what was published is on it.
func shown(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
	return notify.Receipt{ProviderID: d.ID}, nil
}

// mailer is the channel for mail.
func mailer(s settings, keys *secrets, stdout io.Writer) (notify.Notifier, error) {
	if s.smtp == "" {
		return consolenotify.New(stdout, nil), nil
	}
	host, _, err := net.SplitHostPort(s.smtp)
	if err != nil {
		return nil, fmt.Errorf("-smtp: %w", err)
	}
	opts := &smtpnotify.Options{Keys: [][]byte{keys.Mail}, Connections: 8}
	if loopback(host) {
		opts.Security = smtpnotify.SecurityLoopbackPlaintext
	}
	return smtpnotify.New(s.smtp, brand+" <support@quill.example>", opts)
}

// loopback reports whether a host is this machine, named by its address.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// signer returns what webhooks are signed with. A company has a secret for each customer.
func (b *backend) signer(context.Context, notify.Recipient) ([]string, error) {
	return []string{b.secrets.Webhook}, nil
}

// bill is the company's billing: a credit is a row by the credit's ID, so that asking twice pays once.
func (b *backend) bill(ctx context.Context, e compensate.Entry) (string, error) {
	err := b.storage.Exec(ctx, "insert into quill_credit (id, customer, minor, currency) values ($1, $2, $3, $4) on conflict do nothing",
		e.ID, e.Key.Customer, e.Amount.Minor(), e.Amount.Currency())
	return "credit note " + e.ID, err
}

// routes are the pages, for everybody, and what asks for a token.
func (b *backend) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", b.status)
	mux.Handle("/yours/", b.customers)
	for pattern, do := range map[string]action{
		"POST /api/incidents":              b.declare,
		"POST /api/incidents/{id}/updates": b.update,
		"POST /api/incidents/{id}/resolve": b.resolve,
		"POST /api/reports":                b.report,
		"GET /operate":                     b.overview,
		"POST /operate/revive":             b.revive,
	} {
		mux.Handle(pattern, b.staff(do))
	}
	return mux
}
