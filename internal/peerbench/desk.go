package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// byDispatcher adds the pages of a notice and has a dispatcher deliver them: the outbox without the desk.
func byDispatcher(ctx context.Context, file *sqlitefile.File, n int) error {
	d, err := newDispatcher(file.Outbox)
	if err != nil {
		return err
	}
	cursor := ""
	for first := 0; first < n; first += batch {
		list := items(rows(first, min(batch, n-first)))
		next := strconv.Itoa(first + len(list))
		if _, err := file.Outbox.Add(ctx, notify.Page{Notice: "stmt-1", From: cursor, Next: next, Done: first+batch >= n, Items: list, At: epoch()}); err != nil {
			return err
		}
		cursor = next
	}
	done, err := d.Deliver(ctx, 0)
	if err == nil && done.Sent != n {
		err = fmt.Errorf("%d of %d were sent", done.Sent, n)
	}
	return err
}

// byDesk declares an incident that hit n customers and publishes what is to be
// said; the desk does the rest: it expands the audience, renders a message for
// each, delivers, and looks at the record again and again meanwhile.
func byDesk(ctx context.Context, file *sqlitefile.File, n int) error {
	var sent atomic.Int64
	mail := notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
		sent.Add(1)
		return nowhere(ctx, d)
	})
	desk, err := amends.New(amends.Options{
		Stores:    amends.Stores{Records: file.Records, Outbox: file.Outbox, Ledger: file.Ledger},
		Directory: crowd(n), Channels: map[string]notify.Channel{"mail": {Notifier: mail, RepeatUncertain: true}},
		Issuer: compensate.IssuerFunc(func(_ context.Context, e compensate.Entry) (string, error) { return "bill-" + e.ID, nil }),
		Links:  func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender: amends.Sender{Brand: "Acme", Name: "Ada of Acme", Contact: "reply to this mail"},
	})
	if err != nil {
		return err
	}
	ada := amends.Command{By: incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}}
	in, err := desk.Declare(ctx, amends.Declare{Command: ada, Space: "acme", ID: "restores", Title: "Restores hang at 0 %", Severity: incident.SeverityMajor})
	if err != nil {
		return err
	}
	words := map[string]incident.Text{"en": {Subject: "Restores hang at 0 %", Body: "Restores that you start hang at 0 %. Your backups are intact. We have stopped the scheduler and are looking for the cause."}}
	draft, _, err := desk.Draft(ctx, amends.Draft{
		Command: ada, Record: in.ID, Purpose: incident.PurposeUpdate, Audiences: []incident.Audience{incident.AudienceAffected}, Texts: words,
		NextUpdate: &incident.Moment{At: time.Now().Add(24 * time.Hour)},
	})
	if err != nil {
		return err
	}
	if _, err := desk.Approve(ctx, amends.StatementCommand{Command: ada, Record: in.ID, Statement: draft.ID}); err != nil {
		return err
	}
	if _, err := desk.Publish(ctx, amends.StatementCommand{Command: ada, Record: in.ID, Statement: draft.ID}); err != nil {
		return err
	}
	if err := desk.Settle(ctx); err != nil {
		return err
	}
	if have := sent.Load(); have != int64(n) {
		return fmt.Errorf("%d of %d customers were told", have, n)
	}
	return nil
}

// crowd is a directory of that many customers, who are made up when somebody
// asks for them: what the library needs is to be measured, not what a directory does.
type crowd int

func (n crowd) contact(i int) amends.Contact {
	id := fmt.Sprintf("%09d", i)
	return amends.Contact{ID: "mail-" + id, Customer: id, Channel: "mail", Name: "Customer " + id, Address: id + "@customer.example", Locale: "en"}
}

func (n crowd) customer(i int) policy.CustomerFacts {
	return policy.CustomerFacts{Customer: fmt.Sprintf("%09d", i), Degree: incident.DegreeDown}
}

// page returns the numbers of a page and the cursor of the next.
func (n crowd) page(r amends.ExpandRequest) (from, to int, next string, err error) {
	if r.Cursor != "" {
		if from, err = strconv.Atoi(r.Cursor); err != nil {
			return 0, 0, "", err
		}
	}
	to = min(int(n), from+r.Limit)
	if to < int(n) {
		next = strconv.Itoa(to)
	}
	return from, to, next, nil
}

func (n crowd) Expand(_ context.Context, r amends.ExpandRequest) (amends.Expanded, error) {
	if r.Audience != incident.AudienceAffected {
		return amends.Expanded{Done: true}, nil
	}
	from, to, next, err := n.page(r)
	out := amends.Expanded{Next: next, Done: next == ""}
	for i := from; i < to; i++ {
		out.Contacts = append(out.Contacts, n.contact(i))
	}
	return out, err
}

func (n crowd) Affected(_ context.Context, r amends.ExpandRequest) (amends.AffectedPage, error) {
	from, to, next, err := n.page(r)
	out := amends.AffectedPage{Next: next, Done: next == ""}
	for i := from; i < to; i++ {
		out.Customers = append(out.Customers, n.customer(i))
	}
	return out, err
}

func (n crowd) Contacts(_ context.Context, _ string, ids []string) (out []amends.Contact, err error) {
	for _, id := range ids {
		if i, err := strconv.Atoi(strings.TrimPrefix(id, "mail-")); err == nil && i < int(n) {
			out = append(out, n.contact(i))
		}
	}
	return out, nil
}

func (n crowd) Customers(_ context.Context, _ string, _, ids []string) (out []policy.CustomerFacts, err error) {
	for _, id := range ids {
		if i, err := strconv.Atoi(id); err == nil && i < int(n) {
			out = append(out, n.customer(i))
		}
	}
	return out, nil
}
