package main

import (
	"fmt"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// The company and its people are invented, like its customers.
const (
	brand = "Larder Backup"
	space = "larder"
	zone  = "Europe/Berlin"
)

// What would be constants if Go had them of these types.
//
//nolint:gochecknoglobals // set once, never changed
var (
	ada        = incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}
	ben        = incident.Actor{Kind: incident.ActorStaff, ID: "ben", Name: "Ben"}
	monitoring = incident.Actor{Kind: incident.ActorHost, ID: "monitoring"}

	// restore is what customers have the product for.
	restore = incident.Component{ID: "restore", Name: "Restore", Core: true}

	// began is when restores begin to hang, start when we see it: a Sunday, 09:52 in Berlin.
	began = start.Add(-10 * time.Minute)
	start = time.Date(2026, 3, 1, 8, 52, 0, 0, time.UTC)
	// patched is when the second failure begins: Saturday, 09:05 in Berlin.
	patched = time.Date(2026, 3, 7, 8, 5, 0, 0, time.UTC)
)

// customer is one company that backs up with us.
type customer struct {
	id, name, plan string
	fee            string // of a month
	locale, zone   string
	phone          string
}

// customers lists all of them.
func customers() []customer {
	return []customer{
		{"alpenblick", "Hotel Alpenblick", "team", "490.00 EUR", "de", "Europe/Vienna", "+49 30 23125 001"},
		{"birchwood", "Birchwood Dental", "starter", "49.00 USD", "en", "America/Chicago", "+1 312 555 0101"},
		{"federwerk", "Druckerei Federwerk", "team", "490.00 EUR", "de", "Europe/Berlin", "+49 30 23125 002"},
		{"hafenlicht", "Reederei Hafenlicht", "enterprise", "15000.00 EUR", "de", "Europe/Berlin", "+49 30 23125 003"},
		{"juniper", "Juniper Law", "team", "520.00 USD", "en", "America/New_York", "+1 212 555 0102"},
		{"kestrel", "Kestrel Media", "business", "1900.00 EUR", "en", "Europe/Dublin", "+1 212 555 0103"},
		{"lindenhof", "Apotheke Lindenhof", "starter", "45.00 EUR", "de", "Europe/Berlin", "+49 30 23125 004"},
		{"marlow", "Marlow Architects", "team", "520.00 USD", "en", "America/New_York", "+1 212 555 0104"},
		{"morgenrot", "Bäckerei Morgenrot", "starter", "45.00 EUR", "de", "Europe/Berlin", "+49 30 23125 005"},
		{"quarry", "Quarry Games", "business", "2100.00 USD", "en", "America/Los_Angeles", "+1 213 555 0105"},
		{"sandpiper", "Sandpiper Travel", "team", "490.00 EUR", "en", "Europe/Lisbon", "+1 212 555 0106"},
		{"tidewater", "Tidewater Clinic", "business", "2100.00 USD", "en", "America/New_York", "+1 212 555 0107"},
	}
}

// directory is what the company knows of its customers, and where it can be heard.
// One customer wants to be told by a webhook, too.
func directory(month time.Time, hook string) (*amends.MemDirectory, error) {
	d := new(amends.MemDirectory)
	d.AddContact(space, incident.AudiencePublic, amends.Contact{ID: "status", Channel: "page", Address: "status.larder.example", Zone: zone})
	d.AddContact(space, incident.AudiencePublic, amends.Contact{ID: "followers", Channel: "feed", Address: "@larder", Zone: zone})
	d.AddContact(space, incident.AudienceStaff, amends.Contact{ID: "duty", Channel: "pager", Address: "duty", Zone: zone})
	for _, c := range customers() {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			return nil, fmt.Errorf("quickstart: customer %q: %w", c.id, err)
		}
		from := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, loc)
		fee := compensate.MustMoney(c.fee)
		d.AddCustomer(space, policy.CustomerFacts{
			Customer: c.id, Plan: c.plan, Currency: fee.Currency(), Zone: c.zone, Fees: map[string]compensate.Money{"": fee},
			Period: incident.Window{From: from.UTC(), To: from.AddDate(0, 1, 0).UTC()},
		}, amends.Contact{
			ID: c.id + "-it", Channel: "mail", Address: "it@" + c.id + ".example", Name: c.name, Role: "technical", Locale: c.locale, Zone: c.zone,
			Fallbacks: []amends.Way{{Contact: c.id + "-phone", Channel: "sms"}},
		})
		d.AddFallback(space, amends.Contact{
			ID: c.id + "-phone", Customer: c.id, Channel: "sms", Address: c.phone, Name: c.name, Role: "technical", Locale: c.locale, Zone: c.zone,
		})
	}
	d.AddContact(space, incident.CustomerAudience("hafenlicht"), amends.Contact{
		ID: "hafenlicht-hook", Customer: "hafenlicht", Channel: "webhook", Address: hook, Role: "technical", Locale: "de", Zone: zone,
	})
	return d, nil
}

// hit says that restores do not work for some customers, from a time until another; zero: still.
func (c *company) hit(id string, from, to time.Time, who ...string) {
	c.dir.Affect(space, id, amends.Hit{
		Degree: incident.DegreeDown, Windows: []incident.Window{{From: from, To: to}}, Components: []string{restore.ID},
	}, who...)
}
