package main

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// The company and its customers are invented.
const (
	brand   = "Quill Invoices"
	space   = "quill"
	zone    = "Europe/Berlin"
	contact = "reply to this mail, or call +49 30 23125 100"
)

// tables of the company's own: who is hit by what, and what billing has paid.
const tables = `create table if not exists quill_hit (
	incident text not null, customer text not null, since bigint not null, until bigint not null, primary key (incident, customer));
create table if not exists quill_credit (
	id text primary key, customer text not null, minor bigint not null, currency text not null);`

// customer is one company that sends invoices with us.
type customer struct{ id, name, mail, hook, fee, locale string }

// customers lists all of them, one with an endpoint for webhooks. A company has
// them in a table, and more of them.
func customers(hook string) []customer {
	return []customer{
		{"alder", "Alder Books", "office@alder.example", "", "49.00 EUR", "en"},
		{"birch", "Birke Gartenbau", "buero@birch.example", "", "29.00 EUR", "de"},
		{"cedar", "Cedar Logistics", "it@cedar.example", hook, "990.00 EUR", "en"},
	}
}

// directory answers who is to be told and who is hit, from the company's tables
// at that moment, so that every process knows the same. This company is small
// enough to be read as a whole each time; with more customers, each method is a
// query that returns a page.
type directory struct {
	storage storage
	hook    string
}

func (d *directory) read(ctx context.Context) (*amends.MemDirectory, error) {
	m := new(amends.MemDirectory)
	m.AddContact(space, incident.AudiencePublic, amends.Contact{ID: "status", Channel: "page", Address: "status", Zone: zone})
	m.AddContact(space, incident.AudienceStaff, amends.Contact{ID: "duty", Channel: "mail", Address: "duty@quill.example", Name: "Duty", Locale: "en", Zone: zone})
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, err
	}
	now := time.Now().In(loc)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, loc)
	for _, c := range customers(d.hook) {
		fee := compensate.MustMoney(c.fee)
		m.AddCustomer(space, policy.CustomerFacts{
			Customer: c.id, Plan: "standard", Currency: fee.Currency(), Zone: zone, Fees: map[string]compensate.Money{"": fee},
			Period: incident.Window{From: month.UTC(), To: month.AddDate(0, 1, 0).UTC()},
		}, amends.Contact{ID: c.id + "-mail", Channel: "mail", Address: c.mail, Name: c.name, Role: "technical", Locale: c.locale, Zone: zone})
		if c.hook != "" {
			m.AddContact(space, incident.CustomerAudience(c.id), amends.Contact{ID: c.id + "-hook", Customer: c.id, Channel: "webhook", Address: c.hook, Role: "technical", Locale: c.locale, Zone: zone})
		}
	}
	rows, err := d.storage.Query(ctx, "select incident, customer, since, until from quill_hit")
	if err != nil {
		return nil, fmt.Errorf("reading who is hit: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end, or there is a first error to tell
	for rows.Next() {
		var id, who string
		var since, until int64
		if err := rows.Scan(&id, &who, &since, &until); err != nil {
			return nil, fmt.Errorf("reading who is hit: %w", err)
		}
		w := incident.Window{From: time.UnixMicro(since).UTC()}
		if until != 0 {
			w.To = time.UnixMicro(until).UTC()
		}
		m.Affect(space, id, amends.Hit{Degree: incident.DegreeDown, Windows: []incident.Window{w}, Components: []string{component.ID}}, who)
	}
	return m, rows.Err()
}

// component is what customers have the product for.
var component = incident.Component{ID: "sending", Name: "Sending invoices", Core: true} //nolint:gochecknoglobals // set once, never changed

func (d *directory) Expand(ctx context.Context, r amends.ExpandRequest) (amends.Expanded, error) {
	m, err := d.read(ctx)
	if err != nil {
		return amends.Expanded{}, err
	}
	return m.Expand(ctx, r)
}

func (d *directory) Affected(ctx context.Context, r amends.ExpandRequest) (amends.AffectedPage, error) {
	m, err := d.read(ctx)
	if err != nil {
		return amends.AffectedPage{}, err
	}
	return m.Affected(ctx, r)
}

func (d *directory) Contacts(ctx context.Context, space string, ids []string) ([]amends.Contact, error) {
	m, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	return m.Contacts(ctx, space, ids)
}

func (d *directory) Customers(ctx context.Context, space string, incidents, ids []string) ([]policy.CustomerFacts, error) {
	m, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	return m.Customers(ctx, space, incidents, ids)
}
