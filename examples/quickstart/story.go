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

// The two incidents of the story.
const (
	sunday   = "inc-2026-03-01"
	saturday = "inc-2026-03-07"
)

// chapter is one part of the story.
type chapter struct {
	title string
	steps []func(*company, context.Context) error
}

func chapters() []chapter {
	return []chapter{
		{"We notice first", []func(*company, context.Context) error{(*company).notice, (*company).speak}},
		{"A customer writes", []func(*company, context.Context) error{(*company).listen}},
		{"The mail channel fails", []func(*company, context.Context) error{(*company).outage}},
		{"Fixed, we say", []func(*company, context.Context) error{(*company).losses, (*company).fix}},
		{"Not fixed, customers say", []func(*company, context.Context) error{(*company).dispute, (*company).repair}},
		{"The customers decide", []func(*company, context.Context) error{(*company).confirm, (*company).owed}},
		{"Closing is the last thing", []func(*company, context.Context) error{(*company).explain}},
		{"Six days later", []func(*company, context.Context) error{(*company).again, (*company).againFixed, (*company).againClosed}},
	}
}

// live tells the story from beginning to end.
func (c *company) live(ctx context.Context) error {
	c.say.print(brand + " backs up files for companies, and restores them. It is invented, and so are its customers.\n")
	for _, ch := range chapters() {
		c.say.chapter(ch.title)
		for _, step := range ch.steps {
			if err := step(c, ctx); err != nil {
				return fmt.Errorf("quickstart: %q, %s: %w", ch.title, c.clock.now().Format(time.RFC3339), err)
			}
			if c.say.err != nil {
				return fmt.Errorf("quickstart: telling the story: %w", c.say.err)
			}
		}
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	if !c.told.fresh {
		c.say.title = ""
		c.say.print("The story in this folder was told to its end before. Nothing was left to do, and nothing was sent.\n")
	}
	return nil
}

// now brings the clock to where an earlier run left it: the pages, kept up, may
// have heard of customers after the story's end.
func (c *company) now(ctx context.Context) error {
	for cursor := ""; ; {
		l, err := c.stores.Records.List(ctx, incident.Filter{Space: space}, cursor, 0)
		if err != nil {
			return err
		}
		for _, h := range l.Heads {
			c.clock.reach(h.Updated)
		}
		if cursor = l.Cursor; cursor == "" {
			return nil
		}
	}
}

// declare opens an incident that our own monitoring saw, and says whom it hits.
func (c *company) declare(ctx context.Context, id, title, scope string, occurred time.Time, who ...string) error {
	if _, err := c.desk.Declare(ctx, amends.Declare{
		Command: c.by(monitoring), Space: space, ID: id, Title: title, Severity: incident.SeverityCritical,
		Components: []incident.Component{restore}, Occurred: occurred, Owner: ada.ID,
	}); err != nil {
		return err
	}
	c.hit(id, occurred, time.Time{}, who...)
	_, err := c.desk.Note(ctx, amends.Note{Command: c.by(ada), Record: id, Facts: []incident.Payload{
		incident.PolicyJoined{Policy: c.own.Pin()},
		incident.ImpactRecorded{Affected: int64(len(who)), Scope: scope},
	}})
	if err != nil {
		return err
	}
	if err := c.step(ctx, id, incident.StepInvestigate, ""); err != nil {
		return err
	}
	return c.settle(ctx)
}

// firstDue is the requirement that asks for the first word the earliest.
func (c *company) firstDue(ctx context.Context, id string) (policy.Requirement, error) {
	all, err := c.desk.Requirements(ctx, id)
	if err != nil {
		return policy.Requirement{}, err
	}
	var first policy.Requirement
	for _, r := range all {
		if r.Act == policy.ActFirstNotice && !r.Due.IsZero() && (first.ID == "" || r.Due.Before(first.Due)) {
			first = r
		}
	}
	if first.ID == "" {
		return first, fmt.Errorf("no policy of %q asks for a first word", id)
	}
	return first, nil
}

// verdicts are customers' words on the fix.
func (c *company) verdicts(ctx context.Context, id string, o incident.Opinion, satisfaction int, who ...string) error {
	for _, customer := range who {
		if _, err := c.desk.Verdict(ctx, amends.Verdict{
			Command:  c.by(incident.Actor{Kind: incident.ActorCustomer, ID: customer}),
			Customer: amends.Customer{Incident: id, Customer: customer}, Opinion: o, Satisfaction: satisfaction,
		}); err != nil {
			return err
		}
	}
	return c.settle(ctx)
}

// approve lets credits above the policy's limit be paid: a person has looked.
func (c *company) approve(ctx context.Context, id string) error {
	if c.told.replaying() {
		return c.settle(ctx)
	}
	waiting, err := c.entries(ctx, compensate.Query{Space: space, Bases: []string{id}, States: []compensate.State{compensate.StateProposed}})
	if err != nil {
		return err
	}
	for _, e := range waiting {
		if err := c.desk.ApproveCredit(ctx, amends.CreditCommand{By: ben, Entry: e.ID}); err != nil {
			return err
		}
		c.say.line("%s is to get %s. So much needs a person's word: Ben approves it.", e.Key.Customer, e.Amount)
	}
	return c.settle(ctx)
}

// showOwed says what customers get, as the ledger holds it.
func (c *company) showOwed(ctx context.Context, id string) error {
	s, err := c.summarise(ctx, id)
	if err != nil {
		return err
	}
	for _, cr := range s.Credits {
		c.say.row("%-11s %9s %s, the contract says %8s", cr.Customer, cr.Awarded, cr.Currency, cr.Contract)
	}
	return nil
}

// settled says how an incident ended.
func (c *company) settled(ctx context.Context, id string) error {
	s, err := c.summarise(ctx, id)
	if err != nil {
		return err
	}
	kept, broken, err := c.promises(ctx, id)
	if err != nil {
		return err
	}
	c.say.line("Closed. %d of %d affected customers told, %d messages sent, %d by another way, %d twice; %d requirements met, %d of them ever late; "+
		"%d promised times kept, %d broken.", s.Customers.Told, s.Customers.Affected, s.Deliveries.Sent, s.Deliveries.Fallback, s.Deliveries.Duplicates,
		s.Requirements.Met, s.Requirements.EverLate, kept, broken)
	return nil
}

// promises counts the times that were promised for the next update, on the record.
func (c *company) promises(ctx context.Context, id string) (kept, broken int, err error) {
	v, err := c.desk.Incident(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	for _, p := range v.Promises {
		if p.Broken > 0 {
			broken++
		} else if p.State == incident.PromiseWasKept {
			kept++
		}
	}
	return kept, broken, nil
}
